import { WireError } from "./wire-error.ts";
import type { WireValue } from "./wire-value.ts";

/** A record that came by wire. */
export type WireRecord = Readonly<Record<string, WireValue>>;

/** The readers of values that came by wire: each gives the value in its type. @throws WireError if it is another. */
export function readRecord(value: WireValue): WireRecord {
  if (typeof value === "object" && value !== null && !(value instanceof Uint8Array) && !isList(value))
    return value;
  throw new WireError("a record was expected");
}

export function readList<Item>(value: WireValue, readItem: (item: WireValue) => Item): Item[] {
  if (!isList(value)) throw new WireError("a list was expected");
  return value.map(readItem);
}

export function readText(value: WireValue): string {
  if (typeof value !== "string") throw new WireError("a text was expected");
  return value;
}

/** More than a person reads of one; a vendor's text can be of any length. */
export const maximumShownCharacters = 2_000;

/** A text for people: cut, and without control characters, since a terminal that shows it must not obey whoever sent it. */
export function readShownText(value: WireValue): string {
  return readText(value)
    .slice(0, maximumShownCharacters)
    .replaceAll(/[^\P{Cc}\n]/gu, "\u{fffd}");
}

export function readNumber(value: WireValue): number {
  if (typeof value !== "number") throw new WireError("a number was expected");
  return value;
}

export function readFlag(value: WireValue): boolean {
  if (typeof value !== "boolean") throw new WireError("true or false was expected");
  return value;
}

export function readBytes(value: WireValue): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new WireError("bytes were expected");
  return value;
}

export function readNothing(value: WireValue): void {
  if (value !== undefined) throw new WireError("nothing was expected");
}

export function readOptional<Value>(value: WireValue, read: (value: WireValue) => Value): Value | undefined {
  return value === undefined ? undefined : read(value);
}

/** One of these names and no other. */
export function readOneOf<Name extends string>(value: WireValue, names: readonly Name[]): Name {
  const found = names.find((name) => name === value);
  if (found === undefined) throw new WireError(`one of ${names.join(", ")} was expected`);
  return found;
}

/** The members of a record that are there; for members that may be absent. */
export function present<Members extends Readonly<Record<string, unknown>>>(
  members: Members,
): Present<Members> {
  return Object.fromEntries(
    Object.entries(members).filter(([, member]) => member !== undefined),
  ) as Present<Members>;
}

type Present<Members> = { readonly [Name in keyof Members]?: Exclude<Members[Name], undefined> };

function isList(value: WireValue): value is readonly WireValue[] {
  return Array.isArray(value);
}
