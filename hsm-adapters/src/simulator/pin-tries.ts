import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Counts wrong PINs for all processes that share a simulated device. */
export class PinTries {
  readonly #file: string;
  readonly #allowed: number;

  constructor(folder: string, allowed: number) {
    mkdirSync(folder, { recursive: true });
    this.#file = join(folder, "pin-tries");
    this.#allowed = allowed;
  }

  remaining(): number {
    try {
      return Number(readFileSync(this.#file, "utf8"));
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return this.#allowed;
      throw cause;
    }
  }

  /** @returns what is left. */
  spend(): number {
    const left = Math.max(0, this.remaining() - 1);
    writeFileSync(this.#file, String(left));
    return left;
  }

  reset(): void {
    if (this.remaining() !== this.#allowed) writeFileSync(this.#file, String(this.#allowed));
  }
}
