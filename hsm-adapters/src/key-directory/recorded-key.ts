import { equalBytes } from "@yinxin/crypto/bytes";

import { fileKeyUri, KeyStoreError } from "../key-store/index.ts";
import type { KeyDescription } from "../key-store/index.ts";
import type { RecordedKey } from "./directory-file.ts";

/** The key as the service knows it. @throws KeyStoreError if it is gone or another one. */
export function describeRecorded(entry: RecordedKey, key: KeyDescription | undefined): KeyDescription {
  if (key === undefined) throw gone(entry);
  refuseChange(entry, key.publicKey);
  const { label, algorithm, publicKey } = entry;
  return { uri: fileKeyUri(label), label, algorithm, publicKey, attributes: key.attributes };
}

/** @throws KeyStoreError `key-file-damaged`, naming both, if what is found is not what was recorded. */
export function refuseChange({ label, uri, publicKey }: RecordedKey, found: Uint8Array): void {
  if (equalBytes(publicKey, found)) return;
  const message = `the key ${label} is recorded at ${uri}, and another key is there now`;
  throw new KeyStoreError("key-file-damaged", message, { facts: { uri } });
}

/** The refusal for a recorded key that is not there any more. */
export function gone({ label, uri }: RecordedKey): KeyStoreError {
  const message = `the key ${label} is recorded at ${uri}, and there is no key there`;
  return new KeyStoreError("key-not-found", message, { facts: { uri } });
}
