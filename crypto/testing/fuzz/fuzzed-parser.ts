/** Something that reads bytes from outside, and the only errors with which it may refuse them. */
export interface FuzzedParser {
  /** Names its folder in fixtures/corpus. */
  readonly name: string;
  /** May answer with a promise. */
  readonly parse: (bytes: Uint8Array) => unknown;
  readonly refusals: readonly (abstract new (...parameters: never[]) => Error)[];
}
