import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const claimOf = (folder: string): string => join(folder, "claim");

/**
 * Takes a data folder for this process, since two demos in one would rewrite each other's addresses.
 *
 * @returns the process that has it already; undefined if it is ours. The claim of a process that is gone counts no more.
 */
export function claimFolder(folder: string): number | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (;;) {
    try {
      writeFileSync(claimOf(folder), String(process.pid), { flag: "wx", mode: 0o600 });
      return undefined;
    } catch (cause) {
      if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
    }
    const owner = Number(readFileSync(claimOf(folder), "utf8"));
    if (isAlive(owner)) return owner;
    rmSync(claimOf(folder), { force: true });
  }
}

export function releaseFolder(folder: string): void {
  rmSync(claimOf(folder), { force: true });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // EPERM: it is there, and somebody else's.
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
}
