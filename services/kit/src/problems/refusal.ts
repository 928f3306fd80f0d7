import type { Language } from "./language.ts";

/** One text in every language of the suite. */
export type Localized = Readonly<Record<Language, string>>;

/** One member of a request that does not fit. It says where and what was expected, never what was sent. */
export interface FieldProblem {
  /** JSON Pointer (RFC 6901) into the part of the request, e.g. `/body/pages/0/x`. */
  readonly pointer: string;
  /** Kebab-case, e.g. `invalid-type`. */
  readonly code: string;
  readonly detail: string;
}

export interface RefusalOptions extends ErrorOptions {
  readonly errors?: readonly FieldProblem[];
  readonly hint?: Localized;
}

/**
 * Something that the caller can act on. The code is stable and stands in the service's problem table; the detail is a
 * sentence about this case and carries no secret, since the caller sees it.
 */
export class Refusal<Code extends string = string> extends Error {
  readonly code: Code;
  readonly detail: string | Localized;
  readonly errors: readonly FieldProblem[];
  /** What to do in this very case, where that says more than the table's row does. */
  readonly hint: Localized | undefined;

  constructor(code: Code, detail: string | Localized, options: RefusalOptions = {}) {
    super(`${code}: ${typeof detail === "string" ? detail : detail.en}`, options);
    this.name = "Refusal";
    this.code = code;
    this.detail = detail;
    this.errors = options.errors ?? [];
    this.hint = options.hint;
  }
}

/**
 * Makes a {@link Refusal} to throw.
 *
 * @example throw refuse("seal-not-found", `There is no seal ${sealId}.`);
 */
export function refuse<Code extends string>(
  code: Code,
  detail: string | Localized,
  options?: RefusalOptions,
): Refusal<Code> {
  return new Refusal(code, detail, options);
}

/** Whether something thrown is a Refusal. */
export function isRefusal(thrown: unknown): thrown is Refusal {
  return thrown instanceof Refusal;
}
