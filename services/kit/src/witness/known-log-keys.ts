import { equalBytes } from "@yinxin/crypto/bytes";
import { noteKeyOf, parseKeySuccessor, parseLogProof, parseNoteKey, verifyNote } from "@yinxin/crypto/tlog";
import type { NoteKey } from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";

import type { WitnessTables } from "./witness-tables.ts";

/** A log that is to be followed, by the keys that its operator gave. */
export interface PinnedLog {
  readonly origin: string;
  /** Verifier keys; those that follow them are learned from the log itself. */
  readonly keys: readonly NoteKey[];
}

/** A later epoch of a pinned log has its name with a number behind it, and the same keys under that name. */
const epochOfOrigin = /^(.+)\/([1-9]\d{0,5})$/;

/** The pinned keys of the log, under its epoch's name, and those learned since; undefined for a log that is not followed. */
export async function knownKeysOf(
  db: Kysely<WitnessTables>,
  logs: readonly PinnedLog[],
  origin: string,
): Promise<readonly NoteKey[] | undefined> {
  const [, base] = epochOfOrigin.exec(origin) ?? [];
  const pinned = logs.find((log) => log.origin === origin) ?? logs.find((log) => log.origin === base);
  if (pinned === undefined) return undefined;
  const names = [origin, pinned.origin];
  const learned = await db
    .selectFrom("witnessed_log_keys")
    .selectAll()
    .where("origin", "in", names)
    .execute();
  const rows = followingOf(pinned.keys, learned);
  const seen = await db
    .selectFrom("witnessed_logs")
    .select(["origin", "note"])
    .where("origin", "in", names)
    .execute();
  const known = [...pinned.keys, ...rows.map(({ key }) => parseNoteKey(key))];
  const under = (name: string): NoteKey[] => known.map((key) => noteKeyOf(name, key.publicKey, key.kind));
  const signers = seen.flatMap((log) => (log.note === null ? [] : signersOf(log.note, under(log.origin))));
  const superseded = supersededKeys(
    signers,
    rows.map(({ proof }) => proof),
  );
  return under(origin).filter((key) => !superseded.some((bytes) => equalBytes(bytes, key.publicKey)));
}

/**
 * What was learned from the keys that are pinned now, and from what follows those. Where officers replaced a lost key by another, what
 * the lost one vouched for leaves with it.
 */
function followingOf<Row extends { readonly key: string; readonly proof: string }>(
  pinned: readonly NoteKey[],
  learned: readonly Row[],
): readonly Row[] {
  const believed = pinned.map(({ publicKey }) => publicKey);
  const following: Row[] = [];
  // Each turn finds one at least, or is the last.
  for (let isGrowing = true; isGrowing;) {
    const found = learned.filter((row) => {
      const from = parseKeySuccessor(parseLogProof(row.proof).extra ?? new Uint8Array())?.from.publicKey;
      return !following.includes(row) && from !== undefined && believed.some((key) => equalBytes(key, from));
    });
    following.push(...found);
    believed.push(...found.map(({ key }) => parseNoteKey(key).publicKey));
    isGrowing = found.length > 0;
  }
  return following;
}

function signersOf(note: string, keys: readonly NoteKey[]): readonly Uint8Array[] {
  const verified = verifyNote(note, keys);
  return verified.result === "passed" ? verified.signedBy.map(({ publicKey }) => publicKey) : [];
}

/**
 * Keys that a signer of the last checkpoint followed, however many steps back, and that did not sign it too. The rotation is
 * over then: whoever gets hold of such a key later can neither sign a checkpoint nor name a successor of his own.
 */
function supersededKeys(signers: readonly Uint8Array[], proofs: readonly string[]): readonly Uint8Array[] {
  const successions = proofs.flatMap(
    (proof) => parseKeySuccessor(parseLogProof(proof).extra ?? new Uint8Array()) ?? [],
  );
  const superseded: Uint8Array[] = [];
  const open = [...signers];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const follower = next;
    for (const { from, to } of successions) {
      const { publicKey } = from;
      if (!equalBytes(to.publicKey, follower)) continue;
      if ([...signers, ...superseded].some((bytes) => equalBytes(bytes, publicKey))) continue;
      superseded.push(publicKey);
      open.push(publicKey);
    }
  }
  return superseded;
}
