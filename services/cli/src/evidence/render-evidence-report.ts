import { evidenceChecks } from "@yinxin/service-kit/evidence";
import type { EvidenceCheck, EvidenceReport, ServiceEvidence } from "@yinxin/service-kit/evidence";

import { coloured, printable } from "../terminal/index.ts";
import type { Language, Terminal } from "../terminal/index.ts";

const marks = { passed: "✔", failed: "✖", indeterminate: "?", noted: "·" } as const;
const styles = { VALID: "green", INDETERMINATE: "amber", INVALID: "red" } as const;
const verdictMarks = { VALID: "✔", INDETERMINATE: "?", INVALID: "✖" } as const;

const labels = {
  zh: {
    by: "导出",
    events: "条事件",
    size: "日志大小",
    witness: "见证",
    none: "无",
    more: "其余",
    unproven: "仅由导出人担保",
  },
  en: {
    by: "exported",
    events: "events",
    size: "of a log of",
    witness: "witnessed by",
    none: "nobody",
    more: "more",
    unproven: "only the exporter vouches for",
  },
} as const;

/** A person needs to see the first few; `--json` has them all. */
const linesMax = 20;

/** The answer first, then who, what of each service, and every check that did not pass. */
export function renderEvidenceReport(
  file: string,
  report: EvidenceReport,
  { language, hasColour }: Pick<Terminal, "language" | "hasColour">,
): string {
  const label = labels[language];
  const { verdict, summary, madeBy, madeAt, services, changes, checks, unproven } = report;
  const told = checks.filter(({ result }) => result !== "passed");
  return [
    `${coloured(`${verdictMarks[verdict]} ${verdict}`, styles[verdict], hasColour)}  ${printable(file)}`,
    `  ${printable(summary[language])}`,
    ...(madeBy === undefined
      ? []
      : [
          `  ${label.by}: ${printable(`${madeBy.name} (${madeBy.officer}, ${madeBy.role}) ${madeAt ?? ""}`)}`,
        ]),
    ...services.map((service) => `  ${serviceLine(service, language)}`),
    ...changes
      .slice(0, linesMax)
      .map(
        ({ id, operation, target, verdict: authority, approvers }) =>
          `  ${id}  ${printable(`${operation} ${target}`)}  ${authority}  ${printable(approvers.join(", "))}`,
      ),
    ...restLine(changes.length, label.more),
    ...told.slice(0, linesMax).map((check) => `  ${checkLine(check, language)}`),
    ...restLine(told.length, label.more),
    ...(unproven.length === 0
      ? []
      : [`  ${label.unproven}: ${String(unproven.length)} (${unproven.slice(0, 3).join(", ")} …)`]),
    "",
  ].join("\n");
}

function serviceLine(
  { name, origin, events, checkpoint_size, witnesses, runs }: ServiceEvidence,
  language: Language,
): string {
  const label = labels[language];
  const places = runs
    .slice(0, 3)
    .map(([from, to]) => (to === from + 1 ? String(from) : `${String(from)}–${String(to - 1)}`));
  const shown = `${places.join(", ")}${runs.length > places.length ? " …" : ""}`;
  const seen = witnesses.map((witness) => witness.name).join(", ") || label.none;
  return printable(
    `${name}  ${origin}  ${String(events)} ${label.events} [${shown}] · ${label.size} ${String(checkpoint_size)} · ${label.witness}: ${seen}`,
  );
}

function checkLine({ name, result, where, detail }: EvidenceCheck, language: Language): string {
  return printable(`${marks[result]} ${evidenceChecks[name][language]} (${name}) ${where}: ${detail}`);
}

function restLine(count: number, more: string): readonly string[] {
  return count > linesMax ? [`  … +${String(count - linesMax)} ${more}`] : [];
}

/** The same for a program: the shape of a document's report, and what is proved. */
export function evidenceReportJson(file: string, { summary, services, ...report }: EvidenceReport): unknown {
  return { file, format: "evidence", ...report, summary, services };
}
