import { StatusListError } from "./status-list-error.ts";
import { deflate, inflate } from "./zlib.ts";

/** How many bits each status has (draft-ietf-oauth-status-list §4.1). */
export type StatusBits = 1 | 2 | 4 | 8;

/** The statuses of many credentials, each under its index. */
export interface StatusList {
  readonly bits: StatusBits;
  /** As packed: the first status in the lowest bits of the first byte. */
  readonly bytes: Uint8Array;
}

/** 128 million statuses of one bit, 16 million of eight; a list of one month's credentials has a hundredth of that. */
export const maximumStatusListBytes = 16 * 1024 * 1024;

/** What a status says (draft-ietf-oauth-status-list §7.1). Applications may give 3 and 12 to 15 a meaning. */
export type StatusName = "valid" | "invalid" | "suspended" | "application-specific" | "unknown";

/** The registered meaning of a status. Anything but `valid` means that the credential is not to be relied on. */
export function statusName(status: number): StatusName {
  const registered: readonly StatusName[] = ["valid", "invalid", "suspended", "application-specific"];
  if (status >= 0x0c && status <= 0x0f) return "application-specific";
  return registered[status] ?? "unknown";
}

/** A list of `size` statuses, all valid. @throws RangeError unless `size` fills whole bytes and is within the limit. */
export function emptyStatusList(bits: StatusBits, size: number): StatusList {
  const length = (size * bits) / 8;
  if (!Number.isSafeInteger(length) || length < 1 || length > maximumStatusListBytes) {
    throw new RangeError(`no list has ${String(size)} statuses of ${String(bits)} bits`);
  }
  return { bits, bytes: new Uint8Array(length) };
}

/** How many statuses the list has. */
export function statusCount({ bits, bytes }: StatusList): number {
  return (bytes.length * 8) / bits;
}

/** The status under an index. @throws RangeError if the list is shorter (draft-ietf-oauth-status-list §8.3). */
export function statusAt(list: StatusList, index: number): number {
  const { byte, shift, mask } = placeOf(list, index);
  return ((list.bytes[byte] ?? 0) >> shift) & mask;
}

/** The list with these statuses changed. @throws RangeError for an index or a status that it has no room for. */
export function withStatuses(list: StatusList, changes: Iterable<readonly [number, number]>): StatusList {
  const bytes = Uint8Array.from(list.bytes);
  for (const [index, status] of changes) {
    const { byte, shift, mask } = placeOf(list, index);
    if (!Number.isSafeInteger(status) || status < 0 || status > mask) {
      throw new RangeError(`no status of ${String(list.bits)} bits is ${String(status)}`);
    }
    bytes[byte] = ((bytes[byte] ?? 0) & ~(mask << shift)) | (status << shift);
  }
  return { ...list, bytes };
}

/** The compressed list, `lst` (draft-ietf-oauth-status-list §4.1). */
export function compressStatusList({ bytes }: StatusList): Uint8Array {
  return deflate(bytes);
}

/**
 * Reads `bits` and `lst`.
 *
 * @throws StatusListError `status-list-malformed`, or `status-list-too-large` above {@link maximumStatusListBytes}.
 */
export function parseStatusList(bits: unknown, lst: Uint8Array): StatusList {
  if (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8) {
    throw new StatusListError("status-list-malformed", "bits is not 1, 2, 4 or 8");
  }
  return { bits, bytes: inflate(lst, maximumStatusListBytes) };
}

/**
 * A free index, drawn at random so that indexes tell nothing about the order of issue (draft-ietf-oauth-status-list §12.5);
 * undefined if the list is full. The caller marks it as taken in the same transaction, for no index is given twice.
 *
 * @param isFree asked of one index after the other, beginning at the drawn one.
 */
export function drawIndex(
  list: StatusList,
  isFree: (index: number) => boolean,
  randomBytes: (size: number) => Uint8Array,
): number | undefined {
  const size = statusCount(list);
  // 45 random bits over at most 2^27 places: no index is favoured by more than 1 in 262,144.
  const random = randomBytes(8).reduce((value, byte) => (value * 0x100 + byte) % 2 ** 45, 0);
  const first = random % size;
  for (let step = 0; step < size; step += 1) {
    const index = (first + step) % size;
    if (isFree(index)) return index;
  }
  return undefined;
}

function placeOf(list: StatusList, index: number): { byte: number; shift: number; mask: number } {
  if (!Number.isSafeInteger(index) || index < 0 || index >= statusCount(list)) {
    throw new RangeError(`the list has no index ${String(index)}`);
  }
  const perByte = 8 / list.bits;
  return {
    byte: Math.floor(index / perByte),
    shift: (index % perByte) * list.bits,
    mask: 2 ** list.bits - 1,
  };
}
