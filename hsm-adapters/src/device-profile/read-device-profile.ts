import { KeyStoreError } from "../key-store/index.ts";
import { algorithmIdNames, cipherMembers, deviceErrorCodes, deviceProfileFormat } from "./device-profile.ts";
import type {
  CipherLayout,
  DeviceError,
  DeviceProfile,
  ErrorMap,
  ExtraArgument,
  PasswordRule,
} from "./device-profile.ts";

/** More than any vendor's header has. */
const maximumErrors = 1_024;
/** More arguments than any function of the two standards has. */
const maximumArguments = 16;
/** The longest text that a device encrypts in one go, with room. */
const maximumCipherOctets = 65_536;
const maximumTextCharacters = 1_024;
const maximumPasswordOctets = 256;
const maximumSessions = 65_536;

/** Gives the parsed JSON of the profile of that name, or undefined. */
export type FindProfile = (name: string) => unknown;

/**
 * Reads a profile strictly, from parsed JSON: a field that is unknown, missing or of the wrong type is refused, because a typing error
 * would otherwise be noticed as a wrong signature. With `extends`, what is absent comes from that profile; maps are merged by
 * their keys. The one that is extended extends none itself.
 *
 * @throws KeyStoreError `configuration-malformed`; its message and `facts.profileField` name the field.
 */
export function readDeviceProfile(json: unknown, findProfile: FindProfile): DeviceProfile {
  const { extends: extended, ...fields } = recordOf("", json);
  if (extended === undefined) return completeProfile(fields);
  const name = textOf("extends", extended);
  const base = findProfile(name);
  if (base === undefined) throw malformed("extends", `there is no profile "${name}"`);
  if (recordOf("extends", base)["extends"] !== undefined)
    throw malformed(
      "extends",
      `"${name}" extends another profile itself; copy the whole of profiles/${name}.json, and change the copy's name and fields`,
    );
  return completeProfile(merged(recordOf("extends", base), fields));
}

type Json = Readonly<Record<string, unknown>>;

const mergedFields = ["algorithmIds", "errorMap", "extraArguments", "passwordRule"];

function merged(base: Json, own: Json): Json {
  const maps = mergedFields.flatMap((field) =>
    field in own
      ? [[field, { ...recordOf(field, base[field]), ...recordOf(field, own[field]) }] as const]
      : [],
  );
  return { ...base, ...own, ...Object.fromEntries(maps) };
}

type FieldReaders = {
  readonly [Field in keyof DeviceProfile]: (field: Field, value: unknown) => DeviceProfile[Field];
};

const readers: FieldReaders = {
  format: (field, value) => choiceOf(field, value, [deviceProfileFormat]),
  name: (field, value) => nameOf(field, value),
  family: (field, value) => choiceOf(field, value, ["sdf", "skf"]),
  about: (field, value) => textOf(field, value),
  eccMaximumBits: (field, value) => choiceOf(field, value, [256, 512]),
  rsaMaximumBits: (field, value) => choiceOf(field, value, [2048, 4096]),
  cipherLayout: (field, value) => cipherLayoutOf(field, value),
  cipherOctets: (field, value) => numberOf(field, value, maximumCipherOctets),
  packing: (field, value) => choiceOf(field, value, ["natural", "1"]),
  ulongOctets: (field, value) => choiceOf(field, value, [4, 8]),
  algorithmIds: (field, value) => algorithmIdsOf(field, value),
  signInput: (field, value) => choiceOf(field, value, ["digest", "message"]),
  errorMap: (field, value) => errorMapOf(field, value),
  extraArguments: (field, value) => extraArgumentsOf(field, value),
  passwordRule: (field, value) => passwordRuleOf(field, value),
  callingConvention: (field, value) => choiceOf(field, value, ["c", "stdcall"]),
  calls: (field, value) => choiceOf(field, value, ["measured", "synchronous", "asynchronous"]),
  maximumSessions: (field, value) => numberOf(field, value, maximumSessions),
};

function completeProfile(json: Json): DeviceProfile {
  const read = readers as Readonly<Record<string, (field: string, value: unknown) => unknown>>;
  onlyKnown("", json, Object.keys(read));
  const fields = Object.entries(read).map(([field, reader]) => [field, reader(field, present(field, json))]);
  const profile = Object.fromEntries(fields) as unknown as DeviceProfile;
  if (profile.cipherOctets === 0 && profile.cipherLayout.at(-1) !== "C")
    throw malformed("cipherOctets", "a text of any length can only be the last member of cipherLayout");
  return profile;
}

function present(field: string, json: Json): unknown {
  const value = json[field.split(".").at(-1) ?? field];
  if (value === undefined) throw malformed(field, "it is missing");
  return value;
}

function onlyKnown(place: string, json: Json, known: readonly string[]): void {
  const unknown = Object.keys(json).find((field) => !known.includes(field));
  if (unknown !== undefined) throw malformed(place === "" ? unknown : `${place}.${unknown}`, "no such field");
}

function recordOf(field: string, value: unknown): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw malformed(field === "" ? "the profile" : field, "it is not an object");
  return value as Json;
}

function choiceOf<const Choice extends string | number>(
  field: string,
  value: unknown,
  choices: readonly Choice[],
): Choice {
  const chosen = choices.find((choice) => choice === value);
  if (chosen === undefined) throw malformed(field, `it is none of ${choices.join(", ")}`);
  return chosen;
}

function textOf(field: string, value: unknown): string {
  if (typeof value !== "string" || value.length > maximumTextCharacters)
    throw malformed(field, `it is not a text of at most ${String(maximumTextCharacters)} characters`);
  return value;
}

function nameOf(field: string, value: unknown): string {
  const name = textOf(field, value);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) throw malformed(field, "it is not lower case with hyphens");
  return name;
}

/** A whole number, or one in hexadecimal as headers write it. */
function numberOf(field: string, value: unknown, maximum = 0xffff_ffff): number {
  const number = typeof value === "string" && /^0x[0-9a-fA-F]{1,8}$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number) || number < 0 || number > maximum)
    throw malformed(field, `it is not a whole number up to ${String(maximum)} or "0x…"`);
  return number;
}

function cipherLayoutOf(field: string, value: unknown): CipherLayout {
  const members = textOf(field, value).split(",");
  const layout = members.map((member) => choiceOf(field, member, cipherMembers));
  if (layout.length !== cipherMembers.length || new Set(layout).size !== layout.length)
    throw malformed(field, `it does not have each of ${cipherMembers.join(",")} once`);
  return layout;
}

function algorithmIdsOf(field: string, value: unknown): DeviceProfile["algorithmIds"] {
  const json = recordOf(field, value);
  onlyKnown(field, json, algorithmIdNames);
  const ids = algorithmIdNames.map((name) => [
    name,
    numberOf(`${field}.${name}`, present(`${field}.${name}`, json)),
  ]);
  return Object.fromEntries(ids) as DeviceProfile["algorithmIds"];
}

/** `0x0100001D`, or with the function before it. */
const errorKeyPattern = /^(?:(\w{1,64}) )?(0x[0-9a-fA-F]{1,8})$/;

function errorMapOf(field: string, value: unknown): ErrorMap {
  const entries = Object.entries(recordOf(field, value));
  if (entries.length > maximumErrors) throw malformed(field, `more than ${String(maximumErrors)} numbers`);
  return new Map(
    entries.map(([key, error]) => {
      const [, call, number] = errorKeyPattern.exec(key) ?? [];
      if (number === undefined) throw malformed(`${field}.${key}`, 'its name is not "0x…" or "FUNCTION 0x…"');
      return [errorKey(Number(number), call), deviceErrorOf(`${field}.${key}`, error)];
    }),
  );
}

/** How {@link ErrorMap} names a number, of one function or of all. */
export function errorKey(number: number, call?: string): string {
  const hex = `0x${number.toString(16).padStart(8, "0")}`;
  return call === undefined ? hex : `${call} ${hex}`;
}

function deviceErrorOf(field: string, value: unknown): DeviceError {
  const json = recordOf(field, value);
  onlyKnown(field, json, ["code", "name"]);
  return {
    code: choiceOf(`${field}.code`, json["code"], deviceErrorCodes),
    name: textOf(`${field}.name`, present(`${field}.name`, json)),
  };
}

function extraArgumentsOf(field: string, value: unknown): DeviceProfile["extraArguments"] {
  return Object.fromEntries(
    Object.entries(recordOf(field, value)).map(([call, list]) => {
      const place = `${field}.${call}`;
      if (!/^\w{1,64}$/.test(call)) throw malformed(place, "that is not the name of a function");
      if (!Array.isArray(list) || list.length > maximumArguments) throw malformed(place, "it is not a list");
      return [call, list.map((each, at) => extraArgumentOf(`${place}.${String(at)}`, each))];
    }),
  );
}

function extraArgumentOf(field: string, value: unknown): ExtraArgument {
  const json = recordOf(field, value);
  onlyKnown(field, json, ["position", "value"]);
  return {
    position: numberOf(`${field}.position`, present(`${field}.position`, json), maximumArguments),
    value: numberOf(`${field}.value`, present(`${field}.value`, json)),
  };
}

function passwordRuleOf(field: string, value: unknown): PasswordRule {
  const json = recordOf(field, value);
  onlyKnown(field, json, ["scope", "minimumOctets", "maximumOctets"]);
  const limit = (name: string): number =>
    numberOf(`${field}.${name}`, present(`${field}.${name}`, json), maximumPasswordOctets);
  const rule = {
    scope: choiceOf(`${field}.scope`, json["scope"], ["device", "index", "none"]),
    minimumOctets: limit("minimumOctets"),
    maximumOctets: limit("maximumOctets"),
  };
  if (rule.minimumOctets > rule.maximumOctets)
    throw malformed(`${field}.minimumOctets`, "it is above maximumOctets");
  return rule;
}

function malformed(field: string, problem: string): KeyStoreError {
  return new KeyStoreError("configuration-malformed", `device profile, ${field}: ${problem}`, {
    facts: { profileField: field },
  });
}
