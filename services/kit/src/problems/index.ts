/**
 * What a caller is told when something does not work.
 *
 * Domain and operations throw a {@link Refusal}: a stable code and a sentence, for things that the caller can act on. One
 * table a service ({@link ProblemTable}) says with which status and words each code is answered; the kit turns it into
 * `application/problem+json` (RFC 9457) and answers each problem's URL with its documentation. Everything else that is
 * thrown is a fault: logged with its cause, and answered with `internal` and no detail.
 */
export { isRefusal, refuse, Refusal } from "./refusal.ts";
export type { FieldProblem, Localized } from "./refusal.ts";
export { kitProblems } from "./kit-problems.ts";
export type { KitProblemCode, ProblemEntry, ProblemTable } from "./kit-problems.ts";
export { problemBody, problemSchema } from "./problem-body.ts";
export type { ProblemBody } from "./problem-body.ts";
export { languageOf, languages } from "./language.ts";
export type { Language } from "./language.ts";
