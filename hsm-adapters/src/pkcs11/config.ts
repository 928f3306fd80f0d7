import { KeyStoreError } from "../key-store/index.ts";

/** What the driver is told: which library, which token in it, and how the vendor departs from the standard. */
export interface Pkcs11Config {
  /** Path of the vendor's library, absolute; the loader resolves what it depends on. */
  readonly library: string;
  /** At least one; both where several tokens share a serial number or a label. Never a slot: tokens change theirs. */
  readonly token: { readonly serial?: string; readonly label?: string };
  /** Name of a profile that comes with Yinxin, absolute path of a JSON file, or the parsed JSON. `standard` if absent. */
  readonly profile?: unknown;
  /** The string that NSS takes at C_Initialize. */
  readonly libraryParameters?: string;
  /** Opens every session for writing too; for tokens that log in only there. */
  readonly readWrite: boolean;
  /**
   * `synchronous`: one call at a time, for tokens in software; `asynchronous`: sessions wait in parallel, for devices; `measured`:
   * whatever signatures for trial show.
   */
  readonly calls: CallMode;
}

export type CallMode = "measured" | "synchronous" | "asynchronous";

const callModes: readonly string[] = ["measured", "synchronous", "asynchronous"];

const members = ["library", "token", "profile", "libraryParameters", "readWrite", "calls"];

/** @throws KeyStoreError `configuration-malformed`, naming the field. */
export function readPkcs11Config(value: unknown): Pkcs11Config {
  const config = recordOf("the configuration", value);
  const unknown = Object.keys(config).find((name) => !members.includes(name));
  if (unknown !== undefined) throw malformed(unknown, "is not known");
  const library = textOf("library", config["library"]);
  if (library === undefined) throw malformed("library", "is missing");
  const libraryParameters = textOf("libraryParameters", config["libraryParameters"]);
  const { profile, readWrite = false, calls = "measured" } = config;
  if (typeof readWrite !== "boolean") throw malformed("readWrite", "is not true or false");
  if (!isCallMode(calls)) throw malformed("calls", `is none of ${callModes.join(", ")}`);
  return {
    library,
    token: readToken(config["token"]),
    ...(profile === undefined ? {} : { profile }),
    ...(libraryParameters === undefined ? {} : { libraryParameters }),
    readWrite,
    calls,
  };
}

function readToken(value: unknown): Pkcs11Config["token"] {
  const token = recordOf("token", value);
  const serial = textOf("token.serial", token["serial"]);
  const label = textOf("token.label", token["label"]);
  if (serial === undefined && label === undefined)
    throw malformed("token", "needs a serial number or a label");
  return { ...(serial === undefined ? {} : { serial }), ...(label === undefined ? {} : { label }) };
}

function isCallMode(value: unknown): value is CallMode {
  return typeof value === "string" && callModes.includes(value);
}

function recordOf(field: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw malformed(field, "is not an object");
}

function textOf(field: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && value !== "" && !value.includes("\u0000")) return value;
  throw malformed(field, "is not a text");
}

function malformed(field: string, problem: string): KeyStoreError {
  return new KeyStoreError("configuration-malformed", `pkcs11 driver: ${field} ${problem}`);
}
