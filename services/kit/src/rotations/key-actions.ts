import { equalBytes } from "@yinxin/crypto/bytes";
import type { Transaction } from "kysely";

import { leavingOf, tellLeftInDevice } from "../key-rings/index.ts";
import type { KeyState, KeyVersion } from "../key-rings/index.ts";
import { destroyKeys, provePossession } from "./make-key.ts";
import { isAsDoomed } from "./doomed-version.ts";
import { moveFacts, notReady, oldIn, PlanOvertakenError, useOf } from "./step-action.ts";
import type { Action, ActionContext, ActionDeps, ActionOutcome } from "./step-action.ts";

const nothing: ActionOutcome = { result: {} };

/** `wait`, `call`, `certify`: time or the service's hook does all of it. */
export const nothingOfItsOwn: Action = () => Promise.resolve(nothing);

/** `publish`: the public key of the next version is shown from now on; it signs nothing yet. */
export const publishKey: Action = (deps, { next, plan, authority }) => {
  if (next.state !== "pre-active") return Promise.resolve({ result: { state: next.state } });
  return Promise.resolve({
    result: { version: next.version, key_id: next.keyId },
    commit: async (tx, at) => {
      await deps.rings.in(tx).move(useOf(next), "published", moveFacts(plan, authority, at));
      return undefined;
    },
  });
};

/** `activate`: the next version signs, in a ring where none does. */
export const activateKey: Action = (deps, context) => {
  const { next, plan, authority } = context;
  if (next.state === "active") return Promise.resolve({ result: { version: next.version } });
  checkShown(context, context.at);
  return Promise.resolve({
    result: { version: next.version, key_id: next.keyId },
    commit: async (tx, at) => {
      checkShown(context, at);
      await deps.rings.in(tx).move(useOf(next), "active", moveFacts(plan, authority, at));
      return undefined;
    },
  });
};

/** `retire`: from one moment the next version signs and the old one does not, with no gap between. */
export const retireKey: Action = async (deps, context) => {
  const { next, plan, authority } = context;
  if (context.old === undefined) return activateKey(deps, context);
  const old = oldIn(context, ["active"]);
  checkShown(context, context.at);
  return {
    result: { from: old.version, to: next.version, key_id: next.keyId },
    commit: async (tx, at) => {
      checkShown(context, at);
      const facts = moveFacts(plan, authority, at);
      await deps.rings.in(tx).move(useOf(old), "retiring", facts);
      await deps.rings.in(tx).move(useOf(next), "active", facts);
      return undefined;
    },
  };
};

/** A key that somebody could not have seen yet would make signatures that they cannot verify. */
function checkShown({ next, ring }: ActionContext, at: Date): void {
  const { publishedAt } = next;
  if (ring.propagationSeconds === 0) return;
  if (publishedAt !== undefined) {
    const seenAt = publishedAt.getTime() + ring.propagationSeconds * 1000;
    if (at.getTime() >= seenAt) return;
    throw notReady({
      zh: `${next.purpose} 的版本 ${String(next.version)} 公布未满传播时间。`,
      en: `Version ${String(next.version)} of ${next.purpose} has not been published for long enough.`,
    });
  }
  throw notReady({
    zh: `${next.purpose} 的版本 ${String(next.version)} 尚未公布。`,
    en: `Version ${String(next.version)} of ${next.purpose} has not been published.`,
  });
}

/** `deactivate`: the old version leaves what is served. */
export const deactivateKey: Action = (deps, context) => {
  const { old, plan, authority } = context;
  if (old === undefined) return Promise.resolve(nothing);
  if (isLost(old)) return Promise.resolve({ result: { version: old.version, state: old.state } });
  const leaving = oldIn(context, ["retiring"]);
  return Promise.resolve({
    result: { version: leaving.version },
    commit: async (tx, at) => {
      await deps.rings.in(tx).move(useOf(leaving), "deactivated", moveFacts(plan, authority, at));
      return undefined;
    },
  });
};

/** `destroy-private`: the private key of a version that signs no more; its record stays. */
export const destroyPrivateKey: Action = async (deps, context) => {
  if (context.old === undefined) return nothing;
  if (isLost(context.old)) return { result: { version: context.old.version, state: context.old.state } };
  const old = oldIn(context, ["deactivated", "destroyed"]);
  const destroyed = await destroyKeys(deps, old.keyUris);
  return {
    result: { version: old.version, ...destroyed },
    commit: async (tx, at) => {
      await tellLeft(deps, context, { version: old, uris: destroyed.left_in_device, tx, at });
      return undefined;
    },
  };
};

/** A device that lets no software destroy keys has them still, until its operator does: somebody has to hear of it. */
async function tellLeft(
  { trail }: ActionDeps,
  { authority }: ActionContext,
  left: { version: KeyVersion; uris: readonly string[]; tx: Transaction<unknown>; at: Date },
): Promise<void> {
  const { version, uris, tx, at } = left;
  await tellLeftInDevice(tx, trail, { version, uris, actor: authority.requestedBy, at });
}

/** Compromised since the plan began: it is served no more, and its private key is kept until officers have it destroyed. */
function isLost({ state }: KeyVersion): boolean {
  return state === "compromised" || state === "destroyed-compromised";
}

/**
 * `destroy`: the private key, and the version with it, if the version is still what it was when its end was asked for: nobody
 * agreed to the end of a key that was resumed since, or put to work.
 */
export const destroyVersion: Action = async (deps, context) => {
  const { plan, authority } = context;
  const { old, to } = doomedOf(context);
  const destroyed = await destroyKeys(deps, old.keyUris);
  return {
    result: { version: old.version, ...destroyed },
    commit: async (tx, at) => {
      await deps.rings.in(tx).move(useOf(old), to, moveFacts(plan, authority, at));
      await tellLeft(deps, context, { version: old, uris: destroyed.left_in_device, tx, at });
      return undefined;
    },
  };
};

/** @throws PlanOvertakenError if it is not what it was; Refusal if it cannot be destroyed. */
function doomedOf({ old, plan }: ActionContext): { readonly old: KeyVersion; readonly to: KeyState } {
  if (old === undefined) throw notReady({ zh: "计划没有指明版本。", en: "The plan names no version." });
  if (!isAsDoomed(plan, old)) throw new PlanOvertakenError(`key ${old.state}`);
  const to: KeyState = old.state === "compromised" ? "destroyed-compromised" : "destroyed";
  if (leavingOf(old.state, to) !== undefined) return { old, to };
  throw notReady({
    zh: `${plan.purpose} 的该版本处于 ${old.state} 状态，不能销毁。`,
    en: `The version of ${plan.purpose} is ${old.state} and cannot be destroyed.`,
  });
}

/** `self-test`: the ring's active version signs and the signature verifies; a use like any other, so it is in the log. */
export const testKey: Action = async (deps, { plan, authority }) => {
  const { signer, use, version } = await deps.rings.open(plan.purpose);
  checkIsKey(version, signer.publicKey);
  await provePossession(signer, plan.purpose, plan.id);
  return {
    result: { version: version.version, verified: true },
    commit: async (tx, at) => {
      await deps.trail.in(tx).append({
        action: "key.used",
        actor: authority.requestedBy,
        subject: plan.id,
        occurredAt: at,
        detail: { for: "self-test" },
        key: use,
      });
      await deps.rings.in(tx).recordSelfTest(use, at);
      return undefined;
    },
  };
};

function checkIsKey(version: KeyVersion, publicKey: Uint8Array): void {
  if (equalBytes(version.publicKey, publicKey)) return;
  throw notReady({
    zh: `${version.purpose} 的密钥与登记的公钥不符。`,
    en: `The key of ${version.purpose} is not the one that its ring has.`,
  });
}
