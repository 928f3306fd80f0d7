import type { Kysely } from "kysely";

import type {
  ChangeExport,
  ChangeOperation,
  ChangeVerification,
  GovernanceTrust,
  SignedChange,
} from "../approvals/index.ts";
import type { KitTrail } from "../audit/index.ts";
import type { Clock } from "../clock/index.ts";
import { isUniqueViolation, transact } from "../database/index.ts";
import { listAltered } from "./altered-changes.ts";
import { operationOf, parametersOf } from "./approval-deps.ts";
import type { ApprovalDeps, BreakGlassUse } from "./approval-deps.ts";
import type { ApprovalTables } from "./approval-tables.ts";
import type { Approvals, CurrentPolicy } from "./approvals.ts";
import type { StoredChange } from "./stored-change.ts";
import { readChange } from "./change-rows.ts";
import { decideChange } from "./decide-change.ts";
import { executeChange } from "./execute-change.ts";
import { judgeStoredChange } from "./judge-stored-change.ts";
import { listChanges, listUnreviewed } from "./list-changes.ts";
import { officerTime } from "./officer-clock.ts";
import { policyChangeOperation } from "./policy-operation.ts";
import { withRecords } from "./policy-records.ts";
import type { ChangeLog } from "./change-log.ts";
import { createPolicyStore, notAccepted, policyRows } from "./policy-store.ts";
import type { LoadedPolicies } from "./policy-store.ts";
import { proposeChange } from "./propose-change.ts";
import {
  createRefusedAttempts,
  factsOfRequest,
  factsOfStatement,
  readRefused,
  watchAttempt,
} from "./refused-attempts.ts";
import { breakGlassReviewOperation } from "./review-operation.ts";

export interface ApprovalsOptions<Schema> {
  readonly db: Kysely<Schema>;
  readonly trail: KitTrail;
  /** Undefined: no officers are appointed, and every change is refused. */
  readonly trust?: GovernanceTrust | undefined;
  /** Besides `policy.change` and `break-glass.review`, which are always there. */
  readonly operations: readonly ChangeOperation[];
  /** What proves to others what was done here; without it exports say only what was signed. */
  readonly log?: ChangeLog | undefined;
  readonly crls?: ApprovalDeps["crls"];
  readonly clock: Clock;
  /** As requests name it: `seal`. */
  readonly service: string;
  /** Told after each use of the break-glass key: the loud alarm. */
  readonly onBreakGlass?: (use: BreakGlassUse) => void;
}

/**
 * The changes of one service, in its database.
 *
 * @throws RangeError if two operations have the same name.
 */
export function createApprovals<Schema>(options: ApprovalsOptions<Schema>): Approvals {
  const db = options.db as unknown as Kysely<ApprovalTables>;
  const { trail, clock, service, log, crls } = options;
  const policies = createPolicyStore(db, options.trust);
  const own = [policyChangeOperation({ policies, trail, clock }), breakGlassReviewOperation(db)];
  const operations = new Map<string, ChangeOperation>();
  for (const operation of [...own, ...options.operations]) {
    if (operations.has(operation.name)) throw new RangeError(`two operations are ${operation.name}`);
    operations.set(operation.name, operation);
  }
  const onBreakGlass = options.onBreakGlass ?? (() => undefined);
  const deps: ApprovalDeps = { db, trail, policies, operations, log, crls, clock, service, onBreakGlass };
  const recordRefused = createRefusedAttempts({ db, trail, clock, service });
  const find = async (id: string): Promise<StoredChange> =>
    judgeStoredChange(await readChange(db, id), await policies.load(), {
      service,
      at: await officerTime(db, clock),
    });
  return {
    policy: async () => (await policies.load()).current,
    policyChain: async () => (await withRecords(deps)).chain,
    importPolicy: (chain) => importPolicy(deps, chain),
    operations: () => [...operations.values()],
    preview: async (name, target, parameters) => {
      const operation = operationOf(deps, name);
      return await operation.preview(target, parametersOf(operation, parameters));
    },
    propose: async (signed) => {
      const facts = () => factsOfRequest(signed.request);
      return await find(await watchAttempt(recordRefused, facts, () => proposeChange(deps, signed)));
    },
    decide: async (id, signed) => {
      const facts = () => ({ ...factsOfStatement(signed.statement), subject: id });
      await watchAttempt(recordRefused, facts, () => decideChange(deps, id, signed));
      return await find(id);
    },
    execute: async (id, executor) => {
      const facts = () => ({ officer: executor, subject: id });
      const result = await watchAttempt(recordRefused, facts, () => executeChange(deps, id, executor));
      return { change: await find(id), result };
    },
    find,
    list: (query) => listChanges(deps, query),
    exportChange: async (id) => {
      const change = await find(id);
      return exportOf(await recordedChange(deps, change), change.verification, await withRecords(deps));
    },
    altered: () => listAltered(deps),
    recordRefused,
    refused: () => readRefused(db, clock.now()),
    unreviewed: () => listUnreviewed(deps),
  };
}

/** A change as it was signed, with what the audit log says of it by now. */
async function recordedChange(
  { log }: ApprovalDeps,
  { id, signed, verification }: StoredChange,
): Promise<SignedChange> {
  const recorded = await log?.record(id, verification.request?.audit_head);
  return { ...signed, ...(recorded && { recorded }) };
}

function exportOf(
  change: SignedChange,
  { request }: ChangeVerification,
  { chain, policies, current }: LoadedPolicies,
): ChangeExport {
  const named = policies.findIndex(({ digest }) => digest === request?.policy);
  const last = named === -1 ? policies.indexOf(current) : named;
  return {
    type: "yinxin-change-export" as const,
    change,
    policies: { genesis: chain.genesis, changes: chain.changes.slice(0, last) },
  };
}

async function importPolicy(deps: ApprovalDeps, chain: unknown): Promise<CurrentPolicy> {
  const at = await officerTime(deps.db, deps.clock);
  const offered = await deps.policies.verify(chain);
  await onceMoreIfRaced(() => storePolicies(deps, offered, at));
  return (await deps.policies.load()).current;
}

/** Two processes may start at once with the same policy: whoever comes second finds it stored. */
async function onceMoreIfRaced(store: () => Promise<void>): Promise<void> {
  try {
    await store();
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    await store();
  }
}

/** Stores the policies that are not stored yet. @throws Refusal `policy-not-accepted` if the stored ones are others. */
async function storePolicies(deps: ApprovalDeps, offered: LoadedPolicies, at: Date): Promise<void> {
  await transact(deps.db, async (tx) => {
    const stored = await tx
      .selectFrom("officer_policies")
      .select(["version", "digest"])
      .orderBy("version")
      .execute();
    const rows = policyRows(offered, at);
    const fork = stored.find(
      ({ digest }, index) => rows[index] !== undefined && rows[index].digest !== digest,
    );
    if (fork !== undefined) throw notAccepted(`policy ${String(fork.version)} here is another one`);
    for (const row of rows.slice(stored.length)) {
      await tx.insertInto("officer_policies").values(row).execute();
      await deps.trail.in(tx).append({
        action: "policy.changed",
        actor: "system",
        subject: "officer-policy",
        occurredAt: at,
        detail: { version: row.version, policy: row.digest },
      });
    }
  });
}
