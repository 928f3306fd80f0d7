/** Sixteen octets: well above the 64 random bits that keep a forger from guessing what will be signed. */
const serialNumberBytes = 16;

/**
 * A certificate's serial number: 126 random bits as a positive INTEGER of 16 octets (RFC 5280 §4.1.2.2 allows 20).
 * The first octet is 0x40 to 0x7f, so that the number is neither negative nor shorter than it looks.
 */
export function createSerialNumber(randomBytes: (size: number) => Uint8Array): Uint8Array {
  const serial = Uint8Array.from(randomBytes(serialNumberBytes));
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}
