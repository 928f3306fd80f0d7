/** Which bits of each byte are flipped: one, or with SLOW=1 each of the eight. */
const masks = process.env["SLOW"] === "1" ? [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80] : [0x01];

/** Each flip costs a whole verification, four SM2 checks among it; a busy machine takes its time. */
export const flipPatienceMilliseconds = 180_000 * masks.length;

/**
 * The same bytes with one of them changed, for every byte.
 *
 * @param step every how many bytes; with SLOW=1 all of them.
 */
export function* flippedBytes(
  golden: Uint8Array,
  step = 1,
): Generator<{ index: number; flipped: Uint8Array }> {
  const stride = masks.length > 1 ? 1 : step;
  for (let index = 0; index < golden.length; index += stride) {
    for (const mask of masks) {
      const flipped = Uint8Array.from(golden);
      flipped[index] = (golden[index] ?? 0) ^ mask;
      yield { index, flipped };
    }
  }
}
