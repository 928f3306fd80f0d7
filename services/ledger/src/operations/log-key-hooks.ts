import {
  addSignatureLines,
  encodeNoteKey,
  keySuccessorStatement,
  noteKeyOf,
  noteSignatureLine,
  parseNote,
  verifyNote,
  verifySuccession,
} from "@yinxin/crypto/tlog";
import { canonicalJson } from "@yinxin/service-kit/audit";
import type { KeyVersion, OpenKey } from "@yinxin/service-kit/key-rings";
import type { StepHook } from "@yinxin/service-kit/rotations";

import { checkpointRing } from "../domain/checkpoint-ring.ts";
import { newestCheckpoint, publishCheckpoint } from "./publish-checkpoint.ts";
import type { PublishCheckpointDeps } from "./publish-checkpoint.ts";
import { provenSuccession } from "./read-log-keys.ts";

/**
 * What this service does in the plans of the log's key: the successor is named in a leaf, then one checkpoint stands under both
 * keys, the old one first, so that whoever pinned the old key can be shown the new one by the log itself.
 */
export function logKeyHooks(deps: PublishCheckpointDeps): Readonly<Record<string, StepHook>> {
  return {
    "log-key.announce": announceHook(deps),
    "log-key.sign-both": signBothHook(deps),
    "log-key.self-test": { run: ({ next }) => testKey(deps, next) },
    "compromise.re-issue": signAgainHook(deps),
  };
}

function announceHook(deps: PublishCheckpointDeps): StepHook {
  return {
    run: async ({ next, old }) => {
      if (old === undefined) throw new Error("the first key of a log has none before it");
      const statement = keySuccessorStatement({
        origin: deps.origin,
        from: noteKeyOf(deps.origin, old.publicKey),
        to: noteKeyOf(deps.origin, next.publicKey),
      });
      await announce(deps, next.version, statement);
      const announced = await findSuccession(deps, next.version);
      return { leaf_index: announced.leafIndex };
    },
  };
}

/** Leaf, row and event are one transaction, so a step that was killed and runs again announces nothing twice. */
async function announce(
  { store, clock, origin }: PublishCheckpointDeps,
  keyVersion: number,
  statement: ReturnType<typeof keySuccessorStatement>,
): Promise<void> {
  if ((await store.successions()).some((known) => known.keyVersion === keyVersion)) return;
  const announcedAt = clock.now();
  await store.transact(async (unit) => {
    const leafIndex = await unit.appendLeaf(canonicalJson(statement));
    if (!(await unit.addSuccession({ keyVersion, leafIndex }, announcedAt))) {
      throw new Error(`version ${String(keyVersion)} was announced meanwhile`);
    }
    await unit.audit.append({
      action: "log-key.announced",
      actor: "ledger",
      subject: origin,
      occurredAt: announcedAt,
      detail: { leaf_index: leafIndex, from_key: statement.from_key, to_key: statement.to_key },
    });
  });
}

function signBothHook(deps: PublishCheckpointDeps): StepHook {
  return {
    run: async ({ next, rings }) => {
      // Whoever publishes after the announcement signs with both keys; it may have happened already.
      await publishCheckpoint(deps);
      if ((await firstSizeOf(deps, next.version)) === undefined) {
        await cosignLatest(deps, await rings.openVersion(checkpointRing, next.version));
      }
      return { size: (await firstSizeOf(deps, next.version)) ?? null };
    },
    check: async ({ next, old }) => {
      const { leafIndex } = await findSuccession(deps, next.version);
      const size = await firstSizeOf(deps, next.version);
      if (size === undefined) throw new Error("no checkpoint stands under both keys");
      const proof = await provenSuccession(deps, { keyVersion: next.version, leafIndex }, size);
      const pinned = old === undefined ? [] : [noteKeyOf(deps.origin, old.publicKey)];
      const verified = verifySuccession(proof, pinned);
      if (verified.result === "failed") throw new Error(`the succession does not hold: ${verified.detail}`);
    },
  };
}

/** A checkpoint that somebody signed with the old key alone, at the very moment of the announcement, gets the new line too. */
async function cosignLatest({ store, origin, clock }: PublishCheckpointDeps, key: OpenKey): Promise<void> {
  const latest = await store.latestCheckpoint();
  if (latest === undefined) throw new Error("there is no checkpoint to sign");
  const { size, note: before } = latest;
  const { text } = parseNote(before);
  const note = addSignatureLines(before, [
    await noteSignatureLine({ signer: key.signer, name: origin }, text),
  ]);
  await store.transact(async (unit) => {
    if (!(await unit.cosignCheckpoint({ size, note }, before, key.use.version))) return;
    await unit.audit.append({
      action: "checkpoint.cosigned",
      actor: "ledger",
      subject: origin,
      occurredAt: clock.now(),
      key: key.use,
      detail: { size },
    });
  });
}

/** After a compromise the old key vouches for nothing, so nobody is told of the new one but by people and their trust files. */
function signAgainHook(deps: PublishCheckpointDeps): StepHook {
  return {
    run: async ({ next, rings }) => {
      if (next.purpose !== checkpointRing) return null;
      await publishCheckpoint(deps);
      const { size, note } = await newestCheckpoint(deps);
      const key = noteKeyOf(deps.origin, next.publicKey);
      if (verifyNote(note, [key]).result === "failed") {
        await cosignLatest(deps, await rings.open(checkpointRing));
      }
      return { size };
    },
  };
}

/** The newest checkpoint is one that the new key signed. */
async function testKey(
  deps: PublishCheckpointDeps,
  next: KeyVersion,
): Promise<{ size: number; key: string }> {
  const { size, note } = await newestCheckpoint(deps);
  const key = noteKeyOf(deps.origin, next.publicKey);
  const verified = verifyNote(note, [key]);
  if (verified.result === "failed")
    throw new Error(`the newest checkpoint is not the new key's: ${verified.detail}`);
  return { size, key: encodeNoteKey(key) };
}

async function firstSizeOf({ store }: PublishCheckpointDeps, version: number): Promise<number | undefined> {
  return (await store.signedSizes()).find(({ keyVersion }) => keyVersion === version)?.firstSize;
}

async function findSuccession({ store }: PublishCheckpointDeps, version: number) {
  const found = (await store.successions()).find(({ keyVersion }) => keyVersion === version);
  if (found === undefined) throw new Error(`version ${String(version)} of the log's key was not announced`);
  return found;
}
