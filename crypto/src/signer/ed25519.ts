import type { Platform } from "../platform/index.ts";

const prime = (1n << 255n) - 19n;

/**
 * The y coordinates of the eight points whose order is not a multiple of the group's. Under such a "key" signatures can be
 * made for all messages at once.
 */
const smallOrderY: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  prime - 1n,
  BigInt("0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"),
  BigInt("0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7"),
]);

/**
 * Whether an Ed25519 signature is right (RFC 8032 §5.1.7). Keys that are not in their one encoding, or of small order, are
 * refused on every platform before the platform's own code sees them, since implementations differ about those.
 */
export function verifyEd25519(
  platform: Platform,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (key.length !== 32 || signature.length !== 64 || !isUsable(key)) return false;
  return platform.verifyEd25519(key, message, signature);
}

function isUsable(key: Uint8Array): boolean {
  const bytes = Uint8Array.from(key);
  // The highest bit is the sign of x.
  bytes[31] = (bytes[31] ?? 0) & 0x7f;
  const y = bytes.reduceRight((value, octet) => (value << 8n) | BigInt(octet), 0n);
  return y < prime && !smallOrderY.has(y);
}
