import { z } from "zod";

import type { ProblemEntry } from "./kit-problems.ts";
import type { Language } from "./language.ts";
import type { Refusal } from "./refusal.ts";

/** RFC 9457 problem details with our members. */
export const problemSchema = z.object({
  type: z.url(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  code: z.string(),
  hint: z.string(),
  request_id: z.string(),
  errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })).optional(),
});
export type ProblemBody = z.infer<typeof problemSchema>;

export interface ProblemContext {
  /** The service's own base address, without a slash at the end. */
  readonly baseUrl: string;
  readonly language: Language;
  readonly requestId: string;
}

/** The body that says `refusal` in the caller's language. A fault has no refusal, so its body has no detail. */
export function problemBody(
  context: ProblemContext,
  code: string,
  entry: ProblemEntry,
  refusal?: Refusal,
): ProblemBody {
  const { language } = context;
  return {
    type: `${context.baseUrl}/problems/${code}`,
    title: entry.title[language],
    status: entry.status,
    ...(refusal && {
      detail: typeof refusal.detail === "string" ? refusal.detail : refusal.detail[language],
    }),
    code,
    hint: (refusal?.hint ?? entry.hint)[language],
    request_id: context.requestId,
    ...(refusal && refusal.errors.length > 0 && { errors: [...refusal.errors] }),
  };
}
