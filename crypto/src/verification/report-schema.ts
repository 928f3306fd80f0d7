import { checkResults, indications, subIndications, verdicts } from "./report.ts";

const text = { type: "string" } as const;
const dateTime = { type: "string", format: "date-time" } as const;

function strictObject(properties: Readonly<Record<string, unknown>>, optional: readonly string[] = []) {
  return {
    type: "object",
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    additionalProperties: false,
  } as const;
}

const listOf = (items: unknown) => ({ type: "array", items }) as const;

const check = strictObject(
  {
    name: { type: "string", pattern: "^[a-z]+(-[a-z]+)*$" },
    clause: text,
    result: { enum: checkResults },
    detail: text,
    evidence: { type: "object", additionalProperties: text },
  },
  ["clause", "detail", "evidence"],
);

const signature = strictObject(
  {
    id: text,
    kind: { enum: ["seal", "signature", "timestamp"] },
    // A signature that is there has a verdict of its own; only a file can be without.
    verdict: { enum: verdicts.filter((verdict) => verdict !== "UNSIGNED") },
    indication: { enum: indications },
    sub_indication: { enum: [...subIndications, null] },
    signer: strictObject({
      subject: text,
      serial: { type: "string", pattern: "^[0-9a-f]+$" },
      algorithm: text,
    }),
    seal: strictObject({ code: text, name: text, type: { type: "integer" }, version: { type: "integer" } }),
    time: strictObject({ claimed: dateTime, trusted: dateTime }, ["claimed", "trusted"]),
    coverage: strictObject({ whole: { type: "boolean" }, parts: listOf(text) }),
    checks: listOf(check),
  },
  ["signer", "seal"],
);

const codeAt = strictObject({ code: text, where: text });

const report = strictObject(
  {
    file: text,
    format: { enum: ["ofd", "pdf", "ses-seal", "ses-signature", "cms", "evidence", "unknown"] },
    verdict: { enum: verdicts },
    summary: { type: "string", minLength: 1 },
    signatures: listOf(signature),
    uncovered: listOf(strictObject({ part: text, visible: { type: "boolean" } })),
    quirks: listOf(codeAt),
    problem: strictObject({ code: text, detail: text }),
  },
  ["problem"],
);

const dialect = "https://json-schema.org/draft/2020-12/schema";

/** JSON Schema (2020-12) of one {@link VerificationReport}, strict: a member it does not know is an error. */
export const verificationReportSchema = { $schema: dialect, title: "VerificationReport", ...report } as const;

/** JSON Schema (2020-12) of what `yinxin verify --json` prints: a report for each file, in the order given. */
export const verificationReportsSchema = {
  $schema: dialect,
  title: "VerificationReports",
  type: "array",
  items: report,
} as const;
