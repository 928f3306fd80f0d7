import { KeyStoreError } from "./key-store-error.ts";

/**
 * Names a key without being one: a scheme for the kind of key store, and the key's label in it. The shape is that of
 * RFC 7512 §2.3, so that keys in devices can be named by attributes in the same place.
 */
export type KeyUri = `file:${string}`;

/** Long enough for `ring.purpose-2026`, short enough for every file system and device. */
const maximumLabelCharacters = 64;

/**
 * Lower case only, because some file systems do not tell cases apart; dots and hyphens only inside, so that no label is a
 * path, a hidden file or an option of a command.
 */
const labelPattern = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;

/** @throws KeyStoreError `key-uri-malformed`. */
export function parseKeyUri(text: string): KeyUri {
  const uri = fileKeyUri(text.slice("file:".length));
  if (uri !== text) throw malformed(text);
  return uri;
}

/** The URI of a key in a folder of encrypted files. @throws KeyStoreError `key-uri-malformed` for such a label. */
export function fileKeyUri(label: string): KeyUri {
  if (label.length > maximumLabelCharacters || !labelPattern.test(label)) throw malformed(label);
  return `file:${label}`;
}

/** The label of a URI, checked: a `KeyUri` may have been written by hand. @throws KeyStoreError `key-uri-malformed`. */
export function labelOfKeyUri(uri: KeyUri): string {
  return parseKeyUri(uri).slice("file:".length);
}

function malformed(text: string): KeyStoreError {
  return new KeyStoreError("key-uri-malformed", `"${text}" does not name a key`);
}
