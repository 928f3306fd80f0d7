/**
 * What every command shares: the {@link Terminal} it talks to, its options and their explanation, tables, JSON and CSV, colours,
 * progress, the question that confirms, and the way a failure is told.
 */
export { askLine } from "./ask-line.ts";
export type { Asking } from "./ask-line.ts";
export { CommandFailure, renderFailure, sayFailure } from "./command-failure.ts";
export type { FailureFacts } from "./command-failure.ts";
export { confirmByName } from "./confirm.ts";
export type { Confirmation } from "./confirm.ts";
export { renderCsv } from "./csv.ts";
export { editsBetween, meant } from "./did-you-mean.ts";
export { durationOf, readDuration, readTime, spanInWords, timeOf } from "./duration.ts";
export { digestWords } from "./digest-words.ts";
export { readGlobalOptions } from "./global-options.ts";
export type { GlobalOptions } from "./global-options.ts";
export { interrupted } from "./interrupted.ts";
export { escapedForTerminal, renderJson, renderJsonLine } from "./json.ts";
export { languageOf } from "./language.ts";
export type { Bilingual, Language } from "./language.ts";
export { localDay, localSecond, localTime, spanUntil, withLocalTimes } from "./local-time.ts";
export { noWords, onlyWord, parseOptions } from "./parse-options.ts";
export { printable } from "./printable.ts";
export { barOf, createProgress } from "./progress.ts";
export type { Progress } from "./progress.ts";
export { printTable } from "./print-table.ts";
export type { PrintedTable } from "./print-table.ts";
export { FileError, readWhole } from "./read-file.ts";
export { stopSignal } from "./stop-signal.ts";
export { coloured, wantsColour } from "./style.ts";
export type { Style } from "./style.ts";
export { padded, renderFacts, renderTable, widthOf } from "./table.ts";
export type { Cell } from "./table.ts";
export type { Terminal } from "./terminal.ts";
export { describeUsage } from "./usage.ts";
export type { DescribedOption, OptionTable, UsageParts } from "./usage.ts";
export { UsageError } from "./usage-error.ts";
