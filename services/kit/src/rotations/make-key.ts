import { base64Of, equalBytes, hexOf, utf8Of } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";
import { signVerified } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import type { Transaction } from "kysely";

import { isKeyNotFound, keyLabelOf, tellLeftInDevice } from "../key-rings/index.ts";
import type { KeyVersion, RingKeyFacts } from "../key-rings/index.ts";
import { moveFacts, notReady, useOf } from "./step-action.ts";
import type { Action, ActionContext, ActionDeps, ActionOutcome } from "./step-action.ts";

/** Enough of a plan's identifier to tell its keys from those of any other plan. */
const suffixCharacters = 8;

/**
 * `generate`: the key of the next version, in the store under a label that only this plan gives, and in the ring as pre-active.
 *
 * A compromise takes a key that is there already: one in use, if another version was lost; the stand-by; what a rotation that it
 * superseded had made.
 */
export const makeKey: Action = async (deps, context) => {
  const { plan } = context;
  const versions = await deps.rings.versions(plan.purpose);
  const ready = isCompromise(context) ? await successorWithKey(deps, plan, versions) : undefined;
  if (ready !== undefined) return takeUp(deps, ready);
  const version = (versions.at(-1)?.version ?? 0) + 1;
  const label = labelOf(context, version);
  const { signer, facts } = await deps.keys.create(label, context.ring.algorithm);
  await provePossession(signer, plan.purpose, plan.id);
  // The device is asked again: what it says of the key it has is what the ring keeps.
  if (!equalBytes(facts.publicKey, signer.publicKey)) {
    throw notReady({
      zh: `密钥库中标签 ${label} 的公钥与刚生成的不同。`,
      en: `The key with the label ${label} has another public key in its store than it signs with.`,
    });
  }
  const keyId = `sm3:${hexOf(digest("SM3", signer.publicKey))}`;
  const result = {
    version,
    label,
    key_id: keyId,
    device: facts.device,
    public_key: base64Of(facts.publicKey),
  };
  return { result, commit: (tx, at) => addVersion(deps, context, { tx, at, facts, label }) };
};

/** The label that this plan gives to the key of a version: the same after a kill. */
export function labelOf({ plan }: Pick<ActionContext, "plan">, version: number): string {
  return keyLabelOf(plan.purpose, version, plan.id.slice(-suffixCharacters));
}

function isCompromise({ plan }: ActionContext): boolean {
  return plan.definition.steps.some((step) => step.do === "compromise");
}

/**
 * The best of {@link successorsAmong} whose private key is still in the store: a roll-back that was cut short may have destroyed
 * one and not said so yet.
 */
async function successorWithKey(
  { keys }: ActionDeps,
  plan: ActionContext["plan"],
  versions: readonly KeyVersion[],
): Promise<KeyVersion | undefined> {
  for (const version of successorsAmong(versions, plan.oldVersion)) {
    const [uri = ""] = version.keyUris;
    try {
      await provePossession(await keys.open(uri), plan.purpose, plan.id);
      return version;
    } catch (cause) {
      if (!isKeyNotFound(cause)) throw cause;
    }
  }
  return undefined;
}

/** What a compromise may go on with, the best first: what signs, the stand-by, what a rotation had made. */
export function successorsAmong(
  versions: readonly KeyVersion[],
  lost: number | undefined,
): readonly KeyVersion[] {
  const others = versions.filter(({ version }) => version !== lost).toReversed();
  const made = others.filter(({ state }) => state === "pre-active" || state === "published");
  return [
    ...others.filter(({ state }) => state === "active"),
    ...made.filter(({ isStandby }) => isStandby),
    ...made.filter(({ isStandby }) => !isStandby),
  ];
}

function takeUp({ rings }: ActionDeps, ready: KeyVersion): ActionOutcome {
  return {
    result: {
      version: ready.version,
      key_id: ready.keyId,
      taken: ready.isStandby ? "stand-by" : ready.state,
    },
    commit: async (tx) => {
      if (ready.isStandby) await rings.in(tx).setStandby(useOf(ready), false);
      return { next_version: ready.version };
    },
  };
}

interface NewKey {
  readonly tx: Transaction<unknown>;
  readonly at: Date;
  readonly facts: RingKeyFacts;
  readonly label: string;
}

async function addVersion(
  { rings }: ActionDeps,
  { plan, authority }: ActionContext,
  { tx, at, facts, label }: NewKey,
): Promise<{ next_version: number }> {
  const added = await rings.in(tx).add({
    purpose: plan.purpose,
    keyUris: [facts.uri],
    algorithm: facts.algorithm,
    publicKey: facts.publicKey,
    origin: {
      generatedBy: plan.id,
      label,
      device: facts.device,
      ...(facts.local !== undefined && { local: facts.local }),
      ...(facts.extractable !== undefined && { extractable: facts.extractable }),
    },
    isStandby: plan.definition.makes_stand_by === true,
    at,
    actor: authority.requestedBy,
    planId: plan.id,
    ...(authority.changeId !== undefined && { changeId: authority.changeId }),
  });
  return { next_version: added.version };
}

/** Signs what nobody could take for a document, a token or a checkpoint, and verifies it. @throws SignerError */
export async function provePossession(signer: Signer, purpose: string, planId: string): Promise<void> {
  await signVerified(signer, utf8Of(`yinxin key self-test\n${purpose}\n${planId}\n`));
}

/** Takes back {@link makeKey}: the version, if it came so far, and the key under the plan's label. */
export async function unmakeKey(deps: ActionDeps, context: ActionContext): Promise<ActionOutcome> {
  const made = context.nextIfMade;
  const versions = await deps.rings.versions(context.plan.purpose);
  const label = labelOf(context, made?.version ?? (versions.at(-1)?.version ?? 0) + 1);
  const uris = made?.keyUris ?? (await urisWithLabel(deps, label));
  const destroyed = await destroyKeys(deps, uris);
  return {
    result: destroyed,
    commit: async (tx, at) => {
      if (made !== undefined && made.state !== "destroyed") {
        await deps.rings
          .in(tx)
          .move(useOf(made), "destroyed", moveFacts(context.plan, context.authority, at));
        const left = {
          version: made,
          uris: destroyed.left_in_device,
          actor: context.authority.requestedBy,
          at,
        };
        await tellLeftInDevice(tx, deps.trail, left);
      }
      return undefined;
    },
  };
}

async function urisWithLabel({ keys }: ActionDeps, label: string): Promise<readonly string[]> {
  return (await keys.describe())
    .filter((key) => key.isForeign !== true && key.label === label)
    .map(({ uri }) => uri);
}

/** Destroys keys in their store, where it lets software do that; the answer says which is the case. */
export async function destroyKeys(
  { keys }: ActionDeps,
  uris: readonly string[],
): Promise<{ readonly destroyed: readonly string[]; readonly left_in_device: readonly string[] }> {
  if (keys.destroy === undefined) return { destroyed: [], left_in_device: uris };
  for (const uri of uris) await keys.destroy(uri);
  return { destroyed: uris, left_in_device: [] };
}
