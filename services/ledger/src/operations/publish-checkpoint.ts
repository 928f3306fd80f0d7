import {
  addSignatureLines,
  consistencyProof,
  encodeCheckpoint,
  noteKeyOf,
  noteSignatureLine,
  parseCheckpoint,
  signNote,
  treeRoot,
  verifyConsistency,
  verifyNote,
} from "@yinxin/crypto/tlog";
import { hexOf } from "@yinxin/crypto/bytes";
import type { Clock } from "@yinxin/service-kit/clock";
import type { KeyRings, OpenKey } from "@yinxin/service-kit/key-rings";

import { checkpointRing } from "../domain/checkpoint-ring.ts";
import type { LedgerStore, SignedCheckpoint } from "./ledger-store.ts";

export interface PublishCheckpointDeps {
  readonly store: LedgerStore;
  readonly rings: KeyRings;
  /** The log's name for good (C2SP tlog-checkpoint); also the name of its keys. */
  readonly origin: string;
  readonly clock: Clock;
}

/** The log in the database does not continue what was signed before. Nobody can repair that by trying again. */
export class LogDivergedError extends Error {
  readonly code = "log-diverged";

  constructor(message: string) {
    super(message);
    this.name = "LogDivergedError";
  }
}

/**
 * Signs a checkpoint over every leaf there is, unless the last one already covers them, and gives the latest.
 *
 * It runs after each commit, and at start: a crash between a commit and its checkpoint leaves leaves that the next start
 * signs. Nothing is signed that the last checkpoint does not lead to, so neither a changed leaf nor a restored old
 * database can make the log contradict itself. Between the announcement of a successor in the log and the change to it, both
 * keys sign, the old one first.
 *
 * @throws LogDivergedError; what `KeyRings.open` refuses.
 */
export async function publishCheckpoint(deps: PublishCheckpointDeps): Promise<SignedCheckpoint> {
  const latest = await latestIfWhole(deps);
  return latest ?? (await deps.rings.withKey(checkpointRing, (key) => signCheckpoint(deps, key)));
}

/** The newest checkpoint that can be had now: one that covers everything or, while the key is stopped, the last one signed. */
export async function newestCheckpoint(deps: PublishCheckpointDeps): Promise<SignedCheckpoint> {
  const latest = await deps.store.latestCheckpoint();
  const key = (await deps.rings.versions(checkpointRing)).find(({ state }) => state === "active");
  if (latest !== undefined && (key === undefined || key.isFrozen)) return latest;
  return publishCheckpoint(deps);
}

async function latestIfWhole({ store }: PublishCheckpointDeps): Promise<SignedCheckpoint | undefined> {
  const latest = await store.latestCheckpoint();
  const size = await store.logSize();
  return latest?.size === size ? latest : undefined;
}

async function signCheckpoint(deps: PublishCheckpointDeps, key: OpenKey): Promise<SignedCheckpoint> {
  const { store, origin, clock } = deps;
  const latest = await store.latestCheckpoint();
  const size = await store.logSize();
  if (latest?.size === size) return latest;
  const root = await treeRoot(store.readHashes, size);
  if (latest !== undefined) await checkContinues(deps, latest, size, root);

  // The key may be in a device and take its time, so no transaction is open. A second process may sign the same size
  // meanwhile; both say the same.
  const text = encodeCheckpoint({ origin, size, root });
  const successor = await announcedSuccessor(deps, key, size);
  const signed = await signNote({ signer: key.signer, name: origin }, text);
  const note =
    successor === undefined
      ? signed
      : addSignatureLines(signed, [
          await noteSignatureLine({ signer: successor.signer, name: origin }, text),
        ]);
  const signedAt = clock.now();
  const checkpoint = { size, note, signedAt };
  const keys = successor === undefined ? [key] : [key, successor];
  const isFirst = await store.transact(async (unit) => {
    const isAdded = await unit.addCheckpoint(
      checkpoint,
      keys.map(({ use }) => use.version),
    );
    if (!isAdded) return false;
    for (const { use } of keys) {
      await unit.audit.append({
        action: "checkpoint.signed",
        actor: "ledger",
        subject: origin,
        occurredAt: signedAt,
        key: use,
        detail: { size, root: `sha-256:${hexOf(root)}` },
      });
    }
    return true;
  });
  if (isFirst) return checkpoint;
  // Another process was faster, perhaps with a key that follows this one: only what was counted leaves.
  const counted = await store.latestCheckpoint();
  if (counted === undefined) throw new Error("a checkpoint was there a moment ago and is gone");
  return counted;
}

/** The key that is published and that a leaf under this checkpoint names: nobody is asked to believe it before. */
async function announcedSuccessor(
  { store, rings }: PublishCheckpointDeps,
  { use }: OpenKey,
  size: number,
): Promise<OpenKey | undefined> {
  const announced = await store.successions();
  const published = (await rings.versions(checkpointRing)).find(
    ({ version, state }) =>
      state === "published" &&
      version > use.version &&
      announced.some(({ keyVersion, leafIndex }) => keyVersion === version && leafIndex < size),
  );
  return published && (await rings.openVersion(checkpointRing, published.version));
}

async function checkContinues(
  { store, rings, origin }: PublishCheckpointDeps,
  latest: SignedCheckpoint,
  size: number,
  root: Uint8Array,
): Promise<void> {
  const keys = (await rings.versions(checkpointRing)).map(({ publicKey }) => noteKeyOf(origin, publicKey));
  const verified = verifyNote(latest.note, keys);
  if (verified.result === "failed") {
    throw new LogDivergedError(
      `the last checkpoint was not signed as ${origin} with a key of this log: ${verified.detail}`,
    );
  }
  const last = parseCheckpoint(verified.text);
  if (last.origin !== origin) throw new LogDivergedError(`the log is ${last.origin}, not ${origin}`);
  if (size < last.size) {
    throw new LogDivergedError(`${String(last.size)} leaves were signed and ${String(size)} are there`);
  }
  // Every log begins with nothing, so there is nothing to prove.
  if (last.size === 0) return;
  const proof = await consistencyProof(store.readHashes, last.size, size);
  const claim = { firstSize: last.size, firstRoot: last.root, secondSize: size, secondRoot: root, proof };
  if (!verifyConsistency(claim)) throw new LogDivergedError("the log is not what the last checkpoint signed");
}
