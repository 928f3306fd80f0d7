/**
 * The map of the linear memory. Everything that may hold a secret lies in one block, which `wipe` overwrites at the end of
 * each operation that touched one; tables of public points lie outside it.
 */

/** How many signatures one call makes at most; they share one inversion. */
export const BATCH: usize = 64;

/** What the host writes before a call and reads after it: 256 bytes, then 128 for each item. */
export const ITEM_BYTES: usize = 128;
const HEAD_BYTES: usize = 256;
const IO_BYTES: usize = HEAD_BYTES + BATCH * ITEM_BYTES;
const REGISTER_BYTES: usize = 3072;
/** A row that waits for a shared inversion: a point and the product of all Z so far. */
export const ROW_BYTES: usize = 160;
export const NONCE_BYTES: usize = 40;
/** x and y, or x and 1/k. */
export const NONCE_POINT_BYTES: usize = 80;

const secret: usize = memory.data(
  <i32>(IO_BYTES + REGISTER_BYTES + BATCH * (ROW_BYTES + NONCE_BYTES + NONCE_POINT_BYTES)),
  16,
);
export const IO: usize = secret;
/** Where items begin: each is e ‖ random, 64 bytes, and room for r ‖ s. */
export const ITEMS: usize = IO + HEAD_BYTES;
/** Registers; each module that has some says where they are. */
export const WORK: usize = secret + IO_BYTES;
export const ROWS: usize = WORK + REGISTER_BYTES;
/** The number k of each signature of a batch. */
export const NONCES: usize = ROWS + BATCH * ROW_BYTES;
/** The point k·G of each. */
export const NONCE_POINTS: usize = NONCES + BATCH * NONCE_BYTES;

/**
 * Overwrites all that `count` signatures, or another call with a secret in it, left outside the input and output; those are
 * the host's to clear.
 */
export function wipe(count: usize): void {
  memory.fill(WORK, 0, REGISTER_BYTES + count * ROW_BYTES);
  memory.fill(NONCES, 0, count * NONCE_BYTES);
  memory.fill(NONCE_POINTS, 0, count * NONCE_POINT_BYTES);
}
