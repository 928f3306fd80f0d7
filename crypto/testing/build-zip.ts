import { crc32, deflateRawSync } from "node:zlib";

import { concatBytes, utf8Of } from "../src/bytes/index.ts";

/** Fields of one header, as they are written; truth is not asked for. */
export interface ZipHeaderFields {
  readonly versionNeeded?: number;
  readonly flags?: number;
  readonly method?: number;
  readonly modifiedAt?: number;
  readonly crc?: number;
  readonly compressedSize?: number;
  readonly size?: number;
  readonly name?: string | Uint8Array;
  readonly extra?: Uint8Array;
}

/** One entry of a ZIP for tests. What is not given is as it should be. */
export interface ZipPart extends ZipHeaderFields {
  readonly name: string | Uint8Array;
  readonly content: Uint8Array;
  readonly isDeflated?: boolean;
  /** The data as they stand in the file, instead of the stored or deflated content. */
  readonly data?: Uint8Array;
  /** What follows the data: a data descriptor, or bytes that should not be there. */
  readonly trailer?: Uint8Array;
  /** Where the two headers differ. */
  readonly local?: ZipHeaderFields;
  readonly central?: ZipHeaderFields & {
    readonly madeBy?: number;
    readonly externalAttributes?: number;
    readonly comment?: Uint8Array;
    readonly disk?: number;
    readonly localOffset?: number;
  };
}

export interface ZipFrame {
  readonly prefix?: Uint8Array;
  readonly betweenDirectoryAndEnd?: Uint8Array;
  readonly comment?: Uint8Array;
  readonly suffix?: Uint8Array;
  readonly end?: { readonly disk?: number; readonly countHere?: number; readonly count?: number };
}

/** Puts a ZIP together byte by byte, broken in any way a test asks for. Offsets count from the start of the file. */
export function assembleZip(parts: readonly ZipPart[], frame: ZipFrame = {}): Uint8Array {
  const locals: Uint8Array[] = [];
  const centrals: Uint8Array[] = [];
  let offset = frame.prefix?.length ?? 0;
  for (const part of parts) {
    const { local, central } = encodePart(part, offset);
    locals.push(local);
    centrals.push(central);
    offset += local.length;
  }
  const directory = concatBytes(...centrals);
  const comment = frame.comment ?? new Uint8Array();
  const end = little([
    [0x06054b50, 4],
    [frame.end?.disk ?? 0, 2],
    [0, 2],
    [frame.end?.countHere ?? frame.end?.count ?? parts.length, 2],
    [frame.end?.count ?? parts.length, 2],
    [directory.length, 4],
    [offset, 4],
    [comment.length, 2],
  ]);
  const empty = new Uint8Array();
  return concatBytes(
    frame.prefix ?? empty,
    ...locals,
    directory,
    frame.betweenDirectoryAndEnd ?? empty,
    end,
    comment,
    frame.suffix ?? empty,
  );
}

/** A data descriptor with its signature (APPNOTE 6.3.10 §4.3.9). */
export function dataDescriptor(content: Uint8Array, data: Uint8Array): Uint8Array {
  return little([
    [0x08074b50, 4],
    [crc32(content), 4],
    [data.length, 4],
    [content.length, 4],
  ]);
}

/** Extra field `id` with a body. */
export function extraField(id: number, body: Uint8Array): Uint8Array {
  return concatBytes(
    little([
      [id, 2],
      [body.length, 2],
    ]),
    body,
  );
}

function encodePart(part: ZipPart, offset: number): { local: Uint8Array; central: Uint8Array } {
  const isDeflated = part.isDeflated ?? false;
  const data = part.data ?? (isDeflated ? new Uint8Array(deflateRawSync(part.content)) : part.content);
  const truth: Required<ZipHeaderFields> = {
    versionNeeded: isDeflated ? 20 : 10,
    flags: 0,
    method: isDeflated ? 8 : 0,
    modifiedAt: 0x5d754000,
    crc: crc32(part.content),
    compressedSize: data.length,
    size: part.content.length,
    extra: new Uint8Array(),
    ...part,
  };
  const local = { ...truth, ...part.local };
  const central = { ...truth, ...part.central };
  const localName = bytesOfName(local.name);
  const centralName = bytesOfName(central.name);
  const comment = part.central?.comment ?? new Uint8Array();
  const localHeader = little([
    [0x04034b50, 4],
    ...sharedFields(local),
    [localName.length, 2],
    [local.extra.length, 2],
  ]);
  const centralRecord = little([
    [0x02014b50, 4],
    [part.central?.madeBy ?? 20, 2],
    ...sharedFields(central),
    [centralName.length, 2],
    [central.extra.length, 2],
    [comment.length, 2],
    [part.central?.disk ?? 0, 2],
    [0, 2],
    [part.central?.externalAttributes ?? 0, 4],
    [part.central?.localOffset ?? offset, 4],
  ]);
  return {
    local: concatBytes(localHeader, localName, local.extra, data, part.trailer ?? new Uint8Array()),
    central: concatBytes(centralRecord, centralName, central.extra, comment),
  };
}

function sharedFields(fields: Required<ZipHeaderFields>): [value: number, length: number][] {
  return [
    [fields.versionNeeded, 2],
    [fields.flags, 2],
    [fields.method, 2],
    [fields.modifiedAt, 4],
    [fields.crc, 4],
    [fields.compressedSize, 4],
    [fields.size, 4],
  ];
}

function bytesOfName(name: string | Uint8Array): Uint8Array {
  return typeof name === "string" ? utf8Of(name) : name;
}

/** Unsigned numbers, least significant byte first. */
function little(fields: readonly (readonly [value: number, length: number])[]): Uint8Array {
  return Uint8Array.from(
    fields.flatMap(([value, length]) =>
      Array.from({ length }, (_, index) => Math.floor(value / 256 ** index) & 0xff),
    ),
  );
}
