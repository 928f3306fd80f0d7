import { closeSync, openSync, readFileSync, readSync } from "node:fs";

/** Whether a process of ours has these bytes anywhere in memory that it can write to. Linux only. */
export function isInMemory(processId: number, wanted: Buffer): boolean {
  const maps = readFileSync(`/proc/${String(processId)}/maps`, "utf8");
  const memory = openSync(`/proc/${String(processId)}/mem`, "r");
  try {
    return maps.split("\n").some((line) => {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (from === undefined || to === undefined) return false;
      return regionOf(memory, parseInt(from, 16), parseInt(to, 16)).includes(wanted);
    });
  } finally {
    closeSync(memory);
  }
}

/** Empty for what cannot be read, such as pages of the kernel. */
function regionOf(memory: number, from: number, to: number): Buffer {
  const region = Buffer.alloc(to - from);
  try {
    return region.subarray(0, readSync(memory, region, 0, region.length, from));
  } catch {
    return Buffer.alloc(0);
  }
}
