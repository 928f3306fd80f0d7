import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { backupFailure } from "./backup-failure.ts";

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

/** @throws CommandFailure `backup-under-way` if a process that lives is at work there; `target-exists`. */
export async function openPartialFolder(target: string, processId: number): Promise<PartialFolder> {
  const path = `${target}.partial`;
  await refuseIfAtWork(path);
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { mode: 0o700 });
  await writeFile(join(path, "process"), String(processId));
  return {
    path,
    publish: async (name, final) => {
      await rename(join(path, name), final);
      await syncFolder(dirname(final));
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

async function refuseIfAtWork(path: string): Promise<void> {
  let text: string;
  try {
    text = await readFile(join(path, "process"), "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return;
    throw cause;
  }
  const other = Number(text);
  if (Number.isSafeInteger(other) && other > 0 && isAlive(other))
    throw backupFailure("backup-under-way", `process ${text} has ${path}`);
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
