import type { Transaction, Updateable } from "kysely";

import type { KitTrail } from "../audit/index.ts";
import { isUniqueViolation } from "../database/index.ts";
import { refuse } from "../problems/index.ts";
import type { KeyRingRefusalCode } from "./key-ring-problems.ts";
import type { KeyRingTables } from "./key-ring-tables.ts";
import type { KeyMoveFacts } from "./ring-facts.ts";
import { leavingOf, personsNeeded } from "./key-states.ts";
import type { KeyState } from "./key-states.ts";
import type { KeyUse, KeyVersion } from "./key-version.ts";
import { readVersion } from "./key-version-rows.ts";
import { changed, nameOf, notFound } from "./record-use.ts";

export interface MoveDeps {
  readonly tx: Transaction<KeyRingTables>;
  readonly trail: KitTrail;
  readonly service: string;
}

/** @see KeyRingsInTransaction.move */
export async function moveKey(
  { tx, trail, service }: MoveDeps,
  use: KeyUse,
  to: KeyState,
  facts: KeyMoveFacts,
): Promise<KeyVersion> {
  const version = await readVersion(tx, use);
  if (version === undefined) throw notFound(use);
  checkMove(version, to, facts);
  await swapState(tx, version, to, facts);
  await trail.in(tx).append({
    action: "key.moved",
    actor: facts.actor ?? `service:${service}`,
    subject: use.purpose,
    occurredAt: facts.at,
    detail: {
      version: use.version,
      from: version.state,
      to,
      reason: facts.reason,
      ...approvalDetail(facts),
      ...(facts.planId !== undefined && { plan: facts.planId }),
      ...(to === "compromised" && { invalid_from: (facts.invalidFrom ?? facts.at).toISOString() }),
    },
  });
  const moved = await readVersion(tx, use);
  if (moved === undefined) throw notFound(use);
  return moved;
}

/** Who agreed, as audit events carry it. */
export function approvalDetail({ persons, isBreakGlass, changeId }: KeyMoveFacts) {
  return {
    ...(persons !== undefined && persons.length > 0 && { persons: [...new Set(persons)] }),
    ...(isBreakGlass === true && { is_break_glass: true }),
    ...(changeId !== undefined && { change: changeId }),
  };
}

function checkMove(version: KeyVersion, to: KeyState, facts: KeyMoveFacts): void {
  const leaving = leavingOf(version.state, to);
  if (leaving === undefined) {
    throw refuse<KeyRingRefusalCode>("key-move-not-allowed", {
      zh: `密钥 ${nameOf(version)} 处于 ${version.state} 状态，不能变为 ${to}。`,
      en: `The key ${nameOf(version)} is ${version.state} and cannot become ${to}.`,
    });
  }
  checkPersons(personsNeeded(leaving, version.version), facts, `${nameOf(version)} → ${to}`);
}

/** @throws Refusal `key-approval-missing` if fewer different persons agreed than are needed. */
export function checkPersons(needed: number, { persons, isBreakGlass }: KeyMoveFacts, what: string): void {
  const agreed = new Set(persons).size;
  if (isBreakGlass === true || agreed >= needed) return;
  throw refuse<KeyRingRefusalCode>("key-approval-missing", {
    zh: `${what}：需要 ${String(needed)} 人批准，现有 ${String(agreed)} 人。`,
    en: `${what}: ${String(needed)} persons must agree, and ${String(agreed)} did.`,
  });
}

async function swapState(
  tx: Transaction<KeyRingTables>,
  version: KeyVersion,
  to: KeyState,
  facts: KeyMoveFacts,
): Promise<void> {
  try {
    const result = await tx
      .updateTable("key_versions")
      .set({ state: to, ...momentsOfMove(version, to, facts) })
      .where("purpose", "=", version.purpose)
      .where("version", "=", version.version)
      .where("state", "=", version.state)
      .executeTakeFirst();
    if (result.numUpdatedRows !== 1n) throw changed(version);
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    throw refuse<KeyRingRefusalCode>(
      "key-active-already",
      {
        zh: `密钥环 ${version.purpose} 已有启用的版本。`,
        en: `The ring ${version.purpose} has an active version already.`,
      },
      { cause },
    );
  }
}

type VersionUpdate = Updateable<KeyRingTables["key_versions"]>;

/** The columns that tell when a version came into a state; a state without a row here has none. */
const columnOfState: Partial<Record<KeyState, keyof VersionUpdate>> = {
  published: "published_at",
  suspended: "suspended_at",
  retiring: "retiring_at",
  deactivated: "deactivated_at",
  compromised: "compromised_at",
  destroyed: "destroyed_at",
  "destroyed-compromised": "destroyed_at",
};

function momentsOfMove(version: KeyVersion, to: KeyState, { at, invalidFrom }: KeyMoveFacts): VersionUpdate {
  const now = at.toISOString();
  const column = columnOfState[to];
  const moments: VersionUpdate = column === undefined ? {} : { [column]: now };
  switch (to) {
    case "active":
      // A version that is resumed has signed since it was first activated: its crypto-period does not begin again.
      return { ...moments, is_standby: 0, activated_at: (version.activatedAt ?? at).toISOString() };
    case "retiring":
      return {
        ...moments,
        ...(version.overlapSeconds !== undefined && { served_until: endOfOverlap(version, at) }),
      };
    case "compromised":
      return {
        ...moments,
        is_standby: 0,
        served_until: now,
        invalid_from: (invalidFrom ?? at).toISOString(),
      };
    default:
      return moments;
  }
}

function endOfOverlap({ overlapSeconds = 0 }: KeyVersion, at: Date): string {
  return new Date(at.getTime() + overlapSeconds * 1000).toISOString();
}
