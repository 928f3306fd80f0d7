import {
  constants,
  createECDH,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  privateDecrypt,
  randomBytes,
} from "node:crypto";
import type { KeyObject } from "node:crypto";

/** PIV's number of an algorithm (SP 800-78-4 table 6-2). */
export const algorithmNumbers = { rsa2048: 0x07, p256: 0x11, p384: 0x14 } as const;

const curves = {
  [algorithmNumbers.p256]: {
    node: "prime256v1",
    octets: 32,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  [algorithmNumbers.p384]: {
    node: "secp384r1",
    octets: 48,
    order:
      0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
} as const;

/** A private key as it lies in the card. */
export interface CardKey {
  readonly algorithm: number;
  readonly privateKey: KeyObject;
}

/** Undefined for an algorithm that this card does not have. */
export function makeCardKey(algorithm: number): CardKey | undefined {
  if (algorithm === algorithmNumbers.rsa2048) {
    return { algorithm, privateKey: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey };
  }
  const curve = curveOf(algorithm);
  if (curve === undefined) return undefined;
  return { algorithm, privateKey: generateKeyPairSync("ec", { namedCurve: curve.node }).privateKey };
}

export function importCardKey(algorithm: number, pkcs8Pem: string): CardKey {
  return { algorithm, privateKey: createPrivateKey(pkcs8Pem) };
}

/** The members of the public key template: an elliptic point, or modulus and exponent. */
export function publicMembers({
  algorithm,
  privateKey,
}: CardKey): readonly (readonly [tag: number, Buffer])[] {
  const { x, y, n, e } = createPublicKey(privateKey).export({ format: "jwk" });
  if (algorithm === algorithmNumbers.rsa2048) {
    return [[0x81, octets(n)], [0x82, octets(e)]]; // prettier-ignore
  }
  return [[0x86, Buffer.concat([Buffer.of(4), octets(x), octets(y)])]];
}

/** Signs what it is given, or exponentiates: the card pads nothing. Undefined for an input of the wrong length. */
export function respond({ algorithm, privateKey }: CardKey, challenge: Buffer): Buffer | undefined {
  if (algorithm === algorithmNumbers.rsa2048) {
    if (challenge.length !== 256) return undefined;
    return privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, challenge);
  }
  return challenge.length > 64 ? undefined : signDigest(algorithm, privateKey, challenge);
}

/** The shared secret of ECDH; undefined for a point that is not on the curve. */
export function agree({ algorithm, privateKey }: CardKey, point: Buffer): Buffer | undefined {
  const curve = curveOf(algorithm);
  if (curve === undefined) return undefined;
  const ecdh = createECDH(curve.node);
  ecdh.setPrivateKey(octets(privateKey.export({ format: "jwk" }).d));
  try {
    return ecdh.computeSecret(point);
  } catch {
    return undefined;
  }
}

/** ECDSA over a digest (FIPS 186-4 §6.4); Node has no call for it. */
function signDigest(algorithm: number, privateKey: KeyObject, digest: Buffer): Buffer {
  const curve = curveOf(algorithm);
  if (curve === undefined) throw new Error("not a curve");
  const d = numberOf(octets(privateKey.export({ format: "jwk" }).d));
  const z = numberOf(digest.subarray(0, curve.octets)) % curve.order;
  for (;;) {
    const k = numberOf(randomBytes(curve.octets));
    if (k === 0n || k >= curve.order) continue;
    const ecdh = createECDH(curve.node);
    ecdh.setPrivateKey(Buffer.from(k.toString(16).padStart(curve.octets * 2, "0"), "hex"));
    const r = numberOf(ecdh.getPublicKey().subarray(1, 1 + curve.octets)) % curve.order;
    const s = (power(k, curve.order - 2n, curve.order) * ((z + r * d) % curve.order)) % curve.order;
    if (r !== 0n && s !== 0n) return derOf(r, s);
  }
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % modulus) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus;
  }
  return result;
}

function derOf(r: bigint, s: bigint): Buffer {
  const integers = [r, s].map((value) => {
    const digits = value.toString(16);
    const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex");
    const positive = (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
    return Buffer.concat([Buffer.of(0x02, positive.length), positive]);
  });
  const content = Buffer.concat(integers);
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
}

function curveOf(algorithm: number): (typeof curves)[keyof typeof curves] | undefined {
  return algorithm === algorithmNumbers.p256 || algorithm === algorithmNumbers.p384
    ? curves[algorithm]
    : undefined;
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

function octets(base64url: string | undefined): Buffer {
  return Buffer.from(base64url ?? "", "base64url");
}
