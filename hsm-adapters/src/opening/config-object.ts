import { isAbsolute } from "node:path";

import { KeyStoreError } from "../key-store/index.ts";

/** One object of a configuration file, read member by member; every refusal names the member. */
export interface ConfigObject {
  names(): readonly string[];
  /** All members as they are, for whoever checks them later. */
  everything(): Readonly<Record<string, unknown>>;
  text(name: string): string;
  optionalText(name: string): string | undefined;
  /** Absolute. */
  path(name: string): string;
  optionalPath(name: string): string | undefined;
  /** A whole number of 1 or more. */
  optionalCount(name: string): number | undefined;
  optionalFlag(name: string): boolean | undefined;
  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined;
  texts(name: string): readonly string[];
  /** An object whose members are texts. */
  optionalTexts(name: string): Readonly<Record<string, string>> | undefined;
  object(name: string): ConfigObject;
  optionalObject(name: string): ConfigObject | undefined;
  objects(name: string): readonly ConfigObject[];
  /** Throws for a member that nobody has read: it is a mistake in writing. */
  refuseOthers(): void;
  refuse(name: string, whatItMustBe: string): never;
}

/** @throws KeyStoreError `configuration-malformed` from here and from every method. */
export function configObject(place: string, value: unknown): ConfigObject {
  const placeOf = (name: string): string => [place, name].filter((part) => part !== "").join(".");
  const refuse = (name: string, what: string): never => {
    throw new KeyStoreError("configuration-malformed", `${placeOf(name) || "the file"} must be ${what}`);
  };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse("", "an object");
  const members = new Map<string, unknown>(Object.entries(value));
  const read = new Set<string>();
  const take = (name: string): unknown => {
    read.add(name);
    return members.get(name);
  };
  const optional = <Value>(
    name: string,
    isRight: (found: unknown) => found is Value,
    what: string,
  ): Value | undefined => {
    const found = take(name);
    if (found === undefined || isRight(found)) return found;
    return refuse(name, what);
  };
  const needed = <Value>(name: string, found: Value | undefined, what: string): Value =>
    found ?? refuse(name, `given: ${what}`);
  const self: ConfigObject = {
    names: () => [...members.keys()],
    everything: () => Object.fromEntries(members),
    text: (name) => needed(name, self.optionalText(name), "a text"),
    optionalText: (name) => optional(name, isText, "a text"),
    path: (name) => needed(name, self.optionalPath(name), "an absolute path"),
    optionalPath: (name) => optional(name, isPath, "an absolute path"),
    optionalCount: (name) => optional(name, isCount, "a whole number of 1 or more"),
    optionalFlag: (name) => optional(name, isFlag, "true or false"),
    choice: (name, choices) => {
      const found = self.optionalText(name);
      if (found === undefined) return undefined;
      return choices.find((choice) => choice === found) ?? refuse(name, `one of ${choices.join(", ")}`);
    },
    texts: (name) => needed(name, optional(name, isTextList, "a list of texts"), "a list of texts"),
    optionalTexts: (name) => optional(name, isTextRecord, "an object of texts"),
    object: (name) => configObject(placeOf(name), take(name)),
    optionalObject: (name) => (take(name) === undefined ? undefined : self.object(name)),
    objects: (name) => {
      const list = needed(name, optional(name, isList, "a list of objects"), "a list of objects");
      return list.map((item, at) => configObject(`${placeOf(name)}[${String(at)}]`, item));
    },
    refuseOthers: () => {
      const other = self.names().find((name) => !read.has(name));
      if (other !== undefined) refuse(other, "left out: there is no such member");
    },
    refuse,
  };
  return self;
}

/** A zero octet would cut a path or a variable short. */
function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !value.includes("\u0000");
}

function isPath(value: unknown): value is string {
  return isText(value) && isAbsolute(value);
}

function isFlag(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isText);
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === "object" && value !== null && Object.values(value).every(isText);
}
