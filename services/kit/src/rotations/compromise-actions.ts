import type { Kysely } from "kysely";
import { z } from "zod";

import type { AuditTables } from "../audit/audit-tables.ts";
import { findAuditBoundary } from "./signature-events.ts";
import { moveFacts, notReady, useOf } from "./step-action.ts";
import type { Action, ActionContext } from "./step-action.ts";

/** What a compromise is asked with: `since` is the first moment at which the key may have been in other hands. */
export const compromiseParameters = z.object({ since: z.iso.datetime({ offset: true }) });

/** The first moment at which nothing that the key signed is to be trusted. @throws Refusal if the plan does not say it. */
export function sinceOf({ plan }: Pick<ActionContext, "plan">): Date {
  const parsed = compromiseParameters.safeParse(plan.parameters);
  if (parsed.success) return new Date(parsed.data.since);
  throw notReady({
    zh: "计划没有给出失效时间 since。",
    en: "The plan names no time since when the key is lost.",
  });
}

/** `suspend`: stops the old version; one that signs no more, or was stopped before, stays as it is. */
export const suspendKey: Action = (deps, { old, plan, authority }) => {
  if (old?.state !== "active") return Promise.resolve({ result: { state: old?.state ?? "none" } });
  return Promise.resolve({
    result: { version: old.version },
    commit: async (tx, at) => {
      await deps.rings.in(tx).move(useOf(old), "suspended", moveFacts(plan, authority, at));
      return undefined;
    },
  });
};

/** `find-boundary`: the last place in the audit log before the key may have been lost. */
export const findBoundary: Action = async (deps, context) => {
  const since = sinceOf(context);
  const boundary = await findAuditBoundary(deps.db as unknown as Kysely<AuditTables>, since);
  return {
    result: {
      since: since.toISOString(),
      last_trusted_index: boundary.index,
      last_trusted_at: boundary.occurredAt,
    },
  };
};

/** `compromise`: nothing that the old version signed since then counts any more. */
export const confirmCompromise: Action = (deps, context) => {
  const { old, plan, authority } = context;
  const since = sinceOf(context);
  if (old === undefined) {
    throw notReady({ zh: "计划没有指明版本。", en: "The plan names no version." });
  }
  const result = { version: old.version, invalid_from: since.toISOString() };
  if (old.state === "compromised" || old.state === "destroyed-compromised")
    return Promise.resolve({ result });
  return Promise.resolve({
    result,
    commit: async (tx, at) => {
      const facts = moveFacts(plan, authority, at, { invalidFrom: since });
      await deps.rings.in(tx).move(useOf(old), "compromised", facts);
      return undefined;
    },
  });
};
