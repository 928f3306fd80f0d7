import { curveOids } from "../algorithms/index.ts";
import type { DigestName, PublicKeyInfo } from "../algorithms/index.ts";
import { bytesOfHex, hexOf } from "../bytes/index.ts";
import { integer, sequence } from "../der/index.ts";
import type { EcdsaCurve, EcdsaToVerify, Platform } from "../platform/index.ts";
import { verifyDigest as verifyByEngine } from "../sm2/engine/index.ts";

/** Orders of the curves (FIPS 186-5, SP 800-186 §3.2.1). */
const orders: Readonly<Record<EcdsaCurve, { readonly value: bigint; readonly octets: number }>> = {
  "P-256": {
    value: BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    octets: 32,
  },
  "P-384": {
    value: BigInt(
      "0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    ),
    octets: 48,
  },
  "P-521": {
    value: BigInt(
      "0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    ),
    octets: 66,
  },
};

const orderOctets: Readonly<Record<EcdsaCurve, Uint8Array>> = {
  "P-256": octetsOfOrder("P-256"),
  "P-384": octetsOfOrder("P-384"),
  "P-521": octetsOfOrder("P-521"),
};

function octetsOfOrder(curve: EcdsaCurve): Uint8Array {
  const { value, octets } = orders[curve];
  return bytesOfHex(value.toString(16).padStart(2 * octets, "0"));
}

const curvesByOid: ReadonlyMap<string, EcdsaCurve> = new Map([
  [curveOids["P-256"], "P-256"],
  [curveOids["P-384"], "P-384"],
  [curveOids["P-521"], "P-521"],
]);

/** Whether SEQUENCE { r, s } in strict DER is an ECDSA signature of the message (FIPS 186-5 §6.4.2). */
export function verifyEcdsaMessage(
  platform: Platform,
  key: PublicKeyInfo,
  signature: Uint8Array,
  digest: DigestName,
  message: Uint8Array,
): boolean {
  const input = inputOf(key, signature);
  if (input === undefined) return false;
  if (platform.verifyEcdsa !== undefined) return platform.verifyEcdsa(input, digest, message);
  return verifyDigest(platform, input, platform.createDigest(digest).update(message).digest());
}

/** As {@link verifyEcdsaMessage}, for a digest that is ready. */
export function verifyEcdsaDigest(
  platform: Platform,
  key: PublicKeyInfo,
  signature: Uint8Array,
  digest: Uint8Array,
): boolean {
  const input = inputOf(key, signature);
  return input !== undefined && verifyDigest(platform, input, digest);
}

function verifyDigest(platform: Platform, input: EcdsaToVerify, digest: Uint8Array): boolean {
  const { curve, point, signature } = input;
  if (curve !== "P-256") return platform.verifyEcdsaDigest({ ...input, curve }, digest);
  return verifyByEngine("p256", point.subarray(1), leftmost32(digest), signature);
}

/** The digest as a number of the order's length: its leftmost bits, or all of them with zeros before. */
function leftmost32(digest: Uint8Array): Uint8Array {
  const number = new Uint8Array(32);
  const taken = digest.subarray(0, 32);
  number.set(taken, 32 - taken.length);
  return number;
}

function inputOf({ kind, curveOid, key }: PublicKeyInfo, signature: Uint8Array): EcdsaToVerify | undefined {
  const curve = curveOid === undefined ? undefined : curvesByOid.get(curveOid);
  if (kind !== "ec" || curve === undefined) return undefined;
  const { octets } = orders[curve];
  // Compressed and hybrid points are other encodings of the same key, and one is enough (RFC 5480 §2.2).
  if (key.length !== 1 + 2 * octets || key[0] !== 0x04) return undefined;
  const raw = rawEcdsaSignature(curve, signature);
  return raw && { curve, point: key, signature: raw };
}

/**
 * SEQUENCE { r, s } as r ‖ s; undefined unless it is strict DER with both numbers in 1…n−1. Read octet by octet, because every
 * verification begins with it.
 */
export function rawEcdsaSignature(curve: EcdsaCurve, signature: Uint8Array): Uint8Array | undefined {
  const { octets } = orders[curve];
  const start = startOfContent(signature);
  if (start === undefined) return undefined;
  const raw = new Uint8Array(2 * octets);
  const middle = readNumber(signature, start, raw.subarray(0, octets));
  const end = middle === undefined ? undefined : readNumber(signature, middle, raw.subarray(octets));
  if (end !== signature.length) return undefined;
  const isInRange = isBelowOrder(curve, raw.subarray(0, octets)) && isBelowOrder(curve, raw.subarray(octets));
  return isInRange ? raw : undefined;
}

/** Where the content of a SEQUENCE begins that is all there is; its length takes one octet or 0x81 and one. */
function startOfContent(der: Uint8Array): number | undefined {
  const [tag, first = 0, second = 0] = der;
  if (tag !== 0x30) return undefined;
  if (first < 0x80) return der.length === 2 + first ? 2 : undefined;
  return first === 0x81 && second >= 0x80 && der.length === 3 + second ? 3 : undefined;
}

/** Copies the positive INTEGER at this place, right-aligned. @returns where it ends; undefined for any other. */
function readNumber(der: Uint8Array, at: number, target: Uint8Array): number | undefined {
  const [tag, length = 0] = der.subarray(at, at + 2);
  const content = der.subarray(at + 2, at + 2 + length);
  if (tag !== 0x02 || length > 0x7f || content.length !== length || !isPositive(content)) return undefined;
  const significant = content[0] === 0 ? content.subarray(1) : content;
  if (significant.length > target.length) return undefined;
  target.set(significant, target.length - significant.length);
  return at + 2 + length;
}

/** Not negative, without a zero in front that says nothing, and not zero, which is out of range anyway. */
function isPositive([first, second = 0]: Uint8Array): boolean {
  if (first === undefined || first > 0x7f) return false;
  return first !== 0 || second > 0x7f;
}

function isBelowOrder(curve: EcdsaCurve, number: Uint8Array): boolean {
  const order = orderOctets[curve];
  for (const [place, octet] of number.entries()) {
    const limit = order[place] ?? 0;
    if (octet !== limit) return octet < limit;
  }
  return false;
}

/**
 * r ‖ s, as JOSE and COSE write it (RFC 7518 §3.4), as SEQUENCE { r, s }; undefined unless it has the curve's length and both
 * numbers are in 1…n−1.
 */
export function derEcdsaSignature(curve: EcdsaCurve, raw: Uint8Array): Uint8Array | undefined {
  const { value: order, octets } = orders[curve];
  if (raw.length !== 2 * octets) return undefined;
  const numbers = [raw.subarray(0, octets), raw.subarray(octets)].map((half) => BigInt(`0x${hexOf(half)}`));
  if (numbers.some((number) => number < 1n || number >= order)) return undefined;
  return sequence(...numbers.map(integer));
}
