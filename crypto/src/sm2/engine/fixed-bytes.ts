/** The bytes, if there are as many as there must be. @throws RangeError naming what they are. */
export function fixedBytes(bytes: Uint8Array, length: number, what: string): Uint8Array {
  if (bytes.length !== length) throw new RangeError(`${what} has ${String(length)} bytes`);
  return bytes;
}
