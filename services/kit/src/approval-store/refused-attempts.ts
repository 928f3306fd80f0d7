import type { Kysely } from "kysely";

import { readApprovalStatement, readChangeRequest } from "../approvals/index.ts";
import { findEvents } from "../audit/index.ts";
import type { KitTrail } from "../audit/index.ts";
import type { Clock } from "../clock/index.ts";
import { transact } from "../database/index.ts";
import { isRefusal } from "../problems/index.ts";
import type { ApprovalTables } from "./approval-tables.ts";

/** Somebody tried what was not his to do. */
export interface RefusedAttempt {
  /** The code of the refusal. */
  readonly code: string;
  /** More than the code says. */
  readonly why?: string;
  /** Who it was by what was signed, or said to be: a wrong signature proves nobody. */
  readonly officer?: string | undefined;
  /** The change. */
  readonly subject?: string | undefined;
}

/** What was refused within some time. */
export interface RefusedAttempts {
  readonly count: number;
  /** Each once. */
  readonly codes: readonly string[];
}

export interface RefusedAttemptsDeps {
  readonly db: Kysely<ApprovalTables>;
  readonly trail: KitTrail;
  readonly clock: Clock;
  readonly service: string;
}

/** Of one process; what is beyond says nothing new, and must not fill the log. */
const eventsPerMinute = 10;
const minuteMilliseconds = 60_000;

/** Writes to the audit log who tried what was not his to do, but no flood of it. */
export function createRefusedAttempts({ db, trail, clock, service }: RefusedAttemptsDeps) {
  let recent: readonly number[] = [];
  return async ({ code, why, officer, subject }: RefusedAttempt): Promise<void> => {
    const at = clock.now();
    recent = recent.filter((moment) => at.getTime() - moment < minuteMilliseconds);
    if (recent.length >= eventsPerMinute) return;
    recent = [...recent, at.getTime()];
    await transact(db, (tx) =>
      trail.in(tx).append({
        action: "change.refused",
        actor: `service:${service}`,
        subject: subject ?? "changes",
        occurredAt: at,
        detail: { code, ...(why !== undefined && { why }), ...(officer !== undefined && { officer }) },
      }),
    );
  };
}

/** Refusals that say that somebody tried what was not his to do, and not that something was wrong with it. */
const telling: ReadonlySet<string> = new Set([
  "approval-other-request",
  "approval-own-request",
  "approval-person-counted",
  "change-altered",
  "change-exists",
  "role-not-permitted",
  "signature-not-valid",
]);

/** Does what somebody asks for, and records it if it was not his to ask for. What is refused stays refused. */
export async function watchAttempt<Result>(
  record: (attempt: RefusedAttempt) => Promise<void>,
  facts: () => Pick<RefusedAttempt, "officer" | "subject">,
  attempt: () => Promise<Result>,
): Promise<Result> {
  try {
    return await attempt();
  } catch (cause) {
    if (isRefusal(cause) && telling.has(cause.code)) await record({ code: cause.code, ...facts() });
    throw cause;
  }
}

/** Who a request says it is of, and which change it is. */
export function factsOfRequest(bytes: Uint8Array): Pick<RefusedAttempt, "officer" | "subject"> {
  const { value } = readChangeRequest(bytes);
  return { officer: value?.proposer, subject: value?.id };
}

/** Who a decision says it is of. */
export function factsOfStatement(bytes: Uint8Array): Pick<RefusedAttempt, "officer"> {
  return { officer: readApprovalStatement(bytes).value?.officer };
}

const hourMilliseconds = 3_600_000;
/** Enough to say what kind it was. */
const readMax = 1000;

/** What was refused in the last hour. */
export async function readRefused(db: Kysely<ApprovalTables>, now: Date): Promise<RefusedAttempts> {
  const since = new Date(now.getTime() - hourMilliseconds).toISOString();
  const rows = await findEvents(db, {
    columns: ["detail"],
    where: (events) => events.where("action", "=", "change.refused").where("occurred_at", ">", since),
    order: "descending",
    limit: readMax,
  });
  const codes = rows.map(({ detail }) => (JSON.parse(detail) as { readonly code: string }).code);
  return { count: rows.length, codes: [...new Set(codes)] };
}
