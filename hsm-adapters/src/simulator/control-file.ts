import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";

import { isSimulatedFault } from "./simulator-config.ts";
import type { SimulatedFault } from "./simulated-fault.ts";

/** What may change while a simulated device is in use, also from another process. */
export interface SimulatorControl {
  /** False while it is pulled out; true if absent. */
  readonly isPresent?: boolean;
  readonly latencyMilliseconds?: number;
  /** Counted from the start of the process, also if they come later. */
  readonly faults?: readonly SimulatedFault[];
}

/** Puts what shall hold from now on in place, whole or not at all. */
export function writeSimulatorControl(path: string, control: SimulatorControl): void {
  writeFileSync(`${path}.new`, JSON.stringify(control));
  renameSync(`${path}.new`, path);
}

/** Gives the content of the file whenever it is another file than the last time. */
export function watchedControl(path: string | undefined): () => SimulatorControl | undefined {
  let seen: bigint | undefined;
  return () => {
    if (path === undefined) return undefined;
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (found === undefined) return undefined;
    // Renamed into place: a new file has another number, and if that is used again another time.
    const mark = (found.ino << 64n) | found.mtimeNs;
    if (mark === seen) return undefined;
    seen = mark;
    return parsed(readFileSync(path, "utf8"));
  };
}

function parsed(text: string): SimulatorControl {
  const control = JSON.parse(text) as SimulatorControl;
  return { ...control, faults: (control.faults ?? []).filter(isSimulatedFault) };
}
