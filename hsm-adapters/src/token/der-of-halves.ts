/**
 * r ‖ s as SEQUENCE { r, s } in DER, for halves of at most 66 octets. Written out, because it is done for every signature and arbitrary-precision
 * numbers would take longer than all else that a request costs. Whether the numbers are in their range is the verifier's question.
 *
 * @returns undefined for an odd length, and for none.
 */
export function derOfHalves(plain: Uint8Array): Uint8Array | undefined {
  const half = plain.length / 2;
  if (plain.length === 0 || !Number.isInteger(half) || half > maximumHalf) return undefined;
  const r = startOfInteger(plain, 0, half);
  const s = startOfInteger(plain, half, plain.length);
  const content = 4 + (half - r) + pad(plain, r) + (plain.length - s) + pad(plain, s);
  const isLong = content > 0x7f;
  const der = new Uint8Array(content + (isLong ? 3 : 2));
  let at = 0;
  der[at++] = 0x30;
  if (isLong) der[at++] = 0x81;
  der[at++] = content;
  at = writeInteger(der, at, plain, r, half);
  writeInteger(der, at, plain, s, plain.length);
  return der;
}

/** Of the largest curve that signs here, P-521. */
const maximumHalf = 66;

/** Where the number begins without needless zeros. */
function startOfInteger(plain: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end - 1 && plain[at] === 0) at += 1;
  return at;
}

/** A number whose first bit is set would be negative. */
function pad(plain: Uint8Array, start: number): 0 | 1 {
  return (plain[start] ?? 0) > 0x7f ? 1 : 0;
}

function writeInteger(der: Uint8Array, at: number, plain: Uint8Array, start: number, end: number): number {
  const padding = pad(plain, start);
  der[at] = 0x02;
  der[at + 1] = end - start + padding;
  der.set(plain.subarray(start, end), at + 2 + padding);
  return at + 2 + padding + end - start;
}
