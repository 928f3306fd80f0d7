import { concatBytes, utf8Of } from "../bytes/index.ts";
import { crc32 } from "./crc32.ts";
import { checkEntryName } from "./zip-names.ts";
import type { ZipEntry } from "./zip-read.ts";
import {
  centralRecordBytes,
  centralRecordSignature,
  endRecordBytes,
  endRecordSignature,
  localHeaderBytes,
  localHeaderSignature,
} from "./zip-records.ts";

/** A file to write: stored, because what is signed should have one encoding and a seal picture is compressed already. */
export interface NewFile {
  readonly name: string;
  readonly content: Uint8Array;
  /** Written as UTC; the format has no time zone. */
  readonly modifiedAt: Date;
}

/** Where an entry of the archive that is extended lies; it is copied as it is, header and compressed data. */
export interface CopiedEntry {
  readonly from: Uint8Array;
  readonly entry: ZipEntry;
}

/** Writes an archive with the entries in this order, without comments and extra fields of its own. */
export function writeZip(entries: readonly (NewFile | CopiedEntry)[]): Uint8Array {
  const locals: Uint8Array[] = [];
  const centrals: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { local, central } = "entry" in entry ? copyEntry(entry) : encodeFile(entry);
    new DataView(central.buffer, central.byteOffset).setUint32(42, offset, true);
    locals.push(local);
    centrals.push(central);
    offset += local.length;
  }
  const directory = concatBytes(...centrals);
  return concatBytes(...locals, directory, encodeEndRecord(entries.length, directory.length, offset));
}

interface Encoded {
  readonly local: Uint8Array;
  /** A copy of its own, so that the offset can be written into it. */
  readonly central: Uint8Array;
}

function copyEntry({ from, entry }: CopiedEntry): Encoded {
  return {
    local: from.subarray(entry.local.start, entry.local.end),
    central: from.slice(entry.central.start, entry.central.end),
  };
}

/** APPNOTE 6.3.10 §4.3.7 and §4.3.12, method 0. */
function encodeFile({ name, content, modifiedAt }: NewFile): Encoded {
  checkEntryName(name);
  const nameBytes = utf8Of(name);
  const shared = new Uint8Array(26);
  const view = new DataView(shared.buffer);
  view.setUint16(0, 10, true);
  view.setUint16(2, nameBytes.length === name.length ? 0 : 0x0800, true);
  view.setUint32(6, dosTimeOf(modifiedAt), true);
  view.setUint32(10, crc32(content), true);
  view.setUint32(14, content.length, true);
  view.setUint32(18, content.length, true);
  view.setUint16(22, nameBytes.length, true);

  const header = new Uint8Array(localHeaderBytes);
  new DataView(header.buffer).setUint32(0, localHeaderSignature, true);
  header.set(shared, 4);
  const record = new Uint8Array(centralRecordBytes);
  const recordView = new DataView(record.buffer);
  recordView.setUint32(0, centralRecordSignature, true);
  recordView.setUint16(4, 20, true);
  record.set(shared, 6);
  return { local: concatBytes(header, nameBytes, content), central: concatBytes(record, nameBytes) };
}

function encodeEndRecord(count: number, directoryBytes: number, directoryOffset: number): Uint8Array {
  const record = new Uint8Array(endRecordBytes);
  const view = new DataView(record.buffer);
  view.setUint32(0, endRecordSignature, true);
  view.setUint16(8, count, true);
  view.setUint16(10, count, true);
  view.setUint32(12, directoryBytes, true);
  view.setUint32(16, directoryOffset, true);
  return record;
}

/** MS-DOS date and time, which begin in 1980 and count in steps of two seconds. */
function dosTimeOf(time: Date): number {
  const year = Math.min(Math.max(time.getUTCFullYear(), 1980), 2107) - 1980;
  const date = (year << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate();
  const clock = (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >>> 1);
  return ((date << 16) | clock) >>> 0;
}
