import type { Bilingual } from "../terminal/index.ts";

/** One thing that was looked at. */
export interface CeremonyCheck {
  readonly name: "chain" | "steps" | "expected" | "deviations" | "rehearsal" | "signature";
  readonly result: "passed" | "failed" | "noted";
  readonly detail: Bilingual;
}
