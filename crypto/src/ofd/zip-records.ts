import type { ByteRange } from "./byte-range.ts";
import { OfdError } from "./ofd-error.ts";

/** Field values that the local header and the central record of an entry must share. */
export interface EntryFields {
  readonly versionNeeded: number;
  readonly flags: number;
  readonly method: number;
  /** MS-DOS date and time as one number. */
  readonly modifiedAt: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
}

/** Central directory file header, APPNOTE 6.3.10 §4.3.12. */
export interface CentralRecord extends EntryFields {
  readonly range: ByteRange;
  readonly name: Uint8Array;
  readonly extra: ByteRange;
  readonly madeBy: number;
  readonly externalAttributes: number;
  readonly localOffset: number;
}

/** Local file header, APPNOTE 6.3.10 §4.3.7. */
export interface LocalHeader extends EntryFields {
  readonly range: ByteRange;
  readonly name: Uint8Array;
  readonly extra: ByteRange;
}

/** Where the central directory is and how many records it has. */
export interface EndRecord {
  readonly centralDirectory: ByteRange;
  readonly count: number;
}

export const localHeaderSignature = 0x04034b50;
export const centralRecordSignature = 0x02014b50;
export const endRecordSignature = 0x06054b50;
export const descriptorSignature = 0x08074b50;
export const localHeaderBytes = 30;
export const centralRecordBytes = 46;
export const endRecordBytes = 22;

/**
 * Reads the end record (APPNOTE 6.3.10 §4.3.16), which must be the last 22 bytes: no comment, nothing behind it.
 *
 * @throws OfdError `not-ofd`, `zip-truncated` or `zip-malformed`
 */
export function readEndRecord(view: DataView): EndRecord {
  const at = view.byteLength - endRecordBytes;
  if (at < 0 || view.getUint32(at, true) !== endRecordSignature) throw missingEndRecord(view);
  const count = view.getUint16(at + 10, true);
  const size = view.getUint32(at + 12, true);
  const start = view.getUint32(at + 16, true);
  const isOneDisk = view.getUint32(at + 4, true) === 0 && view.getUint16(at + 8, true) === count;
  if (!isOneDisk) throw new OfdError("zip-malformed", "the archive is in several volumes");
  if (count === 0xffff || size === 0xffffffff || start === 0xffffffff) {
    throw new OfdError("zip-malformed", "ZIP64 archives are not read");
  }
  if (start + size !== at)
    throw new OfdError("zip-malformed", "the central directory is not where the end record says");
  if (view.getUint16(at + 20, true) !== 0) throw new OfdError("zip-malformed", "the archive has a comment");
  return { centralDirectory: { start, end: at }, count };
}

/** Tells people apart whose download broke off, whose file has bytes behind it, and whose file is something else. */
function missingEndRecord(view: DataView): OfdError {
  const longestComment = 0xffff;
  const lowest = Math.max(0, view.byteLength - endRecordBytes - longestComment);
  for (let at = view.byteLength - endRecordBytes - 1; at >= lowest; at -= 1) {
    if (view.getUint32(at, true) === endRecordSignature) {
      return new OfdError("zip-malformed", "a comment or other bytes follow the end record");
    }
  }
  const beginsAsZip = view.byteLength >= 4 && view.getUint32(0, true) === localHeaderSignature;
  return beginsAsZip
    ? new OfdError("zip-truncated", "the archive breaks off before its end record")
    : new OfdError("not-ofd", "the file is not a ZIP archive");
}

/** Reads the record at `at`, which must end at or before `limit`. @throws OfdError `zip-malformed` */
export function readCentralRecord(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  limit: number,
): CentralRecord {
  if (at + centralRecordBytes > limit || view.getUint32(at, true) !== centralRecordSignature) {
    throw new OfdError("zip-malformed", "the central directory has a hole");
  }
  const nameEnd = at + centralRecordBytes + view.getUint16(at + 28, true);
  const extraEnd = nameEnd + view.getUint16(at + 30, true);
  if (extraEnd > limit) throw new OfdError("zip-malformed", "the central directory is cut off");
  if (view.getUint16(at + 32, true) !== 0) throw new OfdError("zip-malformed", "an entry has a comment");
  if (view.getUint16(at + 34, true) !== 0)
    throw new OfdError("zip-malformed", "an entry is in another volume");
  return {
    ...readFields(view, at + 6),
    range: { start: at, end: extraEnd },
    name: bytes.subarray(at + centralRecordBytes, nameEnd),
    extra: { start: nameEnd, end: extraEnd },
    madeBy: view.getUint16(at + 4, true),
    externalAttributes: view.getUint32(at + 38, true),
    localOffset: view.getUint32(at + 42, true),
  };
}

/** Reads the header of entry `part` at `at`, which must end at or before `limit`. @throws OfdError `zip-malformed` */
export function readLocalHeader(
  bytes: Uint8Array,
  view: DataView,
  { at, limit, part }: { readonly at: number; readonly limit: number; readonly part: string },
): LocalHeader {
  if (at + localHeaderBytes > limit || view.getUint32(at, true) !== localHeaderSignature) {
    throw new OfdError("zip-malformed", "the entry is not where the central directory says", part);
  }
  const nameEnd = at + localHeaderBytes + view.getUint16(at + 26, true);
  const extraEnd = nameEnd + view.getUint16(at + 28, true);
  if (extraEnd > limit) throw new OfdError("zip-malformed", "the entry's header is cut off", part);
  return {
    ...readFields(view, at + 4),
    range: { start: at, end: extraEnd },
    name: bytes.subarray(at + localHeaderBytes, nameEnd),
    extra: { start: nameEnd, end: extraEnd },
  };
}

/** Both headers hold these seven fields in the same order. */
function readFields(view: DataView, at: number): EntryFields {
  return {
    versionNeeded: view.getUint16(at, true),
    flags: view.getUint16(at + 2, true),
    method: view.getUint16(at + 4, true),
    modifiedAt: view.getUint32(at + 6, true),
    crc: view.getUint32(at + 10, true),
    compressedSize: view.getUint32(at + 14, true),
    size: view.getUint32(at + 18, true),
  };
}
