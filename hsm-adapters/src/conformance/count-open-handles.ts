import { readdirSync, readFileSync } from "node:fs";

/**
 * Files, sockets and pipes that this process and its children have open, driver hosts included; undefined on a system without
 * `/proc`.
 */
export function countOpenHandles(): number | undefined {
  try {
    return countOf(String(process.pid));
  } catch (cause) {
    if (isGone(cause)) return undefined;
    throw cause;
  }
}

function countOf(processId: string): number {
  const own = readdirSync(`/proc/${processId}/fd`).length;
  return childrenOf(processId).reduce((sum, child) => {
    try {
      return sum + countOf(child);
    } catch (cause) {
      // It ended while we were counting.
      if (isGone(cause)) return sum;
      throw cause;
    }
  }, own);
}

function childrenOf(processId: string): string[] {
  return readdirSync(`/proc/${processId}/task`).flatMap((thread) => {
    const list = readFileSync(`/proc/${processId}/task/${thread}/children`, "latin1");
    return list.split(" ").filter((text) => text !== "");
  });
}

function isGone(cause: unknown): boolean {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return code === "ENOENT" || code === "ESRCH" || code === "EACCES";
}
