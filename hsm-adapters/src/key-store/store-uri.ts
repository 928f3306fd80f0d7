import { KeyStoreError } from "./key-store-error.ts";
import { keyUriSchemes } from "./key-uri-scheme.ts";
import type { KeyUriScheme } from "./key-uri-scheme.ts";
import { textOfValue, unescapeValue } from "./uri-escapes.ts";

/**
 * Where one store is and how to open it, in the shape of RFC 7512 §2.3 and §2.4: which device before the question mark, how to reach
 * it after. Unlike a key's URI it is written by people.
 */
export type StoreUri = `${KeyUriScheme}:${string}`;

export interface StoreUriParts {
  readonly scheme: KeyUriScheme;
  /** Which device; `folder` for `file:`. */
  readonly path: ReadonlyMap<string, string>;
  /** How to reach it. */
  readonly query: ReadonlyMap<string, string>;
}

interface SchemeRules {
  readonly path: readonly string[];
  readonly query: readonly string[];
  /** Of path or query. */
  readonly required: readonly string[];
}

const rulesOf: Readonly<Record<KeyUriScheme, SchemeRules>> = {
  file: { path: ["folder"], query: ["pin-source", "cipher"], required: [] },
  pkcs11: {
    path: ["token", "manufacturer", "serial", "model"],
    query: ["module-path", "pin-source", "profile", "library-parameters"],
    required: ["module-path"],
  },
  sdf: {
    path: ["serial"],
    query: ["module-path", "profile", "indexes", "pin-source"],
    required: ["module-path", "profile"],
  },
  skf: {
    path: ["serial", "device", "application"],
    query: ["module-path", "profile", "pin-source"],
    required: ["module-path", "profile"],
  },
  piv: { path: ["serial", "reader"], query: ["module-path", "pin-source"], required: [] },
  remote: {
    path: ["server", "host", "port"],
    query: ["certificate", "key", "ca", "pin-source"],
    required: ["host", "port", "certificate", "key", "ca"],
  },
  simulator: { path: ["serial"], query: ["pin-source", "profile"], required: [] },
};

/** A path of a library and one of a PIN file at their longest (PATH_MAX), and something for the rest. */
const maximumUriCharacters = 9_000;

/** The characters of RFC 7512 §2.3, `pk11-pchar`, without the percent sign. */
const pathCharacters = /^[A-Za-z0-9._~:[\]@!$'()*+,=&%-]*$/;
/** Those of §2.4, `pk11-qchar`. */
const queryCharacters = /^[A-Za-z0-9._~:[\]@!$'()*+,=/?|%-]*$/;

/**
 * Takes a store's URI apart and checks it: only attributes that the scheme has, each once, in RFC 7512's characters.
 *
 * @throws KeyStoreError `configuration-malformed`, naming the attribute and never a value that may be secret.
 */
export function parseStoreUri(text: string): StoreUriParts {
  if (text.length > maximumUriCharacters) throw malformed("a store's URI is too long");
  const scheme = keyUriSchemes.find((known) => text.startsWith(`${known}:`));
  if (scheme === undefined) {
    throw malformed(`a store's URI begins with one of ${keyUriSchemes.map((name) => `${name}:`).join(" ")}`);
  }
  const rest = text.slice(scheme.length + 1);
  const mark = rest.indexOf("?");
  const pathText = mark < 0 ? rest : rest.slice(0, mark);
  const queryText = mark < 0 ? "" : rest.slice(mark + 1);
  const query = readAttributes(scheme, "query", queryText === "" ? [] : queryText.split("&"));
  const path =
    scheme === "file"
      ? new Map([["folder", folderOf(pathText)]])
      : readAttributes(scheme, "path", pathText === "" ? [] : pathText.split(";"));
  const missing = rulesOf[scheme].required.find((name) => !path.has(name) && !query.has(name));
  if (missing !== undefined) throw malformed(`a URI of a ${scheme} store needs ${missing}`);
  return { scheme, path, query };
}

function readAttributes(
  scheme: KeyUriScheme,
  part: "path" | "query",
  texts: readonly string[],
): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const text of texts) {
    const equals = text.indexOf("=");
    const name = text.slice(0, Math.max(equals, 0));
    checkName(scheme, part, name);
    if (attributes.has(name)) throw malformed(`${name} is there twice`);
    attributes.set(name, readValue(part, name, text.slice(equals + 1)));
  }
  return attributes;
}

function checkName(scheme: KeyUriScheme, part: "path" | "query", name: string): void {
  if (name === "pin-value") {
    throw malformed(
      "pin-value is not taken: a PIN does not belong in a URI; name a file with pin-source=file:/…",
    );
  }
  if (name.startsWith("slot-")) {
    throw malformed(
      `${name} is not taken: devices number their slots anew; name the device by serial or token`,
    );
  }
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw malformed(`the ${part} of a store's URI is made of name=value`);
  if (rulesOf[scheme][part].includes(name)) return;
  const known = rulesOf[scheme][part].join(", ");
  throw malformed(`the ${part} of a ${scheme} store's URI has no "${name}"; it has ${known}`);
}

function readValue(part: "path" | "query", name: string, text: string): string {
  const characters = part === "path" ? pathCharacters : queryCharacters;
  const value = characters.test(text) ? unescapeValue(text) : undefined;
  const decoded = value === undefined ? undefined : textOfValue(value);
  if (decoded === undefined) {
    throw malformed(`${name} must be UTF-8 with everything but RFC 7512's characters escaped as %xx`);
  }
  if (decoded === "" && name !== "serial") throw malformed(`${name} is empty`);
  if (decoded.includes("\u0000")) throw malformed(`${name} holds a zero octet`);
  return decoded;
}

function folderOf(text: string): string {
  const value = unescapeValue(text);
  const folder = value === undefined ? undefined : textOfValue(value);
  if (folder?.startsWith("/") !== true || folder.includes("\u0000")) {
    throw malformed("a folder of keys is named by its absolute path: file:/…");
  }
  return folder;
}

function malformed(message: string): KeyStoreError {
  return new KeyStoreError("configuration-malformed", message);
}
