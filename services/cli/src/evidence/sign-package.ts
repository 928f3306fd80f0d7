import {
  canonicalBytes,
  policyChainSchema,
  signStatement,
  verifyPolicyChain,
} from "@yinxin/service-kit/approvals";
import type { GovernanceTrust, OpenPolicy, PolicyChain } from "@yinxin/service-kit/approvals";
import { packEvidence, policiesName } from "@yinxin/service-kit/evidence";
import type { EvidenceQuery } from "@yinxin/service-kit/evidence";
import { z } from "zod";

import { signatoryOf } from "../approvals/sign-decision.ts";
import { askServices } from "../officer/index.ts";
import type { OfficerSession } from "../officer/index.ts";
import { CommandFailure } from "../terminal/index.ts";
import type { CollectedEvidence } from "./collect-evidence.ts";

interface Signing {
  readonly session: OfficerSession;
  readonly trust: GovernanceTrust;
  readonly at: Date;
}

/** Puts the package together and signs its manifest with the officer's key. @throws CommandFailure `officer-not-appointed`, `policy-not-believed` */
export async function signPackage(
  { services, files }: CollectedEvidence,
  query: EvidenceQuery,
  { session, trust, at }: Signing,
): Promise<Uint8Array> {
  const { chain, policy } = await latestPolicy(
    session,
    services.map(({ name }) => name),
    trust,
  );
  const key = await session.identity();
  const signatory = signatoryOf(key, policy);
  const facts = {
    deployment: trust.deployment,
    made_by: signatory.id,
    made_at: at.toISOString(),
    query,
    services: [...services],
  };
  // The certificates of the policy and no others: nobody else vouches for what is beside a signature.
  const identity = { signer: key.signer, certificate: key.certificate, chain: policy.intermediates };
  const members = new Map([...files, [policiesName, canonicalBytes(chain)] as const]);
  return await packEvidence(facts, members, (manifest) => signStatement(identity, manifest, at));
}

/** The longest chain of policies that a service has: the others are behind. */
async function latestPolicy(
  session: OfficerSession,
  names: readonly string[],
  trust: GovernanceTrust,
): Promise<{ readonly chain: PolicyChain; readonly policy: OpenPolicy }> {
  const reply = z.object({ chain: policyChainSchema });
  const asked = session.services().filter(({ name }) => names.includes(name));
  const { answers, failures } = await askServices(asked, (service) =>
    service.send({ method: "GET", path: "/v1/officer-policy", reply }),
  );
  const [first] = failures;
  if (first !== undefined) throw first.failure;
  const [longest] = answers
    .map(({ answer }) => answer.chain)
    .sort((one, other) => other.changes.length - one.changes.length);
  const verified = verifyPolicyChain(longest, trust);
  const policy = verified.policies.at(-1);
  if (longest !== undefined && policy !== undefined && verified.isValid) return { chain: longest, policy };
  throw new CommandFailure("policy-not-believed", {
    zh: "服务给出的审批策略链不能由信任文件证明。",
    en: "The officer policies of the services do not follow from the trust file.",
  });
}
