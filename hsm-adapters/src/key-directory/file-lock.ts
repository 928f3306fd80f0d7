import { rename, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { hexOf, textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";

import { KeyStoreError } from "../key-store/index.ts";
import { createPrivateFile, readPrivateFile, removePrivateFile } from "../private-files/index.ts";

/** Longer than a smart card takes for a key; whoever waits longer waits for a process that hangs. */
const longestWaitMilliseconds = 90_000;
const pollMilliseconds = 20;

/** The last of those in this process who want a lock: they take turns, so of one process only one looks at the lock's file. */
const turns = new Map<string, Promise<void>>();

/**
 * Does the work while nobody else does the same, in this process or another, by a file `PATH.lock` with the holder's process number. One
 * that a dead process left is taken over.
 *
 * @throws KeyStoreError `device-busy` if another process holds it all the time.
 */
export async function withFileLock<Result>(
  path: string,
  randomBytes: (length: number) => Uint8Array,
  work: () => Promise<Result>,
): Promise<Result> {
  const lock = `${path}.lock`;
  const before = turns.get(lock) ?? Promise.resolve();
  let endTurn: () => void = () => undefined;
  const turn = new Promise<void>((resolve) => (endTurn = resolve));
  turns.set(lock, turn);
  await before;
  try {
    return await withLockFile(lock, randomBytes, work);
  } finally {
    endTurn();
    if (turns.get(lock) === turn) turns.delete(lock);
  }
}

async function withLockFile<Result>(
  lock: string,
  randomBytes: (length: number) => Uint8Array,
  work: () => Promise<Result>,
): Promise<Result> {
  const mark = utf8Of(`${String(process.pid)} ${hexOf(randomBytes(8))}\n`);
  const giveUpAt = performance.now() + longestWaitMilliseconds;
  while (!(await createPrivateFile(lock, mark, randomBytes))) {
    await removeIfStale(lock, randomBytes);
    if (performance.now() > giveUpAt) {
      throw new KeyStoreError(
        "device-busy",
        `another process keeps ${lock}; if there is none, remove that file`,
      );
    }
    await sleep(pollMilliseconds);
  }
  try {
    return await work();
  } finally {
    await removePrivateFile(lock);
  }
}

async function removeIfStale(lock: string, randomBytes: (length: number) => Uint8Array): Promise<void> {
  const seen = await holderOf(lock);
  if (seen === undefined || isAlive(seen)) return;
  // Moved away first: of several who see the dead holder only one gets that file, and looks again at what it got.
  const moved = `${lock}.${hexOf(randomBytes(8))}.partial`;
  try {
    await rename(lock, moved);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return;
    throw cause;
  }
  const got = await readPrivateFile(moved);
  if (got !== undefined && textOfUtf8(got) !== seen) await createPrivateFile(lock, got, randomBytes);
  await rm(moved, { force: true });
}

async function holderOf(lock: string): Promise<string | undefined> {
  const bytes = await readPrivateFile(lock);
  return bytes && textOfUtf8(bytes);
}

function isAlive(holder: string): boolean {
  const processNumber = Number(holder.split(" ")[0]);
  if (!Number.isInteger(processNumber) || processNumber <= 0) return false;
  // Of a process before this one, with the same number: this one does not hold it.
  if (processNumber === process.pid) return false;
  try {
    process.kill(processNumber, 0);
    return true;
  } catch (cause) {
    // EPERM: it is there, and somebody else's.
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
}
