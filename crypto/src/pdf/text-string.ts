import { latin1Of } from "../bytes/index.ts";

/**
 * Reads a text string (ISO 32000-1 §7.9.2.2): UTF-16BE or UTF-8 if it begins with that byte order mark, otherwise
 * PDFDocEncoding, of which only the part shared with Latin-1 is told apart here.
 */
export function textOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    let text = "";
    for (let at = 2; at + 1 < bytes.length; at += 2) {
      text += String.fromCharCode((bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0));
    }
    return text;
  }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return new TextDecoder().decode(bytes);
  return latin1Of(bytes);
}

/** A text string as UTF-16BE with its byte order mark, in hexadecimal, as it is written in a file. */
export function hexTextString(text: string): string {
  let digits = "FEFF";
  for (let index = 0; index < text.length; index += 1) {
    digits += text.charCodeAt(index).toString(16).toUpperCase().padStart(4, "0");
  }
  return `<${digits}>`;
}

/** A date as it is written in a file, in UTC (ISO 32000-1 §7.9.4). */
export function dateString(time: Date): string {
  return `(D:${time.toISOString().slice(0, 19).replaceAll(/[-T:]/g, "")}Z)`;
}

/**
 * Reads a date (ISO 32000-1 §7.9.4) as RFC 3339. `undefined` for what is not one, and for a date without its relation to
 * UTC: that is not a moment.
 */
export function timeOf(text: string): string | undefined {
  const match = /^D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(Z(?=$|00'00'?$)|[+-]\d\d'(?:\d\d'?)?$)/.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second, zone = ""] = match.slice(1);
  const offset = zone === "Z" ? zone : `${zone.slice(0, 3)}:${zone.slice(4, 6).padEnd(2, "0")}`;
  const time = `${String(year)}-${String(month)}-${String(day)}T${String(hour)}:${String(minute)}:${String(second)}${offset}`;
  return Number.isNaN(Date.parse(time)) ? undefined : time;
}
