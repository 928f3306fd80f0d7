import { z } from "zod";

import { refuse } from "../problems/index.ts";
import type { FieldProblem, Language } from "../problems/index.ts";

/** Enough to correct a form at once; a list of ten thousand wrong elements is not repeated to the caller. */
const fieldProblemsMax = 20;
const pointerLengthMax = 200;

const localeErrors = { zh: z.locales.zhCN().localeError, en: z.locales.en().localeError };

/**
 * `value` as `schema` reads it.
 *
 * @param part where in the request it stands: `path`, `query` or `body`.
 * @throws Refusal `invalid-request` with the place of each member that does not fit, and never with its value.
 */
export function parsePart(
  schema: z.ZodType | undefined,
  value: unknown,
  part: "path" | "query" | "body",
  language: Language,
): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value, { error: localeErrors[language], reportInput: false });
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues
    .flatMap((issue) => fieldProblemsOf(issue, part, language))
    .slice(0, fieldProblemsMax);
  throw refuse(
    "invalid-request",
    {
      zh: `请求中有 ${String(errors.length)} 处不符合接口定义。`,
      en: `${String(errors.length)} ${errors.length === 1 ? "place" : "places"} in the request do not fit.`,
    },
    { errors },
  );
}

function fieldProblemsOf(issue: z.core.$ZodIssue, part: string, language: Language): FieldProblem[] {
  const code = issue.code.replaceAll("_", "-");
  if (issue.code === "unrecognized_keys") {
    // The schema's own message would repeat every name, as many and as long as the sender likes, once for each of them.
    return issue.keys.slice(0, fieldProblemsMax).map((key) => ({
      pointer: pointerTo(part, [...issue.path, key]),
      code,
      detail: unknownMember[language],
    }));
  }
  return [{ pointer: pointerTo(part, issue.path), code, detail: issue.message }];
}

const unknownMember = { zh: "接口定义中没有此项。", en: "The interface has no such member." };

/** JSON Pointer, RFC 6901 §3. */
function pointerTo(part: string, path: readonly PropertyKey[]): string {
  const steps = path.map((step) =>
    String(step).slice(0, pointerLengthMax).replaceAll("~", "~0").replaceAll("/", "~1"),
  );
  return `/${[part, ...steps].join("/")}`.slice(0, pointerLengthMax);
}

/** The parameters of a query: a text each, a list of texts where one repeats. */
export function queryOf(url: string): Record<string, string | string[]> {
  const parameters = new URLSearchParams(url.includes("?") ? url.slice(url.indexOf("?") + 1) : "");
  const names = new Set(parameters.keys());
  return Object.fromEntries(
    Array.from(names, (name) => {
      const values = parameters.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? "") : values];
    }),
  );
}

/** What a route without a query schema takes: none. */
export const noQuery = z.strictObject({});
