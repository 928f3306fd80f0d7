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

const pauseMilliseconds = 100;
const quietPauses = 5;
/** A driver host that is starting, or ending, does it in this time also on a busy machine. */
const mostPauses = 100;

/** The count once it has not changed for a while: hosts that wait in reserve have started, and those that were closed are gone. */
export async function settledCount(count: () => number | undefined): Promise<number | undefined> {
  let last = count();
  let quiet = 0;
  for (let pauses = 0; pauses < mostPauses && quiet < quietPauses && last !== undefined; pauses += 1) {
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
    const now = count();
    quiet = now === last ? quiet + 1 : 0;
    last = now;
  }
  return last;
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
