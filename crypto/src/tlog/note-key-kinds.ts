import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { bytesOfHex, concatBytes, utf8Of } from "../bytes/index.ts";

export interface NoteKeyKindRow {
  /** The signature type identifier of C2SP signed-note; type 0xff is followed by a name of our own. */
  readonly type: Uint8Array;
  readonly algorithm: SignatureAlgorithmName;
  /** The SubjectPublicKeyInfo up to the octets that stand behind the type. */
  readonly spkiPrefix: Uint8Array;
  /** What these octets begin with: 0x04 for an uncompressed point. */
  readonly keyPrefix: Uint8Array;
  readonly keyBytes: number;
}

const ownType = (identifier: string): Uint8Array => concatBytes(Uint8Array.of(0xff), utf8Of(identifier));
const nothing = new Uint8Array();

// RFC 8410 §4; RFC 9881 §4 with the OID of ML-DSA-44; GB/T 35275's way to write an SM2 key, id-ecPublicKey with the curve.
const ed25519Key = { spkiPrefix: bytesOfHex("302a300506032b6570032100"), keyPrefix: nothing, keyBytes: 32 };
const mlDsa44Key = {
  spkiPrefix: bytesOfHex("30820532300b06096086480165030403110382052100"),
  keyPrefix: nothing,
  keyBytes: 1312,
};
const sm2Key = {
  spkiPrefix: bytesOfHex("3059301306072a8648ce3d020106082a811ccf5501822d034200"),
  keyPrefix: Uint8Array.of(0x04),
  keyBytes: 65,
};

/**
 * The ways to sign a note, one row each.
 *
 * `ed25519` and `sm2` sign the text as it stands. The cosignatures are those of C2SP tlog-cosignature and say besides when a
 * witness saw the checkpoint. `sm3-tree` is a log's statement about the same leaves in a second tree under SM3: its
 * signature carries that tree's root, so that no extension line is needed, which ML-DSA cosignatures would not cover.
 */
export const noteKeyKinds = {
  ed25519: { type: Uint8Array.of(0x01), algorithm: "Ed25519", ...ed25519Key },
  "cosignature-ed25519": { type: Uint8Array.of(0x04), algorithm: "Ed25519", ...ed25519Key },
  "cosignature-ml-dsa-44": { type: Uint8Array.of(0x06), algorithm: "ML-DSA-44", ...mlDsa44Key },
  sm2: { type: ownType("yinxin.example/sm2-sm3"), algorithm: "SM2", ...sm2Key },
  "sm3-tree": { type: ownType("yinxin.example/sm3-tree"), algorithm: "SM2", ...sm2Key },
} as const satisfies Record<string, NoteKeyKindRow>;

export type NoteKeyKind = keyof typeof noteKeyKinds;
