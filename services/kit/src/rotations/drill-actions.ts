import { leavingOf, tellLeftInDevice } from "../key-rings/index.ts";
import type { KeyRing, KeyState, KeyVersion } from "../key-rings/index.ts";
import { destroyKeys, provePossession } from "./make-key.ts";
import type { Plan } from "./plan.ts";
import { moveFacts, notReady, useOf } from "./step-action.ts";
import type { Action, ActionDeps } from "./step-action.ts";

/** Enough that a list of signatures has something to find. */
const drillSignatures = 3;

/** The ring of a drill before it is made: the real one's figures under its own name. */
export async function ringOfDrill({ rings }: ActionDeps, plan: Plan): Promise<KeyRing | undefined> {
  const real = plan.parameters["drill_of"];
  const ring = typeof real === "string" ? await rings.ring(real) : undefined;
  return ring && { ...ring, purpose: plan.purpose };
}

/** `prepare-drill`: a ring of its own with a key that signs, and has signed. */
export const prepareDrill: Action = async (deps, { plan, ring, authority }) => {
  const { algorithm, cryptoPeriodDays, propagationSeconds, overlapSeconds } = ring;
  const { version, signer } = await deps.rings.create(
    {
      purpose: plan.purpose,
      title: ring.title,
      plan: ring.plan,
      ...{ algorithm, cryptoPeriodDays, propagationSeconds },
      ...(overlapSeconds !== undefined && { overlapSeconds }),
    },
    { actor: authority.requestedBy },
  );
  await provePossession(signer, plan.purpose, plan.id);
  return {
    result: { version: version.version, key_id: version.keyId, signatures: drillSignatures },
    commit: async (tx, at) => {
      await deps.rings.in(tx).move(useOf(version), "active", moveFacts(plan, authority, at));
      for (let made = 0; made < drillSignatures; made += 1) {
        await deps.trail.in(tx).append({
          action: "key.used",
          actor: authority.requestedBy,
          subject: plan.id,
          occurredAt: at,
          detail: { for: "drill" },
          key: useOf(version),
        });
      }
      return { old_version: version.version };
    },
  };
};

/** From a state to the one after it on the way to its end. */
const wayToEnd: Partial<Record<KeyState, KeyState>> = {
  "pre-active": "destroyed",
  published: "destroyed",
  active: "retiring",
  suspended: "destroyed",
  retiring: "deactivated",
  deactivated: "destroyed",
  compromised: "destroyed-compromised",
};

/** `clear-drill`: every key of the drill's ring is destroyed; what happened stays in the log. */
export const clearDrill: Action = async (deps, { plan, authority }) => {
  if (!plan.isDrill) throw notReady({ zh: "这不是演练。", en: "This is not a drill." });
  const versions = await deps.rings.versions(plan.purpose);
  const destroyed = await destroyKeys(
    deps,
    versions.flatMap(({ keyUris }) => keyUris),
  );
  return {
    result: destroyed,
    commit: async (tx, at) => {
      for (const version of versions) {
        for (const state of statesToEnd(version)) {
          await deps.rings.in(tx).move(useOf(version), state, moveFacts(plan, authority, at));
        }
        const uris = version.keyUris.filter((uri) => destroyed.left_in_device.includes(uri));
        await tellLeftInDevice(tx, deps.trail, { version, uris, actor: authority.requestedBy, at });
      }
      return undefined;
    },
  };
};

function statesToEnd({ state }: KeyVersion): KeyState[] {
  const states: KeyState[] = [];
  for (let from = state, to = wayToEnd[from]; to !== undefined; from = to, to = wayToEnd[from]) {
    if (leavingOf(from, to) === undefined) break;
    states.push(to);
  }
  return states;
}
