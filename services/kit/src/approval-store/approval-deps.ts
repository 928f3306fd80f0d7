import type { CertificateList } from "@yinxin/crypto/revocation";
import type { Kysely } from "kysely";

import type { ChangeOperation, OpenPolicy, Signatory } from "../approvals/index.ts";
import type { KitTrail } from "../audit/index.ts";
import type { Clock } from "../clock/index.ts";
import { refuse } from "../problems/index.ts";
import type { ApprovalTables } from "./approval-tables.ts";
import type { ChangeLog } from "./change-log.ts";
import type { PolicyStore } from "./policy-store.ts";

/** A use of the break-glass key, as the alarm tells it. */
export interface BreakGlassUse {
  /** Of the change. */
  readonly id: string;
  readonly operation: string;
  readonly target: string;
  readonly usedAt: string;
  /** Until then two officers must have reviewed it. */
  readonly reviewBefore: string;
}

/** What the verbs of this folder need. */
export interface ApprovalDeps {
  readonly db: Kysely<ApprovalTables>;
  readonly trail: KitTrail;
  readonly policies: PolicyStore;
  readonly operations: ReadonlyMap<string, ChangeOperation>;
  /** Undefined where there is no log to ask, as in a test or a tool that only reads the database. */
  readonly log?: ChangeLog | undefined;
  /** Revocation lists of the officers' certificates; undefined where the deployment has none. */
  readonly crls?: (() => Promise<readonly CertificateList[]>) | undefined;
  readonly clock: Clock;
  readonly service: string;
  readonly onBreakGlass: (use: BreakGlassUse) => void;
}

/** @throws Refusal `operation-unknown` */
export function operationOf({ operations, service }: ApprovalDeps, name: string): ChangeOperation {
  const operation = operations.get(name);
  if (operation !== undefined) return operation;
  throw refuse("operation-unknown", {
    zh: `服务 ${service} 没有操作 ${name}。`,
    en: `The service ${service} has no operation ${name}.`,
  });
}

/** What a change's parameters say. @throws Refusal `change-malformed` */
export function parametersOf(operation: ChangeOperation, parameters: unknown): Record<string, unknown> {
  const parsed = operation.parameters.safeParse(parameters);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.map(String).join(".") ?? "";
  throw malformed(`parameters.${where}`, { cause: parsed.error });
}

/** A request that cannot be granted as it stands. */
export function malformed(what: string, options?: ErrorOptions): Error {
  return refuse(
    "change-malformed",
    { zh: `申请内容不合规定（${what}）。`, en: `The request is not one that can be granted (${what}).` },
    options,
  );
}

/** The officer who acts. @throws Refusal `role-not-permitted` for nobody of the policy, and for an auditor */
export function actingOfficer({ signatories }: OpenPolicy, id: string): Signatory {
  const signatory = signatories.find((candidate) => candidate.id === id);
  if (signatory !== undefined && signatory.role !== "auditor") return signatory;
  throw refuse("role-not-permitted", {
    zh: `${id} 不是可以办理变更的人员。`,
    en: `${id} is nobody who may act on changes.`,
  });
}
