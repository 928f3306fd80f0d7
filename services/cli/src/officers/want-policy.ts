import { policyChangeTarget } from "@yinxin/service-kit/approvals";
import type { OfficerPolicy } from "@yinxin/service-kit/approvals";

import { readPolicyChain } from "../approvals/index.ts";
import type { WantedAtService } from "../approvals/index.ts";
import type { OfficerSession } from "../officer/index.ts";
import { UsageError } from "../terminal/index.ts";
import { readBreakGlass } from "./break-glass-member.ts";
import { nextPolicy } from "./next-policy.ts";
import type { PolicyEdit } from "./next-policy.ts";
import { refusedPolicy } from "./policy-file.ts";

/** What was given with `break-glass` in the place of an officer. */
export interface BreakGlassWish {
  readonly service?: string | undefined;
  readonly certificate?: string | undefined;
  readonly "review-within"?: string | undefined;
  readonly id?: string | undefined;
  readonly person?: string | undefined;
  readonly name?: string | undefined;
  readonly unit?: string | undefined;
}

/** Another emergency key, or another time for its review. It is no person's. @throws UsageError */
export function wantBreakGlass(session: OfficerSession, values: BreakGlassWish): Promise<WantedAtService> {
  const { service, certificate, "review-within": review, id, person, name, unit } = values;
  if ([id, person, name, unit].some((value) => value !== undefined))
    throw new UsageError("The emergency key is no person: give --certificate and --review-within only.");
  if (certificate === undefined && review === undefined)
    throw new UsageError("Give --certificate FILE, --review-within HOURS, or both.");
  return wantPolicy(session, service, async ({ break_glass: before }) => ({
    break_glass: await readBreakGlass({ "break-glass": certificate, "review-within": review }, before),
  }));
}

/** @throws CommandFailure `policy-refused` where there is none. */
export function withoutBreakGlass({ break_glass: before }: OfficerPolicy): PolicyEdit {
  if (before !== undefined) return { break_glass: undefined };
  throw refusedPolicy("the policy in force has no emergency key");
}

/** The change that brings the next policy, at the service that is named or at the first one. */
export async function wantPolicy(
  session: OfficerSession,
  named: string | undefined,
  editOf: (policy: OfficerPolicy) => PolicyEdit | Promise<PolicyEdit>,
): Promise<WantedAtService> {
  const [service] = session.services(named);
  if (service === undefined) throw new UsageError("The deployment has no services.");
  const { policy } = await readPolicyChain(session, service);
  const next = nextPolicy(policy, await editOf(policy.policy));
  return {
    service,
    operation: "policy.change",
    target: policyChangeTarget,
    // A policy is JSON, with no undefined members.
    parameters: { policy: JSON.parse(JSON.stringify(next)) as WantedAtService["parameters"][string] },
  };
}
