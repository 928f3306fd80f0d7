import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { base64Of, equalBytes, utf8Of } from "@yinxin/crypto/bytes";
import { createSoftwareSigner } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";

import { KeyStoreError } from "../key-store/index.ts";
import { decode, readTextMembers, seal, unseal } from "./sealed-json.ts";

const format = "yinxin-key-1";
const keyMembers = ["format", "label", "algorithm", "public_key", "nonce", "ciphertext"] as const;

export interface KeyToWrite {
  readonly label: string;
  readonly algorithm: SignatureAlgorithmName;
  readonly publicKey: Uint8Array;
  /** PrivateKeyInfo, DER. */
  readonly pkcs8: Uint8Array;
}

/** The contents of a key file. */
export function encodeKeyFile(
  masterKey: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
  key: KeyToWrite,
): Uint8Array {
  const header = { format, label: key.label, algorithm: key.algorithm, public_key: base64Of(key.publicKey) };
  const sealed = seal(masterKey, randomBytes, headerOf(header), key.pkcs8);
  return utf8Of(`${JSON.stringify({ ...header, ...sealed }, null, 2)}\n`);
}

/**
 * The key in a key file, which must be the file of this label in this store, unchanged since it was written.
 *
 * @throws KeyStoreError `key-file-damaged`.
 */
export function openKeyFile(masterKey: Uint8Array, label: string, bytes: Uint8Array): Signer {
  const file = readTextMembers(bytes, keyMembers);
  if (file?.format !== format || file.label !== label) throw damaged(label);
  const pkcs8 = unseal(masterKey, headerOf(file), file);
  if (pkcs8 === undefined) throw damaged(label);
  const signer = createSoftwareSigner(pkcs8);
  // The copy inside node:crypto stays until the signer goes; this one has done its work.
  pkcs8.fill(0);
  const publicKey = decode(file.public_key);
  if (
    signer.algorithm !== file.algorithm ||
    publicKey === undefined ||
    !equalBytes(signer.publicKey, publicKey)
  ) {
    throw damaged(label);
  }
  return signer;
}

/** What this store makes keys for: the rows whose keys sign by one row only, and that a service signs with. */
const keyFileAlgorithms = ["SM2", "ES256", "Ed25519"] as const satisfies readonly SignatureAlgorithmName[];

/** Whether this store can make keys for the algorithm. */
export function isKnownAlgorithm(name: string): name is SignatureAlgorithmName {
  return keyFileAlgorithms.some((known) => known === name);
}

function headerOf(file: {
  readonly format: string;
  readonly label: string;
  readonly algorithm: string;
  readonly public_key: string;
}): string[] {
  return [file.format, file.label, file.algorithm, file.public_key];
}

function damaged(label: string): KeyStoreError {
  return new KeyStoreError(
    "key-file-damaged",
    `the file of key ${label} was changed, or belongs to another store`,
  );
}
