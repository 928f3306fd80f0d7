import type { OfficerPolicy } from "@yinxin/service-kit/approvals";

import { UsageError } from "../terminal/index.ts";
import type { OptionTable } from "../terminal/index.ts";
import { readCertificate } from "./policy-file.ts";

type BreakGlass = NonNullable<OfficerPolicy["break_glass"]>;

/** How long two officers have to look at what the emergency key did, where a policy says nothing else. */
const defaultReviewHours = 24;
/** Of a policy: a year. */
const reviewHoursMax = 8760;

export const reviewOption = {
  "review-within": {
    type: "string",
    value: "HOURS",
    help: {
      zh: `应急密钥使用后须在多少小时内复核；缺省 ${String(defaultReviewHours)}`,
      en: `hours in which a use of the emergency key is reviewed; ${String(defaultReviewHours)} if absent`,
    },
  },
} as const satisfies OptionTable;

export const breakGlassOptions = {
  "break-glass": {
    type: "string",
    value: "FILE",
    help: {
      zh: "应急密钥的证书（PEM；officers break-glass）",
      en: "the emergency key's certificate, PEM (officers break-glass)",
    },
  },
  ...reviewOption,
} as const satisfies OptionTable;

export interface BreakGlassValues {
  readonly "break-glass"?: string | undefined;
  readonly "review-within"?: string | undefined;
}

/** The emergency key of a policy as options name it. @throws UsageError; CommandFailure `policy-refused`; FileError */
export async function readBreakGlass(
  values: BreakGlassValues,
  before?: BreakGlass,
): Promise<BreakGlass | undefined> {
  const { "break-glass": file, "review-within": hours } = values;
  if (file === undefined && before === undefined) {
    if (hours !== undefined)
      throw new UsageError("--review-within goes with the emergency key's certificate.");
    return undefined;
  }
  return {
    certificate: file === undefined ? (before?.certificate ?? "") : await readCertificate(file),
    review_within_hours:
      hours === undefined ? (before?.review_within_hours ?? defaultReviewHours) : readHours(hours),
  };
}

function readHours(text: string): number {
  const hours = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : 0;
  if (hours >= 1 && hours <= reviewHoursMax) return hours;
  throw new UsageError(`--review-within ${text}: write hours, 1 to ${String(reviewHoursMax)}.`);
}
