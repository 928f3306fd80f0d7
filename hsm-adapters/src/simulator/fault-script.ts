import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";

import type { SimulatedBehaviour, SimulatedFault, SimulatedOperation } from "./simulated-fault.ts";

interface PendingFault {
  readonly fault: SimulatedFault;
  remaining: number;
}

/** Counts operations and says which of them fails how. */
export class FaultScript {
  readonly #folder: string;
  readonly #calls = new Map<SimulatedOperation, number>();
  #pending: PendingFault[] = [];

  /** @param folder keeps what has happened, for other processes. */
  constructor(folder: string, faults: readonly SimulatedFault[]) {
    this.#folder = join(folder, "happened");
    this.add(faults);
  }

  /** Faults that came later; those of a known name are not counted anew. */
  add(faults: readonly SimulatedFault[]): void {
    const known = new Set(this.#pending.map(({ fault }) => fault.name));
    this.#pending = this.#pending.concat(
      faults.filter(({ name }) => !known.has(name)).map((fault) => ({ fault, remaining: fault.times ?? 1 })),
    );
  }

  /** Counts one call. @returns what shall go wrong with it. */
  next(operation: SimulatedOperation): SimulatedBehaviour | undefined {
    const call = (this.#calls.get(operation) ?? 0) + 1;
    this.#calls.set(operation, call);
    const due = this.#pending.find(
      ({ fault, remaining }) => fault.operation === operation && remaining > 0 && call >= (fault.at ?? 1),
    );
    if (due === undefined) return undefined;
    due.remaining -= 1;
    if (due.fault.inEveryProcess === true || this.#claim(due.fault)) return due.fault.does;
    return undefined;
  }

  countOf(operation: SimulatedOperation): number {
    return this.#calls.get(operation) ?? 0;
  }

  /** Whether this process is the one for which a fault happens: whoever makes the file. */
  #claim({ name, times = 1 }: SimulatedFault): boolean {
    mkdirSync(this.#folder, { recursive: true });
    for (let turn = 1; turn <= times; turn += 1) {
      if (isMadeNow(join(this.#folder, `${name}.${String(turn)}`))) return true;
    }
    return false;
  }
}

function isMadeNow(path: string): boolean {
  try {
    closeSync(openSync(path, "wx"));
    return true;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") return false;
    throw cause;
  }
}
