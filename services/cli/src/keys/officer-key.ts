import { parseCertificate } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";
import type { Signer } from "@yinxin/crypto/signer";
import { KeyStoreError, parseStoreUri } from "@yinxin/hsm-adapters/key-store";
import type { KeyDescription, KeyStore } from "@yinxin/hsm-adapters/key-store";
import type { PinSource } from "@yinxin/hsm-adapters/pin";

import type { Terminal } from "../terminal/index.ts";
import { createOpener } from "./open-store.ts";

/** Which key an officer signs with. */
export interface OfficerKeyRequest {
  /** URI of the store: a card, a token, a folder. */
  readonly store: string;
  readonly label: string;
  readonly pinFile?: string;
  /** Instead of any other: the passphrase of a key that is sealed under shares. */
  readonly pin?: PinSource;
  readonly isSandbox: boolean;
}

/** An officer's key, with the certificate that is kept beside it. */
export interface OfficerKey {
  readonly signer: Signer;
  readonly certificate: Certificate;
  close(): Promise<void>;
}

/**
 * Opens the store of an officer's key; its PIN comes from a file, from the URI's `pin-source`, or is asked for.
 *
 * @throws KeyStoreError `key-not-found` if the store has no such key, or no certificate for it; what opening throws.
 */
export async function openOfficerKey(request: OfficerKeyRequest, terminal: Terminal): Promise<OfficerKey> {
  const { store: uri, label, pinFile, pin, isSandbox } = request;
  parseStoreUri(uri);
  const opener = await createOpener(
    {
      uri,
      ...(pinFile === undefined ? {} : { pinFile }),
      allowLastTry: false,
      mode: isSandbox ? "sandbox" : "production",
    },
    terminal,
  );
  try {
    const store = await opener.open(pin === undefined ? {} : { pin });
    const close = async (): Promise<void> => {
      await store.close();
      await opener.close();
    };
    try {
      const key = await keyLabelled(store, label);
      const certificate = await certificateOf(store, key);
      return { signer: await store.signer(key.uri), certificate, close };
    } catch (cause) {
      await store.close();
      throw cause;
    }
  } catch (cause) {
    await opener.close();
    throw cause;
  }
}

async function keyLabelled(store: KeyStore, label: string): Promise<KeyDescription> {
  const keys = await store.list();
  const key = keys.find((each) => each.label === label);
  if (key !== undefined) return key;
  throw new KeyStoreError("key-not-found", `there is no key labelled ${label} in this store`, {
    facts: { seen: keys.map((each) => each.label) },
  });
}

async function certificateOf(store: KeyStore, { uri }: KeyDescription): Promise<Certificate> {
  const der = await store.certificates?.read(uri);
  if (der !== undefined) return parseCertificate(der);
  throw new KeyStoreError("key-not-found", `there is no certificate beside ${uri}`, {
    facts: { uri },
    nextStep: {
      zh: "先写入证书：yinxin keys certificate KEY-URI --store URI --write 证书文件",
      en: "Keep its certificate there first: yinxin keys certificate KEY-URI --store URI --write FILE",
    },
  });
}
