import { equalBytes } from "../bytes/index.ts";
import type { ByteRange } from "./byte-range.ts";
import { crc32 } from "./crc32.ts";
import { inflateExactly } from "./inflate.ts";
import { OfdError } from "./ofd-error.ts";
import type { Quirk } from "./quirk.ts";
import { checkExtraFields } from "./zip-extra.ts";
import { checkEntryName, decodeEntryName, refuseAmbiguousNames } from "./zip-names.ts";
import { descriptorSignature, readCentralRecord, readEndRecord, readLocalHeader } from "./zip-records.ts";
import type { CentralRecord, EntryFields, LocalHeader } from "./zip-records.ts";

/** What a package may cost to open. A page of text is kilobytes; a long scanned file is tens of megabytes. */
export const zipLimits = {
  entries: 4096,
  inflatedBytes: 256 * 1024 * 1024,
  /** Of one entry's size to its compressed size, for entries larger than `ratioFreeBytes`. Text stays below 50. */
  ratio: 200,
  ratioFreeBytes: 1024 * 1024,
} as const;

/** One entry of the archive; a folder's name ends with `/`. */
export interface ZipEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly isDeflated: boolean;
  readonly content: Uint8Array;
  /** Local header, data and descriptor: what is copied when the archive is extended. */
  readonly local: ByteRange;
  /** The entry's bytes as they stand in the file, compressed or not. */
  readonly data: ByteRange;
  readonly central: ByteRange;
  /** Header fields that no check and no signature binds, and that change nothing which is read. */
  readonly attributes: readonly ByteRange[];
}

export interface ZipArchive {
  readonly bytes: Uint8Array;
  /** In the order in which they lie in the file. */
  readonly entries: readonly ZipEntry[];
  readonly quirks: readonly Quirk[];
}

interface Located {
  readonly name: string;
  readonly central: CentralRecord;
}

/**
 * Reads a ZIP archive so strictly that two readers cannot see two contents: each byte of the file belongs to exactly one
 * header or entry, what is said twice is said alike, and names have one meaning. Sizes, CRC-32 and limits are checked
 * for every entry here, before anything is used.
 *
 * @throws OfdError `not-ofd`, `zip-truncated`, `zip-malformed`, `zip-entry-path`, `zip-duplicate-entry`, `zip-bomb`,
 * `zip-encrypted`, `too-many-entries`
 */
export function readZip(bytes: Uint8Array): ZipArchive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = readEndRecord(view);
  if (end.count > zipLimits.entries) throw new OfdError("too-many-entries", `${String(end.count)} entries`);
  const quirks: Quirk[] = [];
  const located: Located[] = [];
  let at = end.centralDirectory.start;
  for (let index = 0; index < end.count; index += 1) {
    const central = readCentralRecord(bytes, view, at, end.centralDirectory.end);
    located.push({ name: nameOf(central, quirks), central });
    at = central.range.end;
  }
  if (at !== end.centralDirectory.end)
    throw new OfdError("zip-malformed", "the central directory has a hole");
  refuseAmbiguousNames(located.map(({ name }) => name));
  for (const { name, central } of located) checkCentralRecord(view, name, central);
  checkSizes(located);
  located.sort((left, right) => left.central.localOffset - right.central.localOffset);
  const entries = located.map((entry, index) =>
    readEntry(bytes, view, entry, located[index + 1]?.central.localOffset ?? end.centralDirectory.start),
  );
  checkStart(entries[0]?.local.start ?? end.centralDirectory.start);
  return { bytes, entries, quirks };
}

function nameOf(central: CentralRecord, quirks: Quirk[]): string {
  const { name, isAscii } = decodeEntryName(central.name);
  checkEntryName(name);
  if (!isAscii && (central.flags & generalFlags.utf8) === 0)
    quirks.push({ code: "zip-name-not-flagged", where: name });
  return name;
}

const generalFlags = {
  encrypted: 0x0001,
  /** Bits 1 and 2: how hard the compressor tried. */
  effort: 0x0006,
  descriptor: 0x0008,
  strongEncryption: 0x0040,
  utf8: 0x0800,
  maskedHeaders: 0x2000,
} as const;

const methods = { stored: 0, deflated: 8 } as const;

function checkCentralRecord(view: DataView, name: string, central: CentralRecord): void {
  const { encrypted, strongEncryption, maskedHeaders, effort, descriptor, utf8 } = generalFlags;
  if ((central.flags & (encrypted | strongEncryption | maskedHeaders)) !== 0) {
    throw new OfdError("zip-encrypted", "the entry is encrypted", name);
  }
  if ((central.flags & ~(effort | descriptor | utf8)) !== 0) {
    throw new OfdError("zip-malformed", "the entry has flags that are not known", name);
  }
  if (central.method !== methods.stored && central.method !== methods.deflated) {
    throw new OfdError("zip-malformed", `compression method ${String(central.method)}`, name);
  }
  // 2.0 is DEFLATE and folders; anything newer announces a feature that is not read here.
  if (central.versionNeeded > 20)
    throw new OfdError("zip-malformed", "the entry needs a newer ZIP version", name);
  checkStored(name, central);
  checkFileKind(name, central);
  checkExtraFields(view, central.extra, name);
}

function checkStored(name: string, central: CentralRecord): void {
  if (central.method !== methods.stored) return;
  if (central.size !== central.compressedSize)
    throw new OfdError("zip-malformed", "stored in two sizes", name);
  // Without a size in front, a reader that streams cannot find the end of a stored entry, and guesses.
  if ((central.flags & generalFlags.descriptor) !== 0) {
    throw new OfdError("zip-malformed", "stored with its size behind it", name);
  }
}

function checkFileKind(name: string, central: CentralRecord): void {
  const isFolder = name.endsWith("/");
  if (isFolder && central.size !== 0) throw new OfdError("zip-malformed", "a folder has content", name);
  // Made by Unix or macOS: the upper half of the attributes is the file's mode.
  const madeOn = central.madeBy >>> 8;
  const kind = madeOn === 3 || madeOn === 19 ? (central.externalAttributes >>> 16) & 0xf000 : 0;
  if (kind !== 0 && kind !== 0x8000 && kind !== 0x4000) {
    throw new OfdError("zip-malformed", "the entry is a link or a device", name);
  }
}

/** Before anything is inflated: what the archive says of itself must be within the limits. @throws OfdError `zip-bomb` */
function checkSizes(located: readonly Located[]): void {
  let total = 0;
  for (const { name, central } of located) {
    total += central.size;
    if (total > zipLimits.inflatedBytes)
      throw new OfdError("zip-bomb", "the package is too large when inflated", name);
    if (central.size > zipLimits.ratioFreeBytes && central.size > zipLimits.ratio * central.compressedSize) {
      throw new OfdError("zip-bomb", "the entry is compressed beyond belief", name);
    }
  }
}

function checkStart(start: number): void {
  if (start !== 0) throw new OfdError("zip-malformed", "bytes stand before the first entry");
}

/** Reads the entry whose local part must reach exactly to `end`, where the next one or the central directory begins. */
function readEntry(bytes: Uint8Array, view: DataView, { name, central }: Located, end: number): ZipEntry {
  const header = readLocalHeader(bytes, view, { at: central.localOffset, limit: end, part: name });
  checkLocalHeader(name, header, central);
  checkExtraFields(view, header.extra, name);
  const data = { start: header.range.end, end: header.range.end + central.compressedSize };
  checkRest(view, { start: data.end, end }, name, central);
  const isFolder = name.endsWith("/");
  return {
    name,
    isFolder,
    isDeflated: central.method === methods.deflated,
    content: readContent(bytes.subarray(data.start, data.end), name, central),
    local: { start: central.localOffset, end },
    data,
    central: central.range,
    attributes: attributesOf(isFolder, header, central),
  };
}

function checkLocalHeader(name: string, header: LocalHeader, central: CentralRecord): void {
  const hasDescriptor = (central.flags & generalFlags.descriptor) !== 0;
  const isBlank = hasDescriptor && header.crc === 0 && header.compressedSize === 0 && header.size === 0;
  const compared: readonly (keyof EntryFields)[] = isBlank
    ? ["versionNeeded", "flags", "method", "modifiedAt"]
    : ["versionNeeded", "flags", "method", "modifiedAt", "crc", "compressedSize", "size"];
  const differing = compared.find((field) => header[field] !== central[field]);
  if (differing !== undefined || !equalBytes(header.name, central.name)) {
    throw new OfdError("zip-malformed", `header and directory differ in ${differing ?? "name"}`, name);
  }
}

/** What lies between the data and the next entry: nothing, or the data descriptor (APPNOTE 6.3.10 §4.3.9). */
function checkRest(view: DataView, rest: ByteRange, name: string, central: CentralRecord): void {
  const length = rest.end - rest.start;
  const hasDescriptor = (central.flags & generalFlags.descriptor) !== 0;
  if (!hasDescriptor) {
    if (length === 0) return;
    throw new OfdError("zip-malformed", length < 0 ? "entries overlap" : "bytes lie between entries", name);
  }
  const isSigned = length === 16 && view.getUint32(rest.start, true) === descriptorSignature;
  if (!isSigned && length !== 12) throw new OfdError("zip-malformed", "the data descriptor is missing", name);
  const at = rest.end - 12;
  const isRight =
    view.getUint32(at, true) === central.crc &&
    view.getUint32(at + 4, true) === central.compressedSize &&
    view.getUint32(at + 8, true) === central.size;
  if (!isRight) throw new OfdError("zip-malformed", "the data descriptor differs from the directory", name);
}

function readContent(data: Uint8Array, name: string, central: CentralRecord): Uint8Array {
  const content = central.method === methods.stored ? data : inflateExactly(data, central.size, name);
  if (crc32(content) !== central.crc)
    throw new OfdError("zip-malformed", "the content's CRC-32 is wrong", name);
  return content;
}

/** A folder means nothing in an OFD package, so all of its two headers is attributes. */
function attributesOf(isFolder: boolean, header: LocalHeader, central: CentralRecord): ByteRange[] {
  if (isFolder) return [header.range, central.range];
  const local = header.range.start;
  const record = central.range.start;
  const ranges = [
    { start: local + 10, end: local + 14 }, // modification time
    header.extra,
    { start: record + 4, end: record + 6 }, // made by
    { start: record + 12, end: record + 16 }, // modification time
    { start: record + 36, end: record + 42 }, // internal and external attributes
    central.extra,
  ];
  return ranges.filter(({ start, end }) => start < end);
}
