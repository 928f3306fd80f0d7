import { constants } from "node:fs";
import type { Stats } from "node:fs";
import { link, mkdir, open, readdir, rename, rm, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";

import { hexOf } from "@yinxin/crypto/bytes";

import { KeyStoreError } from "../key-store/index.ts";

/** A key file has some 600 bytes, with a large RSA key 8,000; a directory of a thousand keys 250,000. Larger is something else. */
const maximumFileBytes = 1_048_576;

/** Reading, writing or searching by group or others. */
const othersMode = 0o077;

/** Writing by group or others: what may be read by everybody must still be the owner's words. */
const othersWriting = 0o022;

/** As much as a secret may be handed out to a group, which is how containers get theirs: nothing for others, no writing. */
const groupReads = 0o027;

/** Makes the folder if need be. @throws KeyStoreError `key-file-permissions` if others can look into it, or own it. */
export async function openPrivateFolder(folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  refuseOthers(await stat(folder), folder);
  return readdir(folder);
}

/** @throws KeyStoreError `key-file-permissions` unless the folder is there and only its owner, who is this user, puts files into it. */
export async function checkOwnFolder(folder: string): Promise<void> {
  const status = await stat(folder).catch(() => undefined);
  if (status?.isDirectory() !== true) {
    throw new KeyStoreError("key-file-permissions", `there is no folder ${folder} that could be looked into`);
  }
  refuseOthers(status, folder, othersWriting);
}

/** The bytes of a file that says what this process does, so that nobody else may write to it. @throws KeyStoreError `key-file-permissions`. */
export function readOwnFile(path: string): Promise<Uint8Array> {
  return readGivenFile(path, othersWriting);
}

/** The bytes of a secret that was put there by other means. @throws KeyStoreError `key-file-permissions` if everybody may read it. */
export function readSecretFile(path: string): Promise<Uint8Array> {
  return readGivenFile(path, groupReads);
}

/** Follows links, since that is how containers get such files. What the system says of one that is missing is passed on. */
async function readGivenFile(path: string, forbidden: number): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    refuseOthers(await file.stat(), path, forbidden);
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}

/**
 * The file's bytes, or undefined if there is none.
 *
 * @throws KeyStoreError `key-file-permissions` if group or others may touch it, `key-file-damaged` if it is not a file of
 *   reasonable size.
 */
export async function readPrivateFile(path: string): Promise<Uint8Array | undefined> {
  const file = await openIfPresent(path);
  if (file === undefined) return undefined;
  try {
    // Asked of the open file, not of its name: the name may point elsewhere a moment later.
    const status = await file.stat();
    refuseOthers(status, path);
    if (!status.isFile()) throw new KeyStoreError("key-file-damaged", `${path} is not a file`);
    if (status.size > maximumFileBytes) throw new KeyStoreError("key-file-damaged", `${path} is too large`);
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}

async function openIfPresent(path: string) {
  try {
    // A pipe in the place of a file would otherwise keep who opens it waiting for ever.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if (isSystemError(cause, "ENOENT")) return undefined;
    if (isSystemError(cause, "ELOOP")) {
      throw new KeyStoreError("key-file-permissions", `${path} is a symbolic link`, { cause });
    }
    throw cause;
  }
}

/**
 * Writes a file that is not there yet, readable by its owner only. Whole and durable once this resolves; a crash before
 * leaves at most a `.partial` file, which nothing reads.
 *
 * @returns false, and nothing changed, if the file exists.
 */
export async function createPrivateFile(
  path: string,
  bytes: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
): Promise<boolean> {
  const partial = await writePartial(path, bytes, randomBytes);
  try {
    // A link, unlike a rename, never replaces what is already there.
    await link(partial, path);
  } catch (cause) {
    if (isSystemError(cause, "EEXIST")) return false;
    throw cause;
  } finally {
    await rm(partial, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
}

/** As {@link createPrivateFile}, in the place of what is there: readers see the old file or the new one, never half of one. */
export async function replacePrivateFile(
  path: string,
  bytes: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
): Promise<void> {
  const partial = await writePartial(path, bytes, randomBytes);
  try {
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    throw cause;
  }
  await syncFolder(dirname(path));
}

/** Removes a file, durably once this resolves. @returns false if there was none. */
export async function removePrivateFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
  } catch (cause) {
    if (isSystemError(cause, "ENOENT")) return false;
    throw cause;
  }
  await syncFolder(dirname(path));
  return true;
}

async function writePartial(
  path: string,
  bytes: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
): Promise<string> {
  const partial = `${path}.${hexOf(randomBytes(8))}.partial`;
  try {
    const file = await open(partial, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    await rm(partial, { force: true });
    throw cause;
  }
  return partial;
}

/** The name of a file is durable only once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(join(folder, "."), constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whoever owns a file can change it, whatever its mode; the superuser can anyway. */
function refuseOthers(
  { mode, uid }: Pick<Stats, "mode" | "uid">,
  path: string,
  forbidden = othersMode,
): void {
  if ((mode & forbidden) !== 0) {
    const octal = (mode & 0o777).toString(8);
    throw new KeyStoreError(
      "key-file-permissions",
      `${path} is open to others (mode ${octal}); only its owner may`,
    );
  }
  const own = process.geteuid?.();
  if (own === undefined || uid === own || uid === 0) return;
  throw new KeyStoreError("key-file-permissions", `${path} belongs to another user, number ${String(uid)}`);
}

function isSystemError(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}
