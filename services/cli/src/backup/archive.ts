import { createHash } from "node:crypto";

import { utf8Of } from "@yinxin/crypto/bytes";

import { backupFailure } from "./backup-failure.ts";
import { backupLimits, entryHeadShape, isSafePath, readJson } from "./backup-format.ts";
import type { BackupManifest, EntryHead } from "./backup-format.ts";

/** An entry as the manifest lists it. */
export type ListedFile = BackupManifest["files"][number];

/** Writes entries one after another. */
export interface ArchiveWriter {
  /** @throws CommandFailure `source-missing` for a path that no restore would take. */
  add(head: EntryHead, content: AsyncIterable<Uint8Array>): Promise<ListedFile>;
}

export function createArchiveWriter(write: (bytes: Uint8Array) => Promise<void>): ArchiveWriter {
  return {
    add: async (head, content) => {
      if (!isSafePath(head.path))
        throw backupFailure("source-missing", {
          zh: `名称 ${head.path} 不能备份`,
          en: `the name ${head.path} is not one that is kept`,
        });
      await writeBlock(write, utf8Of(JSON.stringify(head)));
      const hash = createHash("sha256");
      let size = 0;
      for await (const bytes of content) {
        for (let at = 0; at < bytes.length; at += backupLimits.blockBytes) {
          await writeBlock(write, bytes.subarray(at, at + backupLimits.blockBytes));
        }
        hash.update(bytes);
        size += bytes.length;
      }
      await writeBlock(write, new Uint8Array());
      return { ...head, size_bytes: size, sha256: hash.digest("hex") };
    },
  };
}

async function writeBlock(write: (bytes: Uint8Array) => Promise<void>, bytes: Uint8Array): Promise<void> {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  await write(length);
  await write(bytes);
}

/** An entry under way: its content is read to the end before the next one is asked for. */
export interface ReadEntry {
  readonly head: EntryHead;
  readonly content: AsyncGenerator<Uint8Array, void, undefined>;
}

/** The entries of an archive. @throws CommandFailure `backup-malformed` where it is none. */
export async function* readArchive(
  chunks: AsyncIterator<Uint8Array, void, undefined>,
): AsyncGenerator<ReadEntry, void, undefined> {
  const read = byteReader(chunks);
  for (let count = 0; ; count += 1) {
    const first = await read(4, true);
    if (first === undefined) return;
    if (count >= backupLimits.entries)
      throw backupFailure("backup-malformed", { zh: "条目太多", en: "it has too many entries" });
    const length = limited(first.readUInt32BE(0), backupLimits.entryHeadBytes);
    const head = readJson(await must(read(length)), entryHeadShape, "entry");
    const content = readBlocks(read);
    yield { head, content };
    // What the reader left is passed over.
    while ((await content.next()).done !== true);
  }
}

type Read = (length: number, mayEnd?: boolean) => Promise<Buffer | undefined>;

async function* readBlocks(read: Read): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const length = limited((await must(read(4))).readUInt32BE(0), backupLimits.blockBytes);
    if (length === 0) return;
    yield await must(read(length));
  }
}

function limited(length: number, most: number): number {
  if (length > most)
    throw backupFailure("backup-malformed", { zh: "长度超出界限", en: "a length is beyond all bounds" });
  return length;
}

async function must(reading: Promise<Buffer | undefined>): Promise<Buffer> {
  const bytes = await reading;
  if (bytes === undefined)
    throw backupFailure("backup-malformed", { zh: "提前结束", en: "it ends too soon" });
  return bytes;
}

function byteReader(chunks: AsyncIterator<Uint8Array, void, undefined>): Read {
  let waiting = Buffer.alloc(0);
  return async (length, mayEnd = false) => {
    while (waiting.length < length) {
      const next = await chunks.next();
      if (next.done === true) {
        if (mayEnd && waiting.length === 0) return undefined;
        throw backupFailure("backup-malformed", { zh: "提前结束", en: "it ends too soon" });
      }
      waiting = Buffer.concat([waiting, next.value]);
    }
    const bytes = waiting.subarray(0, length);
    waiting = waiting.subarray(length);
    return bytes;
  };
}
