/** Replaces the text from `start` to `end` (UTF-16 units); an insertion when they are equal. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies edits that do not overlap; all else stays as it is, to the character. */
export function editText(text: string, edits: readonly TextEdit[]): string {
  let edited = "";
  let at = 0;
  for (const edit of edits.toSorted((left, right) => left.start - right.start)) {
    edited += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return edited + text.slice(at);
}

/** Attributes as they stand in a start tag, with a blank before each. */
export function attributesText(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
    .join("");
}

/** For character data and for attribute values in double quotes. */
export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
