import { keyOids, parsePublicKey, signatureAlgorithms } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { concatBytes } from "@yinxin/crypto/bytes";
import { bitString, integer, nullValue, oid, sequence } from "@yinxin/crypto/der";

import { KeyStoreError } from "../key-store/index.ts";
import { findTlv } from "./tlv.ts";

/** A kind of key that PIV has a number for (SP 800-78-4 §6.2, table 6-2; RSA-3072 and -4096 as SP 800-78-5 and YubiKeys number them). */
export interface PivAlgorithm {
  readonly identifier: number;
  readonly kind: "ec" | "rsa";
  /** Of the modulus or of the field. */
  readonly bits: number;
  /** The rows such a key signs by; the first is its own. */
  readonly signs: readonly SignatureAlgorithmName[];
}

const rsaRows = ["RS256", "PS256", "RS384", "PS384", "RS512", "PS512"] as const;

export const pivAlgorithms: readonly PivAlgorithm[] = [
  { identifier: 0x11, kind: "ec", bits: 256, signs: ["ES256"] },
  { identifier: 0x14, kind: "ec", bits: 384, signs: ["ES384"] },
  { identifier: 0x07, kind: "rsa", bits: 2048, signs: rsaRows },
  { identifier: 0x05, kind: "rsa", bits: 3072, signs: rsaRows },
  { identifier: 0x16, kind: "rsa", bits: 4096, signs: rsaRows },
];

/** Every PIV card makes these; larger RSA keys are for the vendor's own tool. */
export const generatedRows = ["ES256", "ES384", "RS256"] as const satisfies readonly SignatureAlgorithmName[];

/** What a new key for this row is; undefined for a row that no key is made for. */
export function algorithmForRow(row: SignatureAlgorithmName): PivAlgorithm | undefined {
  if (!generatedRows.some((known) => known === row)) return undefined;
  return pivAlgorithms.find(({ signs }) => signs[0] === row);
}

/** The kind of a public key; undefined for one that PIV has no number for. */
export function algorithmOfKey(publicKey: Uint8Array): PivAlgorithm | undefined {
  const { kind, bits, keyOid, algorithm } = parsePublicKey(publicKey);
  return pivAlgorithms.find(
    (known) =>
      known.kind === kind &&
      known.bits === bits &&
      (kind === "ec" ? known.signs[0] === algorithm : keyOid === keyOids.rsa),
  );
}

/**
 * The public key that GENERATE ASYMMETRIC KEY PAIR answers (SP 800-73-4 Part 2 §3.3.2, table 11), as SubjectPublicKeyInfo.
 *
 * @param template the value inside tag 7F49.
 * @throws KeyStoreError `device-error` if it is not of that kind.
 */
export function publicKeyOf({ kind, signs, bits }: PivAlgorithm, template: Uint8Array): Uint8Array {
  if (kind === "ec") {
    const point = findTlv(template, 0x86);
    const row = signs[0];
    if (point?.length !== (bits / 8) * 2 + 1 || row === undefined) throw notSuchKey();
    const { keyOid, curveOid = "" } = signatureAlgorithms[row];
    return sequence(sequence(oid(keyOid), oid(curveOid)), bitString(point));
  }
  const [modulus, exponent] = [findTlv(template, 0x81), findTlv(template, 0x82)];
  if (modulus === undefined || exponent === undefined) throw notSuchKey();
  const key = sequence(integer(unsigned(modulus)), integer(unsigned(exponent)));
  return sequence(sequence(oid(keyOids.rsa), nullValue()), bitString(key));
}

function unsigned(octets: Uint8Array): bigint {
  const digits = Array.from(concatBytes(Uint8Array.of(0), octets), (octet) =>
    octet.toString(16).padStart(2, "0"),
  );
  return BigInt(`0x${digits.join("")}`);
}

function notSuchKey(): KeyStoreError {
  return new KeyStoreError("device-error", "the card's public key is not of the kind that was asked for");
}
