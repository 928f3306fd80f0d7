import {
  noteKeyOf,
  parseKeySuccessor,
  parseLogProof,
  TlogError,
  verifySuccession,
} from "@yinxin/crypto/tlog";
import type { NoteKey, SuccessionVerification } from "@yinxin/crypto/tlog";

import { epochOfOrigin, keyOfEpoch } from "./log-epoch.ts";

/** The keys of a log, and what came of each proof. */
export interface FollowedKeys {
  /** Under the log's name without an epoch: those given, and those that follow from them. */
  readonly keys: readonly NoteKey[];
  readonly verified: readonly SuccessionVerification[];
}

/**
 * Follows the proofs, oldest first, from the keys that are believed. A key that one epoch named is the log's own in every other.
 *
 * @param pinned under the log's name without an epoch.
 * @param latest the latest epoch; a proof of a later epoch than this is none.
 */
export function followSuccessions(
  origin: string,
  pinned: readonly NoteKey[],
  proofs: readonly string[],
  latest: number,
): FollowedKeys {
  const keys = [...pinned];
  const verified = proofs.map((proof) => {
    const epoch = epochOfOrigin(originOfSuccession(proof) ?? "", origin) ?? 0;
    const isKnown = epoch >= 1 && epoch <= latest;
    const result = verifySuccession(proof, isKnown ? keys.map((key) => keyOfEpoch(key, epoch)) : []);
    if (result.result === "passed") {
      const { publicKey, kind } = result.successor.to;
      keys.push(noteKeyOf(origin, publicKey, kind));
    }
    return result;
  });
  return { keys, verified };
}

/** Which log the proof claims to be of, not yet believed. */
function originOfSuccession(proof: string): string | undefined {
  try {
    return parseKeySuccessor(parseLogProof(proof).extra ?? new Uint8Array())?.origin;
  } catch (cause) {
    if (cause instanceof TlogError) return undefined;
    throw cause;
  }
}
