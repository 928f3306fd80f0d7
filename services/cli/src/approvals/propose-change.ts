import { base64Of, hexOf } from "@yinxin/crypto/bytes";
import {
  canonicalBytes,
  policyChainSchema,
  signStatement,
  verifyPolicyChain,
} from "@yinxin/service-kit/approvals";
import type { ChangeRequest, OpenPolicy, PolicyChain } from "@yinxin/service-kit/approvals";
import { z } from "zod";

import type { OfficerSession, ServiceConnection } from "../officer/index.ts";
import { CommandFailure } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { changeRowSchema } from "./change-wire.ts";
import { readChange } from "./held-change.ts";
import type { FoundChange } from "./held-change.ts";
import type { WantedChange } from "./preview-change.ts";
import { seenAuditHead } from "./seen-audit-head.ts";
import { signatoryOf } from "./sign-decision.ts";

/** 96 bits: nobody meets one by chance. */
const identifierBytes = 12;
const nonceBytes = 16;

export interface Proposal extends WantedChange {
  readonly service: ServiceConnection;
  readonly reason: string;
}

/**
 * Asks for one exact change, signed with the officer's key: under the policy that is proved by the trust file.
 *
 * @throws CommandFailure `policy-not-believed`, `officer-not-appointed`, and what the service says.
 */
export async function proposeChange(
  session: OfficerSession,
  terminal: Terminal,
  { service, operation, target, parameters, reason }: Proposal,
): Promise<FoundChange> {
  const trust = await session.trust();
  const policy = await currentPolicy(session, service);
  const key = await session.identity();
  const proposer = signatoryOf(key, policy);
  // What lets a log go on after a restore says itself where it stood.
  const head = operation === "audit.continue" ? undefined : await seenAuditHead(service, trust, terminal);
  const at = terminal.now();
  const rule = policy.policy.rules[operation];
  const request: ChangeRequest = {
    type: "yinxin-change-request",
    id: `chg_${hexOf(terminal.randomBytes(identifierBytes))}`,
    deployment: trust.deployment,
    policy: policy.digest,
    service: service.name,
    operation,
    target,
    parameters,
    reason,
    proposer: proposer.id,
    nonce: hexOf(terminal.randomBytes(nonceBytes)),
    created_at: at.toISOString(),
    not_after: new Date(at.getTime() + (rule?.not_after_seconds ?? dayAtMost) * 1000).toISOString(),
    ...(head && { audit_head: head }),
  };
  const bytes = canonicalBytes(request);
  const chain = policy.intermediates;
  const signature = await signStatement(
    { signer: key.signer, certificate: key.certificate, chain },
    bytes,
    at,
  );
  await service.send({
    method: "POST",
    path: "/v1/changes",
    body: { request: base64Of(bytes), signature: base64Of(signature) },
    reply: changeRowSchema,
  });
  return await readChange(session, service, request.id);
}

/** An operation that the policy has no rule for; the service refuses it with its own words. */
const dayAtMost = 86_400;

/** The policy in force at a service, proved from the pinned first one. @throws CommandFailure `policy-not-believed` */
export async function currentPolicy(
  session: OfficerSession,
  service: ServiceConnection,
): Promise<OpenPolicy> {
  return (await readPolicyChain(session, service)).policy;
}

export interface ProvedChain {
  readonly chain: PolicyChain;
  /** From the first one. */
  readonly policies: readonly OpenPolicy[];
  /** The last of the chain: the one in force. */
  readonly policy: OpenPolicy;
}

/** The chain of policies of a service, proved from the pinned first one. @throws CommandFailure `policy-not-believed` */
export async function readPolicyChain(
  session: OfficerSession,
  service: ServiceConnection,
): Promise<ProvedChain> {
  const { chain } = await service.send({
    method: "GET",
    path: "/v1/officer-policy",
    reply: z.object({ chain: policyChainSchema }),
  });
  const verified = verifyPolicyChain(chain, await session.trust());
  const policy = verified.policies.at(-1);
  if (verified.isValid && policy !== undefined) return { chain, policies: verified.policies, policy };
  const why = verified.checks.find(({ result }) => result === "failed")?.detail ?? "";
  throw new CommandFailure("policy-not-believed", {
    zh: `服务 ${service.name} 的审批策略不能由信任文件证明。${why}`,
    en: `The trust file does not prove the officer policy of ${service.name}. ${why}`,
  });
}
