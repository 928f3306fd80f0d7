import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { CommandFailure } from "../terminal/index.ts";
import { backupFailure } from "./backup-failure.ts";

const ownerOnly = 0o700;
/** What Linux and macOS say of a name that somebody has. */
const taken = ["ENOTEMPTY", "EEXIST", "ENOTDIR"];
const missing = ["ENOENT", "ENOTDIR"];

/**
 * The folder in which something is made before it gets its name: `NAME.partial`, for its owner only. Whoever is killed leaves
 * this one folder, and the next run for the same name removes it.
 */
export interface PartialFolder {
  readonly path: string;
  /** Gives what is ready its name: from then on it is whole, also after a power cut. */
  publish(name: string, target: string): Promise<void>;
  /** Removes the folder and everything in it. */
  remove(): Promise<void>;
}

/** @throws CommandFailure `already-under-way` if a process that lives is at work there. */
export async function openPartialFolder(target: string, processId: number): Promise<PartialFolder> {
  const path = `${target}.partial`;
  // Made beside it and renamed: of two that begin at once the second finds a folder that says whose it is.
  const fresh = `${path}.${String(processId)}`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: ownerOnly });
  await writeFile(join(fresh, "process"), String(processId), { flag: "wx" });
  try {
    if (!(await claim(fresh, path))) {
      await refuseIfAtWork(path, target);
      await rm(path, { recursive: true, force: true });
      if (!(await claim(fresh, path))) throw underWay(target, path, "?");
    }
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true });
    throw cause;
  }
  return {
    path,
    publish: async (name, final) => {
      await rename(join(path, name), final);
      await syncFolder(dirname(final));
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

/** Whether the name was free. */
async function claim(fresh: string, path: string): Promise<boolean> {
  try {
    await rename(fresh, path);
    return true;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && taken.includes(String(cause.code))) return false;
    throw cause;
  }
}

async function refuseIfAtWork(path: string, target: string): Promise<void> {
  let text: string;
  try {
    text = await readFile(join(path, "process"), "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && missing.includes(String(cause.code))) return;
    throw cause;
  }
  const other = Number(text);
  if (Number.isSafeInteger(other) && other > 0 && isAlive(other)) throw underWay(target, path, text);
}

function underWay(target: string, path: string, processId: string): CommandFailure {
  return backupFailure("already-under-way", {
    zh: `${target}（进程 ${processId}，文件夹 ${path}）`,
    en: `${target} (process ${processId}, folder ${path})`,
  });
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (cause) {
    // Somebody else's process is one too.
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
}

/** A name is on the disk when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
