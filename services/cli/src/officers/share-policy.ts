import { policyForkOf } from "@yinxin/service-kit/approvals";
import { z } from "zod";

import { readPolicyChain } from "../approvals/index.ts";
import type { ProvedChain } from "../approvals/index.ts";
import { exitCodes } from "../exit-codes.ts";
import { askServices } from "../officer/index.ts";
import type { OfficerSession, ServiceAnswers, ServiceConnection } from "../officer/index.ts";
import { CommandFailure, digestWords } from "../terminal/index.ts";

/** What every service has, proved; those that did not answer are among the failures. */
export function readPolicies(
  session: OfficerSession,
  services: readonly ServiceConnection[],
): Promise<ServiceAnswers<ProvedChain>> {
  return askServices(services, (service) => readPolicyChain(session, service));
}

/** The longest chain: policies follow one another, so it holds all others. */
export function newestOf({ answers }: ServiceAnswers<ProvedChain>): ProvedChain | undefined {
  return answers
    .map(({ answer }) => answer)
    .toSorted((one, other) => other.policy.policy.version - one.policy.policy.version)[0];
}

/**
 * Holds the services' chains against each other: competing successors of one policy are each proved, and one of them was slipped in. None
 * of them is then the newest, and nothing is handed on.
 *
 * @throws CommandFailure `policy-forked`, with the services on each side
 */
export function refuseFork({ answers }: Pick<ServiceAnswers<ProvedChain>, "answers">): void {
  const fork = policyForkOf(answers.map(({ answer }) => answer.policies));
  if (fork === undefined) return;
  const version = String(fork.version);
  const sides = fork.digests.map((digest) => {
    const holders = answers.filter(({ answer }) => answer.policies[fork.version - 1]?.digest === digest);
    return { digest, names: holders.map(({ service }) => service.name) };
  });
  const said = (separator: string) =>
    sides
      .map(({ digest, names }) => `${names.join(separator)} (${digest}, ${digestWords(digest)})`)
      .join("; ");
  const service = sides[1]?.names[0] ?? "NAME";
  throw new CommandFailure(
    "policy-forked",
    {
      zh: `各服务的第 ${version} 版审批策略互相冲突，每一份都有签名：${said("、")}。没有采用任何一份，也没有转交。`,
      en: `Services have competing policies of version ${version}, each of them signed: ${said(", ")}. None was taken for the newest, and none handed on.`,
    },
    {
      exitCode: exitCodes.invalid,
      next: {
        zh: `逐一查看并与管理员核对摘要词：yinxin officers policy --service ${service}`,
        en: `Look at each and compare the words with the officers: yinxin officers policy --service ${service}`,
      },
    },
  );
}

/** Services whose policy is older than the newest. */
export function laggardsOf(told: ServiceAnswers<ProvedChain>): readonly ServiceConnection[] {
  const newest = newestOf(told);
  return told.answers
    .filter(({ answer }) => answer.policy.digest !== newest?.policy.digest)
    .map(({ service }) => service);
}

/** Hands a chain to services; each proves it by its own trust file before it believes it. */
export function handPolicy(
  services: readonly ServiceConnection[],
  { chain }: Pick<ProvedChain, "chain">,
): Promise<ServiceAnswers<{ readonly version: number }>> {
  return askServices(services, (service) =>
    service.send({
      method: "POST",
      path: "/v1/officer-policy",
      body: { chain },
      reply: z.object({ version: z.int() }),
    }),
  );
}
