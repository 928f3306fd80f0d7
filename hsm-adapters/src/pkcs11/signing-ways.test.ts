import { bytesOfHex, concatBytes, hexOf } from "@yinxin/crypto/bytes";
import { generateKey } from "@yinxin/crypto/signer";
import { derOfRawSignature, sm2Z } from "@yinxin/crypto/sm2";
import { describe, expect, it } from "vitest";

import { keyTypes, mechanisms } from "./cryptoki.ts";
import type { Sm2Profile } from "./profile.ts";
import { signingWaysOf } from "./signing-ways.ts";
import type { SigningWay } from "./signing-ways.ts";

function waysOf(
  row: "ES256" | "RS256" | "Ed25519" | "SM2",
  keyType: number,
  has: readonly number[],
  sm2?: Sm2Profile,
): readonly SigningWay[] {
  const publicKey = generateKey(row).spki;
  return signingWaysOf({ keyType, publicKey, sm2, has: (mechanism) => has.includes(mechanism) });
}
const shown = (ways: readonly SigningWay[]): string[] =>
  ways.map(({ algorithm, takes, mechanism }) => `${algorithm} ${takes} ${mechanism.mechanism.toString(16)}`);

describe("the ways in which a key signs", () => {
  it("prefer digests made outside, and take messages where the token has nothing else", () => {
    expect(shown(waysOf("ES256", keyTypes.ec, [mechanisms.ecdsa, mechanisms.ecdsaSha256]))).toEqual([
      "ES256 digest 1041",
    ]);
    expect(shown(waysOf("ES256", keyTypes.ec, [mechanisms.ecdsaSha256]))).toEqual(["ES256 message 1044"]);
    expect(shown(waysOf("RS256", keyTypes.rsa, [mechanisms.sha384RsaPkcs, mechanisms.rsaPss]))).toEqual([
      "RS384 message 41",
      "PS256 digest d",
      "PS384 digest d",
      "PS512 digest d",
    ]);
    expect(shown(waysOf("Ed25519", keyTypes.ecEdwards, [mechanisms.eddsa]))).toEqual([
      "Ed25519 message 1057",
    ]);
    expect(waysOf("ES256", keyTypes.ec, [])).toEqual([]);
    expect(waysOf("Ed25519", keyTypes.ecEdwards, [mechanisms.ecdsa])).toEqual([]);
  });

  it("put a DigestInfo around the digest for CKM_RSA_PKCS (RFC 8017 §9.2, note 1)", () => {
    const [rs256] = waysOf("RS256", keyTypes.rsa, [mechanisms.rsaPkcs]);
    const digest = new Uint8Array(32).fill(0xaa);
    expect(hexOf(rs256?.prepare(digest) ?? digest)).toBe(
      `3031300d060960864801650304020105000420${"aa".repeat(32)}`,
    );
  });

  it("are none for a key on the SM2 curve without a profile, though the token has ECDSA", () => {
    expect(waysOf("SM2", keyTypes.ec, [mechanisms.ecdsa])).toEqual([]);
    const sm2: Sm2Profile = {
      keyType: 0x8005_0002,
      signing: [{ mechanism: 0x8005_000b, takes: "digest", form: "raw", z: "token" }],
    };
    expect(waysOf("SM2", keyTypes.ec, [mechanisms.ecdsa, 0x8005_000b], sm2)).toEqual([]);
    expect(waysOf("SM2", 0x8005_0002, [mechanisms.ecdsa], sm2)).toEqual([]);
    expect(shown(waysOf("SM2", 0x8005_0002, [mechanisms.ecdsa, 0x8005_000b], sm2))).toEqual([
      "SM2 digest 8005000b",
    ]);
  });

  it("put Z before the message where the token only hashes what it gets (GB/T 32918.2-2016 §5.5)", () => {
    const { spki } = generateKey("SM2");
    const message = Uint8Array.of(1, 2, 3);
    const prepared = (z: "token" | "driver"): Uint8Array | undefined => {
      const sm2: Sm2Profile = { keyType: 1, signing: [{ mechanism: 2, takes: "message", form: "raw", z }] };
      return signingWaysOf({ keyType: 1, publicKey: spki, sm2, has: () => true })[0]?.prepare(message);
    };
    expect(prepared("token")).toEqual(message);
    expect(prepared("driver")).toEqual(concatBytes(sm2Z(spki), message));
  });

  it("give r ‖ s also for a token that answers SEQUENCE { r, s }, and pass on what is neither", () => {
    const [ecdsa] = waysOf("ES256", keyTypes.ec, [mechanisms.ecdsa]);
    const raw = bytesOfHex(`${"00".repeat(3)}${"81".repeat(29)}${"7f".repeat(32)}`);
    expect(ecdsa?.finish(raw)).toEqual(raw);
    expect(ecdsa?.finish(derOfRawSignature(raw))).toEqual(raw);
    for (const odd of [
      new Uint8Array(),
      Uint8Array.of(0x30, 0),
      Uint8Array.of(0x30, 3, 2, 1, 0xff),
      raw.slice(1),
    ]) {
      expect(ecdsa?.finish(odd)).toEqual(odd);
    }
  });
});
