/**
 * A copy of secret bytes that can be overwritten for good: its memory is outside the collected heap, where an array of up to 64
 * octets would be moved about and leave its contents behind.
 */
export function secretCopy(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new ArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
