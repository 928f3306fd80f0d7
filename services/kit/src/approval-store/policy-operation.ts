import { validatePath } from "@yinxin/crypto/x509";
import type { Kysely } from "kysely";
import { z } from "zod";

import {
  defineChangeOperation,
  followingProblem,
  judgePolicy,
  openPolicy,
  policyChangeTarget,
  policyInChange,
  readOfficerPolicy,
} from "../approvals/index.ts";
import type {
  ChangeOperation,
  ChangePreview,
  Officer,
  OfficerPolicy,
  OfficerRole,
  OpenPolicy,
} from "../approvals/index.ts";
import type { KitTrail } from "../audit/index.ts";
import type { Clock } from "../clock/index.ts";
import { isUniqueViolation } from "../database/index.ts";
import type { Localized } from "../problems/index.ts";
import type { ApprovalTables } from "./approval-tables.ts";
import { readChange } from "./change-rows.ts";
import { notAccepted } from "./policy-store.ts";
import type { PolicyStore } from "./policy-store.ts";

export interface PolicyOperationDeps {
  readonly policies: PolicyStore;
  readonly trail: KitTrail;
  readonly clock: Clock;
}

/** `policy.change`: the next officer policy, approved under the rule of the one in force. */
export function policyChangeOperation({ policies, trail, clock }: PolicyOperationDeps): ChangeOperation {
  return defineChangeOperation({
    name: "policy.change",
    title: { zh: "变更审批策略", en: "Change the officer policy" },
    parameters: z.strictObject({ policy: z.record(z.string(), z.json()) }),
    preview: async (target, parameters) => {
      const { current } = await policies.load();
      return previewOf(current.policy, acceptable(target, parameters, current, clock.now()));
    },
    execute: async ({ tx, change, at }) => {
      const tables = tx as unknown as Kysely<ApprovalTables>;
      const { bytes, digest } = policyInChange(change);
      const { value: policy } = readOfficerPolicy(bytes);
      if (policy === undefined) throw notAccepted("the policy cannot be read");
      // Asked once more: a policy that does not hold, once stored, would stop every officer.
      const [problem] = judgePolicy(policy);
      if (change.target !== policyChangeTarget || problem !== undefined)
        throw notAccepted(problem?.detail ?? `the target is ${policyChangeTarget}`);
      const { signed } = await readChange(tables, change.id);
      const row = { version: policy.version, digest, policy: bytes, change: JSON.stringify(signed) };
      await tables
        .insertInto("officer_policies")
        .values({ ...row, adopted_at: at.toISOString() })
        .execute()
        .catch((cause: unknown) => {
          throw isUniqueViolation(cause) ? notAccepted("another policy has this number", { cause }) : cause;
        });
      await trail.in(tx).append({
        action: "policy.changed",
        actor: change.executor,
        subject: policyChangeTarget,
        occurredAt: at,
        detail: { version: policy.version, policy: digest },
      });
      return { version: policy.version, policy: digest };
    },
  });
}

/** The policy that is asked for, if it can follow the one in force. */
function acceptable(
  target: string,
  parameters: Readonly<Record<string, unknown>>,
  current: OpenPolicy,
  at: Date,
): OfficerPolicy {
  if (target !== policyChangeTarget) throw notAccepted(`the target is ${policyChangeTarget}`);
  const { bytes, digest } = policyInChange({ parameters });
  const { value: policy, problem } = readOfficerPolicy(bytes);
  if (policy === undefined) throw notAccepted(problem);
  const reason = followingProblem(current, policy) ?? judgePolicy(policy)[0]?.detail;
  if (reason !== undefined) throw notAccepted(reason);
  const stranger = strangerIn(openPolicy(policy, digest, current.anchors), at);
  if (stranger !== undefined)
    throw notAccepted(`the certificate of ${stranger} is not valid under the officers' roots`);
  return policy;
}

/** Whose certificate no root of the officers vouches for, now. */
function strangerIn({ signatories, intermediates, anchors }: OpenPolicy, at: Date): string | undefined {
  const policy = { algorithms: "default", requiredKeyUsage: ["digitalSignature"] } as const;
  return signatories.find(
    ({ certificate }) => !validatePath({ certificate, intermediates, anchors, at, policy }).isValid,
  )?.id;
}

function previewOf(before: OfficerPolicy, after: OfficerPolicy): ChangePreview {
  const isSame = (one: Officer, other: Officer): boolean =>
    one.id === other.id && one.person === other.person && one.role === other.role;
  const missingIn = (those: readonly Officer[], these: readonly Officer[]): readonly Officer[] =>
    these.filter((officer) => !those.some((other) => isSame(officer, other)));
  const joining = missingIn(before.officers, after.officers);
  const leaving = missingIn(after.officers, before.officers);
  const rekeyed = after.officers.filter((officer) =>
    before.officers.some((old) => isSame(old, officer) && old.certificate !== officer.certificate),
  );
  const rules = changedRules(before, after);
  return {
    effect: [
      ...listed({ zh: "新任：", en: "Joining: " }, joining.map(inWords)),
      ...listed({ zh: "离任：", en: "Leaving: " }, leaving.map(inWords)),
      ...listed(
        {
          zh: "换用新的密钥和证书（旧的不再有效）：",
          en: "New key and certificate (the old one counts no more): ",
        },
        rekeyed.map(inWords),
      ),
      ...listed(
        { zh: "规则变化：", en: "Rules that change: " },
        rules.map((rule) => ({ zh: rule, en: rule })),
      ),
    ],
    numbers: { joining: joining.length, leaving: leaving.length, rules: rules.length },
    steps: [],
  };
}

const roleWords: Readonly<Record<OfficerRole, Localized>> = {
  "system-administrator": { zh: "系统管理员", en: "system administrator" },
  "security-officer": { zh: "安全管理员", en: "security officer" },
  auditor: { zh: "审计管理员", en: "auditor" },
};

function inWords({ name, role }: Officer): Localized {
  const { zh, en } = roleWords[role];
  return { zh: `${name}（${zh}）`, en: `${name} (${en})` };
}

function changedRules(before: OfficerPolicy, after: OfficerPolicy): string[] {
  const operations = new Set([...Object.keys(before.rules), ...Object.keys(after.rules)]);
  return [...operations].flatMap((operation) => {
    const [old, next] = [before.rules[operation], after.rules[operation]];
    if (JSON.stringify(old) === JSON.stringify(next)) return [];
    if (old?.persons === next?.persons) return [operation];
    return [`${operation} ${String(old?.persons ?? 0)}→${String(next?.persons ?? 0)}`];
  });
}

function listed(heading: Localized, names: readonly Localized[]): Localized[] {
  if (names.length === 0) return [];
  const [zh, en] = [names.map((name) => name.zh), names.map((name) => name.en)];
  return [{ zh: `${heading.zh}${zh.join("、")}`, en: `${heading.en}${en.join(", ")}` }];
}
