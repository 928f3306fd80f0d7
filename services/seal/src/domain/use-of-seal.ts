import { refuse } from "@yinxin/service-kit/problems";

import type { SealRecord } from "./seal.ts";
import { canApply } from "./seal-status.ts";

/** Who wants something of a seal: for whom they act, and whether they may act for any organization. */
export interface SealUser {
  /** The organization (or system) that the token is for. */
  readonly subject: string;
  readonly mayUseAny: boolean;
}

/**
 * The owner controls the seal (《电子印章管理办法》art. 21 "谁所有、谁控制"); nobody else but a system that is let to.
 *
 * @throws Refusal `seal-not-permitted`
 */
export function checkOwner(seal: SealRecord, user: SealUser): void {
  if (user.mayUseAny || seal.organizationId === user.subject) return;
  throw refuse("seal-not-permitted", `The seal ${seal.id} belongs to another organization.`);
}

/** Whether a seal may be applied at this time. @throws Refusal `seal-not-active` */
export function checkActive(seal: SealRecord, at: Date): void {
  if (!canApply(seal.status)) throw refuse("seal-not-active", `The seal ${seal.id} is ${seal.status}.`);
  if (at < seal.validFrom || at > seal.validUntil) {
    throw refuse("seal-not-active", `The seal ${seal.id} was valid until ${seal.validUntil.toISOString()}.`);
  }
}
