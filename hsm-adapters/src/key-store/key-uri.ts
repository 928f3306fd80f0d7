import { utf8Of } from "@yinxin/crypto/bytes";

import { KeyStoreError } from "./key-store-error.ts";
import { keyUriSchemes } from "./key-uri-scheme.ts";
import type { KeyUri, KeyUriScheme } from "./key-uri-scheme.ts";
import { escapeOctets, escapeValue, textOfValue, unescapeValue } from "./uri-escapes.ts";

/** A key URI taken apart. */
export interface KeyUriParts {
  readonly scheme: KeyUriScheme;
  /** Unescaped, in the order of the URI; `label` for a `file:` URI. All but `id` are UTF-8. */
  readonly attributes: ReadonlyMap<string, Uint8Array>;
}

type AttributeScheme = Exclude<KeyUriScheme, "file">;

interface AttributeRules {
  /** In the order in which they are written. */
  readonly order: readonly string[];
  readonly required: readonly string[];
}

/**
 * `token`, `manufacturer` and `model` are for tokens that all have the same serial number; `kind` and `use` for devices that have
 * more than one key pair under a number or name: `kind=rsa`, `use=encrypt`.
 */
const attributesOf: Readonly<Record<AttributeScheme, AttributeRules>> = {
  pkcs11: { order: ["token", "manufacturer", "serial", "model", "id"], required: ["serial", "id"] },
  sdf: { order: ["serial", "index", "kind", "use"], required: ["serial", "index"] },
  skf: {
    order: ["serial", "application", "container", "use"],
    required: ["serial", "application", "container"],
  },
  piv: { order: ["serial", "slot"], required: ["serial", "slot"] },
  remote: { order: ["server", "host", "port", "key"], required: ["key"] },
  simulator: { order: ["serial", "id"], required: ["serial", "id"] },
};

/** More than any device's numbers and names come to; a longer text is something else. */
const maximumUriCharacters = 2_048;

/** Long enough for `ring.purpose-2026`, short enough for every file system and device. */
const maximumLabelCharacters = 64;

/**
 * Lower case only, because some file systems do not tell cases apart; dots and hyphens only inside, so that no label is a
 * path, a hidden file or an option of a command.
 */
const labelPattern = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;

/**
 * A key URI in its one form.
 *
 * @throws KeyStoreError `key-uri-malformed`, also for a URI that could be written otherwise ({@link canonicalKeyUri} says how)
 *   and for one with a query: an identity has none.
 */
export function parseKeyUri(text: string): KeyUri {
  const uri = canonicalKeyUri(text);
  if (uri !== text) throw malformed(text, `it is written ${uri}`);
  return uri;
}

/**
 * The one form of a URI that a person or another program may have written otherwise: attributes in another order, other
 * characters escaped, digits in upper case. Values are compared after unescaping (RFC 7512 §2.3), so this is what compares them.
 *
 * @throws KeyStoreError `key-uri-malformed`.
 */
export function canonicalKeyUri(text: string): KeyUri {
  if (text.length > maximumUriCharacters) throw malformed(text.slice(0, 64), "it is too long");
  if (text.includes("?")) throw malformed(withoutQuery(text), "a key's identity has no query part");
  const scheme = keyUriSchemes.find((known) => text.startsWith(`${known}:`));
  if (scheme === undefined) throw malformed(text, `its scheme is none of ${keyUriSchemes.join(", ")}`);
  const rest = text.slice(scheme.length + 1);
  if (scheme === "file") return fileKeyUri(rest);
  return writeKeyUri(scheme, Object.fromEntries(attributesIn(text, rest)));
}

/** The parts of a URI, checked: a `KeyUri` may have been written by hand. @throws KeyStoreError `key-uri-malformed`. */
export function readKeyUri(uri: KeyUri): KeyUriParts {
  const text = parseKeyUri(uri);
  const colon = text.indexOf(":");
  const scheme = text.slice(0, colon) as KeyUriScheme;
  const rest = text.slice(colon + 1);
  const attributes = scheme === "file" ? new Map([["label", utf8Of(rest)]]) : attributesIn(text, rest);
  return { scheme, attributes };
}

/**
 * The URI of a key with these attributes; texts are written as UTF-8.
 *
 * @throws KeyStoreError `key-uri-malformed` for an attribute that the scheme does not have, that it misses, or that is empty
 *   (only a serial number may be: some devices have none).
 */
export function writeKeyUri(
  scheme: KeyUriScheme,
  attributes: Readonly<Record<string, string | Uint8Array>>,
): KeyUri {
  const values = new Map(
    Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === "string" ? utf8Of(value) : value,
    ]),
  );
  if (scheme === "file") return fileKeyUri(onlyLabel(values));
  const { order, required } = attributesOf[scheme];
  checkAttributes(scheme, values, { order, required });
  const written = order.flatMap((name) => {
    const value = values.get(name);
    if (value === undefined) return [];
    return [`${name}=${name === "id" ? escapeOctets(value) : escapeValue(value)}`];
  });
  const uri = `${scheme}:${written.join(";")}` as const;
  if (uri.length > maximumUriCharacters) throw malformed(uri.slice(0, 64), "it is too long");
  return uri;
}

/** The URI of a key in a folder of encrypted files. @throws KeyStoreError `key-uri-malformed` for such a label. */
export function fileKeyUri(label: string): `file:${string}` {
  checkKeyLabel(label);
  return `file:${label}`;
}

/** The label of a `file:` URI. @throws KeyStoreError `key-uri-malformed` for any other. */
export function labelOfKeyUri(uri: KeyUri): string {
  const text = parseKeyUri(uri);
  if (!text.startsWith("file:")) throw malformed(text, "it is not the URI of a file");
  return text.slice("file:".length);
}

/**
 * Whether a label may be given to a new key: at most 64 lower-case letters, digits, dots and hyphens. Labels read from a device may
 * be anything.
 *
 * @throws KeyStoreError `key-uri-malformed`.
 */
export function checkKeyLabel(label: string): void {
  if (label.length <= maximumLabelCharacters && labelPattern.test(label)) return;
  const shown = label.length > maximumLabelCharacters ? `${label.slice(0, maximumLabelCharacters)}…` : label;
  throw new KeyStoreError(
    "key-uri-malformed",
    `"${shown}" cannot be a key's label: at most ${String(maximumLabelCharacters)} of a–z, 0–9, with . and - only inside`,
    {
      nextStep: {
        zh: "另选标签，例如 --label seal.2026：只用小写字母、数字，中间可用 . 和 -；中文名称写进证书的主题。",
        en: "Choose another label, like --label seal.2026: lower-case letters and digits, with . and - inside. A name in Chinese goes into the certificate's subject.",
      },
    },
  );
}

function attributesIn(uri: string, path: string): Map<string, Uint8Array> {
  const attributes = new Map<string, Uint8Array>();
  for (const part of path.split(";")) {
    const equals = part.indexOf("=");
    const name = part.slice(0, Math.max(equals, 0));
    const value = unescapeValue(part.slice(equals + 1));
    if (name === "" || value === undefined) throw malformed(uri, `"${part}" is not name=value`);
    if (attributes.has(name)) throw malformed(uri, `${name} is there twice`);
    attributes.set(name, value);
  }
  return attributes;
}

function checkAttributes(
  scheme: AttributeScheme,
  values: ReadonlyMap<string, Uint8Array>,
  { order, required }: AttributeRules,
): void {
  const shown = `${scheme}:…`;
  const missing = required.find((name) => !values.has(name));
  if (missing !== undefined) throw malformed(shown, `${missing} is missing`);
  for (const [name, value] of values) {
    if (!order.includes(name)) throw malformed(shown, `${scheme} has no attribute "${name}"`);
    if (value.length === 0 && name !== "serial") throw malformed(shown, `${name} is empty`);
    if (name !== "id" && textOfValue(value) === undefined) throw malformed(shown, `${name} is not UTF-8`);
  }
}

function onlyLabel(values: ReadonlyMap<string, Uint8Array>): string {
  const label = values.get("label");
  if (label === undefined || values.size !== 1)
    throw malformed("file:…", "a file has a label and nothing else");
  return textOfValue(label) ?? "";
}

/** What stood behind the question mark may be a PIN: it is not repeated. */
function withoutQuery(text: string): string {
  return `${text.slice(0, text.indexOf("?"))}?…`;
}

function malformed(text: string, why: string): KeyStoreError {
  return new KeyStoreError("key-uri-malformed", `"${text}" does not name a key: ${why}`);
}
