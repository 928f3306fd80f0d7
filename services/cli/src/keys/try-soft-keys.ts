import { resolve } from "node:path";

import { equalBytes, utf8Of } from "@yinxin/crypto/bytes";
import { verifySignature } from "@yinxin/crypto/signer";
import { KeyStoreError } from "@yinxin/hsm-adapters/key-store";
import type { KeyStore } from "@yinxin/hsm-adapters/key-store";

import { CommandFailure } from "../terminal/index.ts";
import type { Bilingual, Terminal } from "../terminal/index.ts";
import { createOpener } from "./open-store.ts";

export interface SoftKeysToTry {
  /** Of encrypted key files. */
  readonly folder: string;
  readonly passphraseFile: string;
  /** What is known of public keys, by URI. */
  readonly recorded: ReadonlyMap<string, Uint8Array>;
}

/**
 * Opens every key of a folder, lets it sign, verifies, and holds its public key against what is recorded: what a restore test is.
 *
 * @returns how many signed, and the first thing that is wrong.
 * @throws CommandFailure `keys-unusable` if the folder does not open.
 */
export async function trySoftKeys(
  { folder, passphraseFile, recorded }: SoftKeysToTry,
  terminal: Terminal,
): Promise<{ readonly signed: number; readonly problem?: Bilingual }> {
  const [store, passphrase] = [folder, passphraseFile].map((path) => encodeURI(resolve(path)));
  const uri = `file:${store ?? ""}?pin-source=file:${passphrase ?? ""}`;
  try {
    const opener = await createOpener({ uri, allowLastTry: false, mode: "production" }, terminal);
    try {
      const store = await opener.open();
      try {
        return await tryEach(store, recorded, utf8Of(`yinxin restore test ${terminal.now().toISOString()}`));
      } finally {
        await store.close();
      }
    } finally {
      await opener.close();
    }
  } catch (cause) {
    if (!(cause instanceof KeyStoreError)) throw cause;
    throw new CommandFailure(
      "keys-unusable",
      {
        zh: `密钥文件夹无法打开（${cause.code}）`,
        en: `the folder of keys does not open: ${cause.code} (${cause.message})`,
      },
      { cause },
    );
  }
}

async function tryEach(
  store: KeyStore,
  recorded: ReadonlyMap<string, Uint8Array>,
  message: Uint8Array,
): Promise<{ readonly signed: number; readonly problem?: Bilingual }> {
  const keys = await store.list();
  for (const [signed, { uri, publicKey, algorithm }] of keys.entries()) {
    const known = recorded.get(uri);
    if (known !== undefined && !equalBytes(known, publicKey))
      return {
        signed,
        problem: {
          zh: `${uri} 的公钥与数据库登记的不同`,
          en: `${uri} has another public key than the database says`,
        },
      };
    const signer = await store.signer(uri);
    const signature = await signer.sign({ message });
    if (!verifySignature({ algorithm, publicKey, message, signature }))
      return {
        signed,
        problem: { zh: `${uri} 的签名验证不通过`, en: `${uri} makes signatures that do not verify` },
      };
  }
  const there = new Set<string>(keys.map(({ uri }) => uri));
  const missing = [...recorded.keys()].find((uri) => uri.startsWith("file:") && !there.has(uri));
  return {
    signed: keys.length,
    ...(missing === undefined ? {} : { problem: { zh: `缺少 ${missing}`, en: `there is no ${missing}` } }),
  };
}
