/** Beside words and marks, never instead of them: whoever sees no colour misses nothing. */
export type Style = "red" | "amber" | "green" | "bold" | "dim";

const codes: Record<Style, number> = { red: 31, amber: 33, green: 32, bold: 1, dim: 2 };

/** A text in a colour, where colours are shown. */
export function coloured(text: string, style: Style | undefined, hasColour: boolean): string {
  if (!hasColour || style === undefined || text === "") return text;
  return `\u001b[${String(codes[style])}m${text}\u001b[0m`;
}

export interface ColourQuestion {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
  /** `--no-color` */
  readonly isRefused: boolean;
}

/** Whether colours are wanted (no-color.org: any value but the empty one refuses them) and can be shown. */
export function wantsColour({ environment, isTerminal, isRefused }: ColourQuestion): boolean {
  const noColour = environment["NO_COLOR"] ?? "";
  return isTerminal && !isRefused && noColour === "" && environment["TERM"] !== "dumb";
}
