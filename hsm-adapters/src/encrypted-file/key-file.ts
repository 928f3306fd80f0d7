import { signatureAlgorithmNames } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { base64Of, equalBytes, utf8Of } from "@yinxin/crypto/bytes";
import { createSoftwareSigner, SignerError } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";

import { KeyStoreError } from "../key-store/index.ts";
import { decode, readTextMembers, seal, unseal } from "./sealed-json.ts";
import type { MasterKey, Sealed } from "./sealed-json.ts";

/** The first format did not say where a key came from: all were generated. Its files stay readable. */
const firstFormat = "yinxin-key-1";
const firstMembers = ["format", "label", "algorithm", "public_key", "nonce", "ciphertext"] as const;
const format = "yinxin-key-2";
const keyMembers = ["format", "label", "algorithm", "origin", "public_key", "nonce", "ciphertext"] as const;

/** `imported`: it was outside once, and says so for ever. */
export type KeyOrigin = "generated" | "imported";

export interface KeyToWrite {
  readonly label: string;
  readonly algorithm: SignatureAlgorithmName;
  readonly origin: KeyOrigin;
  readonly publicKey: Uint8Array;
  /** PrivateKeyInfo, DER. */
  readonly pkcs8: Uint8Array;
}

/** An opened key file. */
export interface OpenKey {
  readonly signer: Signer;
  readonly origin: KeyOrigin;
}

/** The contents of a key file. */
export function encodeKeyFile(
  masterKey: MasterKey,
  randomBytes: (length: number) => Uint8Array,
  { label, algorithm, origin, publicKey, pkcs8 }: KeyToWrite,
): Uint8Array {
  const header = { format, label, algorithm, origin, public_key: base64Of(publicKey) };
  const sealed = seal(masterKey, randomBytes, Object.values(header), pkcs8);
  return utf8Of(`${JSON.stringify({ ...header, ...sealed }, null, 2)}\n`);
}

/**
 * Opens a key file, which must be the file of this label in this store, unchanged since it was written, and hands its private key
 * to `use`, after which the copy is overwritten.
 *
 * @param algorithm the row to sign by; the key's own if absent.
 * @throws KeyStoreError `key-file-damaged`; `algorithm-not-supported` if the key does not sign by the row.
 */
export function openKeyFile<Result>(
  masterKey: MasterKey,
  label: string,
  bytes: Uint8Array,
  use: (key: OpenKey, pkcs8: Uint8Array) => Result,
  algorithm?: SignatureAlgorithmName,
): Result {
  const file = readKeyFile(bytes);
  if (file?.label !== label || !isKnownAlgorithm(file.algorithm)) throw damaged(label);
  const pkcs8 = unseal(masterKey, file.header, file);
  if (pkcs8 === undefined) throw damaged(label);
  try {
    const signer = signerOf(pkcs8, file.algorithm, algorithm);
    const publicKey = decode(file.publicKey);
    if (publicKey === undefined || !equalBytes(signer.publicKey, publicKey)) throw damaged(label);
    return use({ signer, origin: file.origin }, pkcs8);
  } finally {
    // The copy inside node:crypto stays until the signer goes; this one has done its work.
    pkcs8.fill(0);
  }
}

interface KeyFile extends Sealed {
  readonly label: string;
  readonly algorithm: string;
  readonly origin: KeyOrigin;
  readonly publicKey: string;
  /** What the private key is bound to. */
  readonly header: readonly string[];
}

function readKeyFile(bytes: Uint8Array): KeyFile | undefined {
  const first = readTextMembers(bytes, firstMembers);
  if (first?.format === firstFormat) {
    const header = [first.format, first.label, first.algorithm, first.public_key];
    return { ...first, origin: "generated", publicKey: first.public_key, header };
  }
  const file = readTextMembers(bytes, keyMembers);
  if (file?.format !== format || !isOrigin(file.origin)) return undefined;
  const header = [file.format, file.label, file.algorithm, file.origin, file.public_key];
  return { ...file, origin: file.origin, publicKey: file.public_key, header };
}

function signerOf(
  pkcs8: Uint8Array,
  own: SignatureAlgorithmName,
  wanted: SignatureAlgorithmName | undefined,
): Signer {
  try {
    return createSoftwareSigner(pkcs8, wanted ?? own);
  } catch (cause) {
    if (!(cause instanceof SignerError)) throw cause;
    const message = `a key for ${own} does not sign by ${String(wanted)}`;
    throw new KeyStoreError("algorithm-not-supported", message, { cause });
  }
}

/** Whether this store can make keys for the algorithm. */
export function isKnownAlgorithm(name: string): name is SignatureAlgorithmName {
  return signatureAlgorithmNames.some((known) => known === name);
}

function isOrigin(text: string): text is KeyOrigin {
  return text === "generated" || text === "imported";
}

function damaged(label: string): KeyStoreError {
  return new KeyStoreError(
    "key-file-damaged",
    `the file of key ${label} was changed, or belongs to another store`,
    { facts: { uri: `file:${label}` } },
  );
}
