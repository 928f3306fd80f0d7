import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

import { printable } from "./printable.ts";

/** A file given on the command line cannot be read; nothing was done. */
export class FileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "FileError";
  }
}

/** Larger than any document seen, small enough to hold in memory twice. */
const mostFileBytes = 256 * 1024 * 1024;

/** What the commonest codes of the operating system mean. */
const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file"],
  ["EACCES", "not permitted"],
  ["EISDIR", "it is a folder"],
]);

/** @param mostBytes of which the file may have no more. @throws FileError, with the reason in words. */
export async function readWhole(file: string, mostBytes: number = mostFileBytes): Promise<Uint8Array> {
  try {
    const handle = await open(file);
    try {
      return await readAtMost(handle, file, mostBytes);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown reason";
    const words = reasons.get(reason);
    throw new FileError(
      `${printable(file)}: cannot be read (${words === undefined ? reason : `${words}, ${reason}`}).`,
      { cause },
    );
  }
}

/** A pipe or a device says nothing of its size, and may never end. */
async function readAtMost(handle: FileHandle, file: string, mostBytes: number): Promise<Uint8Array> {
  const tooLarge = (): FileError =>
    new FileError(`${printable(file)}: larger than ${String(mostBytes)} bytes.`);
  const status = await handle.stat();
  if (status.size > mostBytes) throw tooLarge();
  if (status.isFile()) return handle.readFile();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > mostBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
