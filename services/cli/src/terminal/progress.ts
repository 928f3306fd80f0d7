import { printable } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** Shows how far something is that has steps. */
export interface Progress {
  /** So many steps are done, and this one is under way. */
  readonly at: (done: number, title: string) => void;
  /** Nothing more is drawn; what was drawn stays. */
  readonly end: () => void;
}

const barColumns = 20;
/** From the beginning of the line, and what was longer before is gone. */
const overLine = "\r\u001b[K";

/** A bar on a terminal; elsewhere one line a step, said once. */
export function createProgress(terminal: Terminal, total: number): Progress {
  const { draw } = terminal;
  let said: string | undefined;
  return {
    at: (done, title) => {
      const count = `${String(done)}/${String(total)}`;
      const line = `${count}  ${printable(title)}`;
      if (line === said) return;
      said = line;
      if (draw === undefined) terminal.say(line);
      else draw(`${overLine}  ${barOf(done, total)} ${line}`);
    },
    end: () => {
      if (draw !== undefined && said !== undefined) draw("\n");
    },
  };
}

/** `████████░░░░` */
export function barOf(done: number, total: number): string {
  const full = total === 0 ? barColumns : Math.round((barColumns * Math.min(done, total)) / total);
  return "█".repeat(full) + "░".repeat(barColumns - full);
}
