import { readFile } from "node:fs/promises";

import { KeyStoreError } from "../key-store/index.ts";
import type { KeyStore, StoreUriParts } from "../key-store/index.ts";
import { readPrivateFile } from "../private-files/index.ts";
import { openRemoteKeyStore } from "../remote/index.ts";
import { filePathOf } from "./pin-source-of.ts";
import type { OpeningDeps, StoreSettings } from "./store-settings.ts";

/** Chains and lists of authorities are some kilobytes; this is something else. */
const maximumPemBytes = 1024 * 1024;

/**
 * Opens `remote:host=…;port=…?certificate=file:…&key=file:…&ca=file:…`; `server` is the name in the server's certificate, if it is not
 * the host's.
 *
 * @throws KeyStoreError `configuration-malformed`, naming the attribute; `key-file-permissions` if others may read the key; what
 *   `openRemoteKeyStore` throws.
 */
export async function openRemote(
  { path, query }: StoreUriParts,
  { deadlineMilliseconds }: StoreSettings,
  { verifier }: OpeningDeps,
): Promise<KeyStore> {
  const server = path.get("server");
  const fileOf = (attribute: string): string => filePathOf(attribute, query.get(attribute) ?? "");
  const key = await readPrivateFile(fileOf("key"));
  if (key === undefined) throw malformed("key names a file that is not there");
  try {
    return await openRemoteKeyStore({
      host: path.get("host") ?? "",
      port: portOf(path.get("port") ?? ""),
      certificate: await readPem("certificate", fileOf("certificate")),
      key,
      ca: await readPem("ca", fileOf("ca")),
      verifier,
      ...(server !== undefined && { server }),
      ...(deadlineMilliseconds !== undefined && { deadlineMilliseconds }),
    });
  } finally {
    key.fill(0);
  }
}

function portOf(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw malformed("port is a number from 1 to 65535");
  return port;
}

async function readPem(attribute: string, path: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(path);
    if (bytes.length <= maximumPemBytes) return bytes;
  } catch (cause) {
    throw malformed(`${attribute} names a file that cannot be read: ${path}`, cause);
  }
  throw malformed(`${attribute} names a file that is too large`);
}

function malformed(message: string, cause?: unknown): KeyStoreError {
  return new KeyStoreError("configuration-malformed", message, { cause });
}
