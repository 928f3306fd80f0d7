import { scrypt } from "node:crypto";
import { join } from "node:path";

import { base64Of, utf8Of } from "@yinxin/crypto/bytes";

import { KeyStoreError } from "../key-store/index.ts";
import { createPrivateFile, openPrivateFolder, readPrivateFile } from "../private-files/index.ts";
import { decode, readTextMembers, seal, unseal } from "./sealed-json.ts";
import type { MasterKey, Sealed } from "./sealed-json.ts";
import { isStoreCipherName, storeCiphers } from "./store-cipher.ts";
import type { StoreCipherName } from "./store-cipher.ts";

const storeFileName = "store.json";

/** The first format had no cipher to choose: it was AES-256-GCM. Its stores stay readable. */
const firstFormat = "yinxin-key-store-1";
const firstMembers = ["format", "kdf", "salt", "nonce", "ciphertext"] as const;
const format = "yinxin-key-store-2";
const storeMembers = ["format", "kdf", "cipher", "salt", "nonce", "ciphertext"] as const;

/**
 * scrypt's cost (RFC 7914 §2): 32 MiB and about a tenth of a second. That is little for a passphrase a person would
 * think of; services get a random one from a file, and a suite of them must start within seconds. A new cost is a new
 * name here; the old one stays readable.
 */
const costs = {
  "scrypt-n32768-r8-p1": { N: 32_768, r: 8, p: 1 },
} as const;
const defaultCost: keyof typeof costs = "scrypt-n32768-r8-p1";

/** scrypt takes 128 · N · r bytes; Node's own limit is just below what these costs need. */
const scryptMaximumBytes = 64 * 1024 * 1024;

const saltBytes = 16;

export interface MasterKeyRequest {
  readonly folder: string;
  readonly passphrase: Uint8Array;
  readonly randomBytes: (length: number) => Uint8Array;
  /** For a store that is not there yet. */
  readonly cipher: StoreCipherName;
}

/**
 * The folder's master key. A folder that is missing or empty becomes a new store.
 *
 * @throws KeyStoreError `passphrase-wrong`, also for an empty one; `key-file-damaged` if `store.json` is malformed, or is
 *   missing beside other files (a new one would make their keys unreadable for ever); `key-file-permissions`.
 */
export async function openMasterKey(request: MasterKeyRequest): Promise<MasterKey> {
  if (request.passphrase.length === 0) throw new KeyStoreError("passphrase-wrong", "the passphrase is empty");
  const names = await openPrivateFolder(request.folder);
  const path = join(request.folder, storeFileName);
  const stored = await readPrivateFile(path);
  if (stored !== undefined) return unlock(request, stored);
  // What a crash left of a store that was being made does not count.
  if (names.some((name) => !name.startsWith(storeFileName))) {
    throw new KeyStoreError("key-file-damaged", `${request.folder} has files and no ${storeFileName}`);
  }
  const { masterKey, file } = await newStore(request);
  if (await createPrivateFile(path, file, request.randomBytes)) return masterKey;
  // Another process was faster; its store is the one.
  masterKey.key.fill(0);
  return openMasterKey(request);
}

/** What `store.json` says, whichever of the two formats it has. */
interface StoreFile extends Sealed {
  readonly kdf: string;
  readonly salt: string;
  readonly cipher: string;
  /** What the check value is bound to. */
  readonly header: readonly string[];
}

function readStoreFile(bytes: Uint8Array): StoreFile | undefined {
  const first = readTextMembers(bytes, firstMembers);
  if (first?.format === firstFormat) {
    return { ...first, cipher: "aes-256-gcm", header: [first.format, first.kdf, first.salt] };
  }
  const store = readTextMembers(bytes, storeMembers);
  return store?.format === format ? { ...store, header: storeHeader(store) } : undefined;
}

async function unlock({ folder, passphrase }: MasterKeyRequest, stored: Uint8Array): Promise<MasterKey> {
  const store = readStoreFile(stored);
  const salt = store === undefined ? undefined : decode(store.salt);
  if (store === undefined || salt?.length !== saltBytes || !isCostName(store.kdf)) {
    throw malformed(folder);
  }
  if (!isStoreCipherName(store.cipher)) throw malformed(folder);
  const masterKey = await deriveKey(passphrase, salt, store.kdf, store.cipher);
  if (unseal(masterKey, store.header, store) === undefined) {
    masterKey.key.fill(0);
    throw new KeyStoreError("passphrase-wrong", `the passphrase does not open ${folder}`);
  }
  return masterKey;
}

function malformed(folder: string): KeyStoreError {
  return new KeyStoreError("key-file-damaged", `${storeFileName} in ${folder} is not of format ${format}`);
}

async function newStore({ passphrase, randomBytes, cipher }: MasterKeyRequest) {
  const salt = randomBytes(saltBytes);
  const header = { format, kdf: defaultCost, cipher, salt: base64Of(salt) };
  const masterKey = await deriveKey(passphrase, salt, defaultCost, cipher);
  // Nothing is in it: that it opens is what tells a right passphrase from a wrong one.
  const check = seal(masterKey, randomBytes, storeHeader(header), new Uint8Array());
  return { masterKey, file: utf8Of(`${JSON.stringify({ ...header, ...check }, null, 2)}\n`) };
}

function storeHeader(store: {
  readonly format: string;
  readonly kdf: string;
  readonly cipher: string;
  readonly salt: string;
}): string[] {
  return [store.format, store.kdf, store.cipher, store.salt];
}

function isCostName(name: string): name is keyof typeof costs {
  return Object.hasOwn(costs, name);
}

function deriveKey(
  passphrase: Uint8Array,
  salt: Uint8Array,
  cost: keyof typeof costs,
  cipher: StoreCipherName,
): Promise<MasterKey> {
  const { keyBytes } = storeCiphers[cipher];
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, keyBytes, { ...costs[cost], maxmem: scryptMaximumBytes }, (error, key) => {
      if (error === null) resolve({ cipher, key });
      else reject(error);
    });
  });
}
