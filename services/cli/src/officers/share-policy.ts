import { readPolicyChain } from "../approvals/index.ts";
import type { ProvedChain } from "../approvals/index.ts";
import { askServices } from "../officer/index.ts";
import type { OfficerSession, ServiceAnswers, ServiceConnection } from "../officer/index.ts";
import { z } from "zod";

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
