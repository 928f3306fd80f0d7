import {
  consistencyProof,
  encodeCheckpoint,
  noteKeyOf,
  parseCheckpoint,
  signNote,
  treeRoot,
  verifyConsistency,
  verifyNote,
} from "@yinxin/crypto/tlog";
import { hexOf } from "@yinxin/crypto/bytes";
import type { Signer } from "@yinxin/crypto/signer";
import type { Clock } from "@yinxin/service-kit/clock";

import type { LedgerStore, SignedCheckpoint } from "./ledger-store.ts";

export interface PublishCheckpointDeps {
  readonly store: LedgerStore;
  readonly checkpointSigner: Signer;
  /** The log's name for good (C2SP tlog-checkpoint); also the name of the key. */
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
 * database can make this key contradict itself.
 *
 * @throws LogDivergedError.
 */
export async function publishCheckpoint(deps: PublishCheckpointDeps): Promise<SignedCheckpoint> {
  const { store, checkpointSigner, origin, clock } = deps;
  const latest = await store.latestCheckpoint();
  const size = await store.logSize();
  if (latest?.size === size) return latest;
  const root = await treeRoot(store.readHashes, size);
  if (latest !== undefined) await checkContinues(deps, latest, size, root);

  // The key may be in a device and take its time, so no transaction is open. A second process may sign the same size
  // meanwhile; both say the same.
  const note = await signNote(
    { signer: checkpointSigner, name: origin },
    encodeCheckpoint({ origin, size, root }),
  );
  const signedAt = clock.now();
  const checkpoint = { size, note, signedAt };
  await store.transact(async (unit) => {
    if (!(await unit.addCheckpoint(checkpoint))) return;
    await unit.audit.append({
      action: "checkpoint.signed",
      actor: "ledger",
      subject: origin,
      occurredAt: signedAt,
      detail: { size, root: `sha-256:${hexOf(root)}` },
    });
  });
  return checkpoint;
}

async function checkContinues(
  { store, checkpointSigner, origin }: PublishCheckpointDeps,
  latest: SignedCheckpoint,
  size: number,
  root: Uint8Array,
): Promise<void> {
  const verified = verifyNote(latest.note, [noteKeyOf(origin, checkpointSigner.publicKey)]);
  if (verified.result === "failed") {
    throw new LogDivergedError(
      `the last checkpoint was not signed as ${origin} with this key: ${verified.detail}`,
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
