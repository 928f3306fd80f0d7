import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

import { utf8Of } from "@yinxin/crypto/bytes";

import { backupFailure } from "./backup-failure.ts";
import { backupHeaderShape, backupLimits, backupMagic, readJson } from "./backup-format.ts";
import type { BackupHeader } from "./backup-format.ts";
import { openChunk, sealChunk, tagBytes } from "./chunk-cipher.ts";

/** Takes the archive and writes it encrypted; `end` writes the last chunk and waits until the disk has it all. */
export interface SealedWriter {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
  /** Closes the file, finished or not. */
  close(): Promise<void>;
}

const ownerOnly = 0o600;

/** @param path must not be there. */
export async function createSealedWriter(
  path: string,
  header: BackupHeader,
  key: Uint8Array,
): Promise<SealedWriter> {
  const file = await open(path, "wx", ownerOnly);
  const head = encodeHead(header);
  const associated = sha256(head);
  let waiting = Buffer.alloc(0);
  let number = 0;
  const seal = async (plain: Uint8Array, isLast: boolean): Promise<void> => {
    await file.write(sealChunk(header.cipher, key, plain, { number, isLast, associated }));
    number += 1;
  };
  await file.write(head);
  return {
    write: async (bytes) => {
      waiting = Buffer.concat([waiting, bytes]);
      // One stays behind: the last chunk is marked, and may be full.
      while (waiting.length > header.chunk_bytes) {
        await seal(waiting.subarray(0, header.chunk_bytes), false);
        waiting = waiting.subarray(header.chunk_bytes);
      }
    },
    end: async () => {
      await seal(waiting, true);
      await file.sync();
    },
    close: () => file.close(),
  };
}

function encodeHead(header: BackupHeader): Uint8Array {
  const json = utf8Of(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([utf8Of(backupMagic), length, json]);
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

export interface OpenedBackup {
  readonly header: BackupHeader;
  readonly sizeBytes: number;
  /** What the archive holds, in order. @throws CommandFailure `backup-changed` at the first chunk that is not as it was written. */
  read(key: Uint8Array): AsyncGenerator<Uint8Array, void, undefined>;
  close(): Promise<void>;
}

/** Reads the part in front. @throws CommandFailure `backup-malformed`; what the operating system says of the file. */
export async function openBackup(path: string): Promise<OpenedBackup> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const front = await readAt(file, 0, backupMagic.length + 4);
    if (front?.subarray(0, -4).equals(utf8Of(backupMagic)) !== true)
      throw backupFailure("backup-malformed", {
        zh: "开头不是备份文件",
        en: "it does not begin as a backup does",
      });
    const length = front.readUInt32BE(backupMagic.length);
    const json = length > backupLimits.headerBytes ? undefined : await readAt(file, front.length, length);
    if (json === undefined) throw backupFailure("backup-malformed", { zh: "被截断", en: "it was cut" });
    const header = readJson(json, backupHeaderShape, "header");
    const start = front.length + length;
    const associated = sha256(Buffer.concat([front, json]));
    return {
      header,
      sizeBytes: size,
      read: (key) => readChunks(file, { header, key, associated, start, size }),
      close: () => file.close(),
    };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

interface Chunks {
  readonly header: BackupHeader;
  readonly key: Uint8Array;
  readonly associated: Uint8Array;
  readonly start: number;
  readonly size: number;
}

async function* readChunks(
  file: FileHandle,
  { header, key, associated, start, size }: Chunks,
): AsyncGenerator<Uint8Array, void, undefined> {
  const sealedBytes = header.chunk_bytes + tagBytes;
  const count = Math.max(1, Math.ceil((size - start) / sealedBytes));
  for (let number = 0; number < count; number += 1) {
    const at = start + number * sealedBytes;
    const sealed = await readAt(file, at, Math.min(sealedBytes, size - at));
    const place = { number, isLast: number === count - 1, associated };
    const plain = sealed === undefined ? undefined : openChunk(header.cipher, key, sealed, place);
    if (plain === undefined)
      throw backupFailure("backup-changed", {
        zh: `第 ${String(number + 1)}/${String(count)} 块无法解开`,
        en: `chunk ${String(number + 1)} of ${String(count)} does not open`,
      });
    yield plain;
  }
}

/** Undefined if the file ends before. */
async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer | undefined> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) return undefined;
    done += bytesRead;
  }
  return buffer;
}
