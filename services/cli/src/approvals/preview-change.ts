import type { ChangeRequest } from "@yinxin/service-kit/approvals";

import type { ServiceConnection } from "../officer/index.ts";
import { localTime, printable, renderTable, spanUntil, withLocalTimes } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { previewSchema } from "./change-wire.ts";
import type { Preview } from "./change-wire.ts";

/** One exact operation that an officer has in mind. */
export interface WantedChange {
  readonly operation: string;
  readonly target: string;
  readonly parameters: ChangeRequest["parameters"];
}

/** What it would do, as the service reckons. */
export function previewChange(service: ServiceConnection, wanted: WantedChange): Promise<Preview> {
  const { operation, target, parameters } = wanted;
  return service.send({
    method: "POST",
    path: "/v1/change-previews",
    body: { operation, target, parameters },
    reply: previewSchema,
  });
}

/** Steps with their times, and the effect in numbers. */
export function renderPreview(
  { steps, effect }: Preview,
  { language, now }: Pick<Terminal, "language" | "now">,
): string {
  const timeCells = (at: string | undefined): readonly string[] =>
    at === undefined ? [] : [localTime(at), spanUntil(at, now(), language)];
  const rows = steps.map(({ title, at }, index) => [
    `  ${String(index + 1)}`,
    title[language],
    ...timeCells(at),
  ]);
  const headings = language === "zh" ? ["  步骤", "内容", "最早", ""] : ["  STEP", "WHAT", "NOT BEFORE", ""];
  const lines = effect.map((sentence) => `  · ${printable(withLocalTimes(sentence[language]))}\n`);
  const heading = language === "zh" ? "影响：\n" : "effect:\n";
  // One step without a time is what the effect says anyway.
  const isPlan = steps.length > 1 || steps.some(({ at }) => at !== undefined);
  return (isPlan ? renderTable(headings, rows) : "") + (lines.length === 0 ? "" : heading + lines.join(""));
}
