import { utf8Of } from "@yinxin/crypto/bytes";
import { encodeNoteKey, encodeSuccession, inclusionProof, noteKeyOf } from "@yinxin/crypto/tlog";
import type { KeyState, KeyVersion } from "@yinxin/service-kit/key-rings";

import { checkpointRing } from "../domain/checkpoint-ring.ts";
import type { KeySuccession, SignedSizes } from "./ledger-store.ts";
import type { PublishCheckpointDeps } from "./publish-checkpoint.ts";

/** A key of the log, with the checkpoints for which it is to be believed. */
export interface LogKey {
  readonly version: number;
  readonly state: KeyState;
  /** C2SP vkey. */
  readonly verifierKey: string;
  /** Absent: it signed none yet. */
  readonly firstSize?: number;
  /** Absent while it signs: no checkpoint after this size is its. */
  readonly lastSize?: number;
  /**
   * The proof that the key before it named it inside the log, for those who pinned that one: a C2SP tlog-proof whose extra data
   * is the leaf. Absent for the first key, and until both have signed.
   */
  readonly succession?: string;
}

const shownStates: ReadonlySet<KeyState> = new Set([
  "published",
  "active",
  "suspended",
  "retiring",
  "deactivated",
  "destroyed",
]);

/** Every key that signs the log or did, oldest first. What an old key signed is verified for ever, so none is left out. */
export async function readLogKeys(deps: PublishCheckpointDeps): Promise<readonly LogKey[]> {
  const [versions, sizes, successions] = [
    await deps.rings.versions(checkpointRing),
    await deps.store.signedSizes(),
    await deps.store.successions(),
  ];
  const keys: LogKey[] = [];
  for (const version of versions.filter(({ state }) => shownStates.has(state))) {
    const signed = sizes.find(({ keyVersion }) => keyVersion === version.version);
    const announced = successions.find(({ keyVersion }) => keyVersion === version.version);
    keys.push(await logKeyOf(deps, version, signed, announced));
  }
  return keys;
}

async function logKeyOf(
  deps: PublishCheckpointDeps,
  { version, state, publicKey }: KeyVersion,
  signed: SignedSizes | undefined,
  announced: KeySuccession | undefined,
): Promise<LogKey> {
  const mayStillSign = state === "active" || state === "published" || state === "suspended";
  return {
    version,
    state,
    verifierKey: encodeNoteKey(noteKeyOf(deps.origin, publicKey)),
    ...(signed && { firstSize: signed.firstSize }),
    ...(signed && !mayStillSign && { lastSize: signed.lastSize }),
    ...(signed && announced && { succession: await provenSuccession(deps, announced, signed.firstSize) }),
  };
}

/** Under the first checkpoint that the new key signed: the old one signed it too. */
export async function provenSuccession(
  { store }: Pick<PublishCheckpointDeps, "store">,
  { leafIndex }: KeySuccession,
  size: number,
): Promise<string> {
  const { note } = await store.readCheckpoint(size);
  const hashes = await inclusionProof(store.readHashes, leafIndex, size);
  const leaf = utf8Of(await store.readLeaf(leafIndex));
  return encodeSuccession(leaf, { index: leafIndex, hashes, checkpoint: note });
}
