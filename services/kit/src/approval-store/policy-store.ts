import { base64Of, bytesOfBase64 } from "@yinxin/crypto/bytes";
import type { Kysely } from "kysely";
import { z } from "zod";

import {
  canonicalBytes,
  documentDigest,
  policyChainSchema,
  policyChangeTarget,
  policyInChange,
  readChangeRequest,
  signedChangeSchema,
  verifyPolicyChain,
} from "../approvals/index.ts";
import { findEvents } from "../audit/index.ts";
import type { GovernanceTrust, OpenPolicy, PolicyChain, SignedChange } from "../approvals/index.ts";
import { refuse } from "../problems/index.ts";
import type { ApprovalTables } from "./approval-tables.ts";

/** The stored policies, proved from the first one. */
export interface LoadedPolicies {
  readonly chain: PolicyChain;
  /** In their order; the last is in force. */
  readonly policies: readonly OpenPolicy[];
  readonly current: OpenPolicy;
  /** When this service took up each of them; unknown of a chain that is not stored. */
  readonly adoptedAt?: readonly string[];
}

/** The policies of a service. */
export interface PolicyStore {
  /**
   * Read and proved anew unless not a byte has changed since: an edited row is noticed, whoever edited it.
   *
   * @throws Refusal `officers-not-appointed`; `policy-not-accepted` if the stored ones do not hold.
   */
  load(): Promise<LoadedPolicies>;
  /**
   * A chain that somebody offers, proved: what is not stored here came into force elsewhere, as an audit log of the trust file says.
   *
   * @throws Refusal `policy-not-accepted`
   */
  verify(chain: unknown): Promise<LoadedPolicies>;
}

/** @param trust undefined: this deployment has no officers yet. */
export function createPolicyStore(
  db: Kysely<ApprovalTables>,
  trust: GovernanceTrust | undefined,
): PolicyStore {
  let last: { readonly digest: string; readonly loaded: LoadedPolicies } | undefined;
  return {
    verify: async (chain) => {
      if (trust === undefined) throw notAppointed();
      return provedChain(chain, trust, await policiesTakenUp(db));
    },
    load: async () => {
      const rows = await db.selectFrom("officer_policies").selectAll().orderBy("version").execute();
      if (trust === undefined || rows.length === 0) throw notAppointed();
      const chain = chainOf(rows);
      const taken = await policiesTakenUp(db);
      const digest = documentDigest(canonicalBytes([chain, rows.map((row) => row.digest), [...taken]]));
      if (last?.digest !== digest) last = { digest, loaded: matched(provedChain(chain, trust, taken), rows) };
      return { ...last.loaded, adoptedAt: rows.map((row) => row.adopted_at) };
    },
  };
}

type PolicyRow = ApprovalTables["officer_policies"];

function chainOf(rows: readonly PolicyRow[]): PolicyChain {
  const [first, ...later] = rows;
  return {
    genesis: base64Of(first?.policy ?? new Uint8Array()),
    changes: later.map(({ change }) => signedChangeOf(change)),
  };
}

function signedChangeOf(text: string | null): SignedChange {
  try {
    return signedChangeSchema.parse(JSON.parse(text ?? "null"));
  } catch (cause) {
    throw notAccepted("a stored change of the policy cannot be read", { cause });
  }
}

/** The digests in the rows are what others look policies up by. */
function matched(loaded: LoadedPolicies, rows: readonly PolicyRow[]): LoadedPolicies {
  const isSame = loaded.policies.every(
    ({ policy, digest }, index) => rows[index]?.digest === digest && rows[index].version === policy.version,
  );
  if (isSame && rows.every(({ policy, digest }) => documentDigest(policy) === digest)) return loaded;
  throw notAccepted("a stored policy is not the one that was approved");
}

/**
 * Digests of the policies that this service took up, by its own audit log: a row alone is no proof that a policy was more than
 * approved, and the log cannot be edited unseen.
 */
async function policiesTakenUp(db: Kysely<ApprovalTables>): Promise<ReadonlySet<string>> {
  const events = await findEvents(db, {
    columns: ["detail"],
    where: (all) => all.where("subject", "=", policyChangeTarget).where("action", "=", "policy.changed"),
  });
  return new Set(
    events.flatMap(({ detail }) => changedDetail.safeParse(JSON.parse(detail)).data?.policy ?? []),
  );
}

const changedDetail = z.object({ policy: z.string() });

function provedChain(chain: unknown, trust: GovernanceTrust, inForce: ReadonlySet<string>): LoadedPolicies {
  const { policies, isValid, checks } = verifyPolicyChain(chain, trust, { inForce });
  const current = policies.at(-1);
  if (isValid && current !== undefined) return { chain: policyChainSchema.parse(chain), policies, current };
  const failed = checks.find(({ result }) => result === "failed");
  throw notAccepted(`${failed?.where ?? "policies"}: ${failed?.detail ?? "there is no policy"}`);
}

/** The rows of a proved chain. */
export function policyRows({ chain, policies }: LoadedPolicies, at: Date): PolicyRow[] {
  return policies.map(({ policy, digest }, index) => {
    const change = index === 0 ? undefined : chain.changes[index - 1];
    return {
      version: policy.version,
      digest,
      policy: change === undefined ? bytesOfBase64(chain.genesis) : policyBytes(change),
      change: change === undefined ? null : JSON.stringify(change),
      adopted_at: at.toISOString(),
    };
  });
}

function policyBytes({ request }: SignedChange): Uint8Array {
  const { value } = readChangeRequest(bytesOfBase64(request));
  if (value === undefined) throw new Error("a proved change cannot be read");
  return policyInChange(value).bytes;
}

function notAppointed(): Error {
  return refuse("officers-not-appointed", {
    zh: "本部署还没有审批策略，任何变更都不受理。",
    en: "This deployment has no officer policy yet, so no change is taken.",
  });
}

/** The refusal of a policy, with the reason. */
export function notAccepted(reason: string, options?: ErrorOptions): Error {
  return refuse(
    "policy-not-accepted",
    { zh: `审批策略不成立（${reason}）。`, en: `The officer policy does not hold (${reason}).` },
    options,
  );
}
