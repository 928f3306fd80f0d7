import { createHash } from "node:crypto";
import { readlink } from "node:fs/promises";
import { hostname } from "node:os";
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
 * that a dead process of this machine left is taken over.
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
  const mark = `${String(process.pid)} ${await placeOfNumbers()} ${hexOf(randomBytes(8))}\n`;
  const giveUpAt = performance.now() + longestWaitMilliseconds;
  while (!(await createPrivateFile(lock, utf8Of(mark), randomBytes))) {
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
    // Unless somebody was of the opinion that this process is dead, and it is another's now.
    if ((await holderOf(lock)) === mark) await removePrivateFile(lock);
  }
}

/**
 * Removes the lock of a dead process. Only one process ever removes the lock with this mark: who is slow and still holds the holder for
 * dead must not remove the lock of the next one.
 */
async function removeIfStale(lock: string, randomBytes: (length: number) => Uint8Array): Promise<void> {
  const seen = await holderOf(lock);
  if (seen === undefined || (await isAlive(seen))) return;
  const name = createHash("sha256").update(seen).digest("hex").slice(0, 32);
  const right = `${lock}.${name}.partial`;
  if (!(await createPrivateFile(right, utf8Of(`${String(process.pid)}\n`), randomBytes))) return;
  try {
    if ((await holderOf(lock)) === seen) await removePrivateFile(lock);
  } finally {
    await removePrivateFile(right);
  }
}

async function holderOf(lock: string): Promise<string | undefined> {
  const bytes = await readPrivateFile(lock);
  return bytes && textOfUtf8(bytes);
}

/** Whether it is not known to be dead: of a process elsewhere nothing is known. */
async function isAlive(holder: string): Promise<boolean> {
  const [number, place] = holder.split(" ");
  const processNumber = Number(number);
  if (!Number.isInteger(processNumber) || processNumber <= 0) return false;
  if (place !== (await placeOfNumbers())) return true;
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

/** Where a process number means something: two containers that share a folder both have a process 1. */
async function placeOfNumbers(): Promise<string> {
  const namespace = await readlink("/proc/self/ns/pid").catch(() => "");
  return `${hostname()}/${namespace}`.replaceAll(/\s/g, "");
}
