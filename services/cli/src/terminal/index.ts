/**
 * What every command shares: the {@link Terminal} it talks to, its options, tables and JSON.
 */
export { renderJson } from "./json.ts";
export { languageOf } from "./language.ts";
export type { Bilingual, Language } from "./language.ts";
export { noWords, onlyWord, parseOptions } from "./parse-options.ts";
export { printable } from "./printable.ts";
export { FileError, readWhole } from "./read-file.ts";
export { stopSignal } from "./stop-signal.ts";
export { padded, renderTable, widthOf } from "./table.ts";
export type { Terminal } from "./terminal.ts";
export { UsageError } from "./usage-error.ts";
