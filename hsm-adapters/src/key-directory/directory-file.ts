import { signatureAlgorithmNames } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { base64Of, bytesOfBase64, hexOf, textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";

import { checkKeyLabel, KeyStoreError, parseKeyUri } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import { readPrivateFile, replacePrivateFile } from "../private-files/index.ts";

const format = "yinxin-key-directory-1";

/** More than a service has keys; each costs a few hundred bytes. */
const maximumEntries = 2_000;

/**
 * One label of the service. A key that the device makes is `planned` first, under a label of its own, so that after a crash it is
 * found again instead of made twice.
 */
export type DirectoryEntry = PlannedKey | RecordedKey;

export interface PlannedKey {
  readonly label: string;
  readonly algorithm: SignatureAlgorithmName;
  readonly store: string;
  /** What the key is or will be called in the device. */
  readonly deviceLabel: string;
}

export interface RecordedKey {
  readonly label: string;
  readonly algorithm: SignatureAlgorithmName;
  readonly uri: KeyUri;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** Its destruction has begun: after a crash the device may not have it any more, and that is no loss. */
  readonly isEnding?: true;
}

export function isRecorded(entry: DirectoryEntry): entry is RecordedKey {
  return "uri" in entry;
}

/**
 * What the file says; nothing if it is not there yet.
 *
 * @throws KeyStoreError `key-file-damaged` if it is not a directory, `key-file-permissions` if others may touch it.
 */
export async function readDirectoryFile(path: string): Promise<readonly DirectoryEntry[]> {
  const bytes = await readPrivateFile(path);
  if (bytes === undefined) return [];
  const entries = parseEntries(bytes);
  if (entries === undefined) throw damaged(path, `is not of format ${format}`);
  const labels = entries.map(({ label }) => label);
  const uris = entries.filter(isRecorded).map(({ uri }) => uri);
  if (new Set(labels).size !== labels.length) throw damaged(path, "has a label twice");
  // By the key itself too: a device and its clone have the same one under two names.
  const publicKeys = entries.filter(isRecorded).map(({ publicKey }) => hexOf(publicKey));
  const isTwice = [uris, publicKeys].some((names) => new Set(names).size !== names.length);
  if (isTwice) throw damaged(path, "gives one key to two labels");
  return entries;
}

/** Puts these entries in the place of those that were there, all or none. */
export async function writeDirectoryFile(
  path: string,
  entries: readonly DirectoryEntry[],
  randomBytes: (length: number) => Uint8Array,
): Promise<void> {
  const keys = entries.map((entry) =>
    isRecorded(entry)
      ? {
          label: entry.label,
          algorithm: entry.algorithm,
          uri: entry.uri,
          public_key: base64Of(entry.publicKey),
          ...(entry.isEnding === true && { ending: true }),
        }
      : {
          label: entry.label,
          algorithm: entry.algorithm,
          store: entry.store,
          device_label: entry.deviceLabel,
        },
  );
  await replacePrivateFile(path, utf8Of(`${JSON.stringify({ format, keys }, null, 2)}\n`), randomBytes);
}

function parseEntries(bytes: Uint8Array): readonly DirectoryEntry[] | undefined {
  try {
    return readEntries(JSON.parse(textOfUtf8(bytes)));
  } catch (cause) {
    // Not UTF-8, not JSON, not base64, not a URI: all the same to who has to restore it.
    const kinds = [SyntaxError, TypeError, RangeError, KeyStoreError];
    if (kinds.some((kind) => cause instanceof kind)) return undefined;
    throw cause;
  }
}

function readEntries(file: unknown): readonly DirectoryEntry[] | undefined {
  if (!isObject(file) || file["format"] !== format) return undefined;
  const { keys } = file;
  if (!Array.isArray(keys) || keys.length > maximumEntries) return undefined;
  const entries = keys.map(parseEntry);
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
}

function parseEntry(value: unknown): DirectoryEntry | undefined {
  if (!isObject(value)) return undefined;
  const members = ["label", "algorithm", "uri", "public_key", "store", "device_label"] as const;
  const [label, algorithmName, uri, publicKey, store, deviceLabel] = members.map((name) => value[name]);
  const algorithm = signatureAlgorithmNames.find((name) => name === algorithmName);
  if (typeof label !== "string" || algorithm === undefined) return undefined;
  checkKeyLabel(label);
  if (typeof uri === "string" && typeof publicKey === "string") {
    return {
      ...{ label, algorithm, uri: parseKeyUri(uri), publicKey: bytesOfBase64(publicKey) },
      ...(value["ending"] === true && { isEnding: true as const }),
    };
  }
  if (typeof store !== "string" || typeof deviceLabel !== "string") return undefined;
  checkKeyLabel(deviceLabel);
  return { label, algorithm, store, deviceLabel };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function damaged(path: string, what: string): KeyStoreError {
  return new KeyStoreError("key-file-damaged", `the key directory ${path} ${what}`);
}
