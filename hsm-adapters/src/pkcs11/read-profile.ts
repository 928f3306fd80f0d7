import type { DeviceAbility } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyStoreErrorCode } from "../key-store/index.ts";
import type { Pkcs11Profile, Sm2Decryption, Sm2Profile, Sm2Signing } from "./profile.ts";

type Json = Readonly<Record<string, unknown>>;

/** More than any vendor's header has. */
const maximumEntries = 256;

/** What a vendor's return value may mean; the other codes are found out by us, not said by a device. */
const returnValueCodes: readonly KeyStoreErrorCode[] = [
  ...(["pin-required", "pin-incorrect", "pin-locked", "pin-expired", "login-lost"] as const),
  ...(["session-lost", "key-handle-stale", "key-not-found", "not-permitted", "key-state-forbids"] as const),
  ...(["device-removed", "device-busy", "device-error", "device-unreachable"] as const),
  ...(["algorithm-not-supported", "operation-not-supported", "vendor-error"] as const),
];

/**
 * Reads a profile strictly, from parsed JSON. Numbers are written as in headers, `"0x80050002"`.
 *
 * @throws KeyStoreError `configuration-malformed`; its message and `facts.profileField` name the field.
 */
export function readPkcs11Profile(json: unknown): Pkcs11Profile {
  const profile = recordOf("profile", json, ["name", "about", "sm2", "lacks", "returnValues"]);
  const { sm2 } = profile;
  return {
    name: textOf("name", profile["name"]),
    about: textOf("about", profile["about"]),
    ...(sm2 === undefined ? {} : { sm2: readSm2(sm2) }),
    lacks: readLacks(profile["lacks"]),
    returnValues: readReturnValues(profile["returnValues"]),
  };
}

function readSm2(json: unknown): Sm2Profile {
  const names = ["keyType", "keyGeneration", "signing", "decryption", "point", "privateValue"];
  const sm2 = recordOf("sm2", json, names);
  const { signing, decryption, point } = sm2;
  if (!Array.isArray(signing) || signing.length === 0 || signing.length > maximumEntries) {
    throw malformed("sm2.signing", "is not a list of mechanisms");
  }
  return {
    keyType: numberOf("sm2.keyType", sm2["keyType"]),
    ...optionalNumber("keyGeneration", sm2),
    signing: signing.map(readSigning),
    ...(decryption === undefined ? {} : { decryption: readDecryption(decryption) }),
    ...(point === undefined ? {} : { point: readPoint(point) }),
    ...optionalNumber("privateValue", sm2),
  };
}

function readSigning(json: unknown): Sm2Signing {
  const field = "sm2.signing";
  const signing = recordOf(field, json, ["mechanism", "takes", "form", "z"]);
  return {
    mechanism: numberOf(`${field}.mechanism`, signing["mechanism"]),
    takes: choiceOf(`${field}.takes`, signing["takes"], ["digest", "message"]),
    form: choiceOf(`${field}.form`, signing["form"], ["raw", "der"]),
    z: choiceOf(`${field}.z`, signing["z"] ?? "token", ["token", "driver"]),
  };
}

function readDecryption(json: unknown): Sm2Decryption {
  const field = "sm2.decryption";
  const decryption = recordOf(field, json, ["mechanism", "form"]);
  return {
    mechanism: numberOf(`${field}.mechanism`, decryption["mechanism"]),
    form: choiceOf(`${field}.form`, decryption["form"], ["raw", "der"]),
  };
}

function readPoint(json: unknown): { x: number; y: number } {
  const point = recordOf("sm2.point", json, ["x", "y"]);
  return { x: numberOf("sm2.point.x", point["x"]), y: numberOf("sm2.point.y", point["y"]) };
}

const deviceAbilities: readonly DeviceAbility[] = [
  ...(["generate", "import", "destroy", "read-certificate", "write-certificate"] as const),
  ...(["decrypt", "random"] as const),
];

function readLacks(json: unknown): readonly DeviceAbility[] {
  if (json === undefined) return [];
  if (!Array.isArray(json) || json.length > maximumEntries) throw malformed("lacks", "is not a list");
  return json.map((ability: unknown) => choiceOf("lacks", ability, deviceAbilities));
}

function readReturnValues(json: unknown): ReadonlyMap<number, KeyStoreErrorCode> {
  if (json === undefined) return new Map();
  const entries = Object.entries(recordOf("returnValues", json));
  if (entries.length > maximumEntries) throw malformed("returnValues", "has too many entries");
  return new Map(
    entries.map(([number, code]) => [
      numberOf(`returnValues.${number}`, number),
      choiceOf(`returnValues.${number}`, code, returnValueCodes),
    ]),
  );
}

function optionalNumber<Name extends string>(name: Name, json: Json): Partial<Record<Name, number>> {
  const value = json[name];
  if (value === undefined) return {};
  return { [name]: numberOf(`sm2.${name}`, value) } as Record<Name, number>;
}

function recordOf(field: string, value: unknown, members?: readonly string[]): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed(field, "is not an object");
  }
  const unknown = Object.keys(value).find((name) => members !== undefined && !members.includes(name));
  if (unknown !== undefined)
    throw malformed(field === "profile" ? unknown : `${field}.${unknown}`, "is not known");
  return value as Json;
}

function textOf(field: string, value: unknown): string {
  if (typeof value === "string" && value !== "" && value.length <= 1024) return value;
  throw malformed(field, "is not a text");
}

function numberOf(field: string, value: unknown): number {
  if (typeof value === "string" && /^0x[0-9a-fA-F]{1,8}$/.test(value)) return Number(value);
  throw malformed(field, 'is not a number as in a header, such as "0x80050002"');
}

function choiceOf<Choice extends string>(field: string, value: unknown, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw malformed(field, `is none of ${choices.join(", ")}`);
  return found;
}

function malformed(field: string, problem: string): KeyStoreError {
  return new KeyStoreError("configuration-malformed", `PKCS#11 profile, ${field}: ${problem}`, {
    facts: { profileField: field },
  });
}
