import { readFile, stat } from "node:fs/promises";

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

/** @throws FileError, with the reason in words. */
export async function readWhole(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > mostFileBytes) throw new FileError(`${file}: larger than ${String(mostFileBytes)} bytes.`);
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown reason";
    const words = reasons.get(reason);
    throw new FileError(
      `${file}: cannot be read (${words === undefined ? reason : `${words}, ${reason}`}).`,
      { cause },
    );
  }
}
