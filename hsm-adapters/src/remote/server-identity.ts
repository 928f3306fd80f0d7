import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { derOfPem, textOfUtf8 } from "@yinxin/crypto/bytes";

import { KeyStoreError } from "../key-store/index.ts";

export interface ServerIdentity {
  /** PEM: the server's certificate with its chain, and its private key. */
  readonly certificate: Uint8Array;
  readonly key: Uint8Array;
  /** PEM: the authorities that issue the clients' certificates. */
  readonly clientCa: Uint8Array;
}

/**
 * OpenSSL takes an authority that is none, and then nobody is let in; a key that does not fit it refuses in words for nobody.
 *
 * @throws KeyStoreError `configuration-malformed`, naming which of the three is not what it should be.
 */
export function checkServerIdentity({ certificate, key, clientCa }: ServerIdentity): void {
  const [own] = certificatesIn("certificate", certificate);
  certificatesIn("client CA", clientCa);
  if (own?.checkPrivateKey(privateKeyOf(key)) !== true)
    throw malformed("the server's private key is not the one of its certificate");
}

function certificatesIn(what: string, pem: Uint8Array): X509Certificate[] {
  try {
    const certificates = derOfPem(textOfUtf8(pem), "CERTIFICATE").map((der) => new X509Certificate(der));
    if (certificates.length > 0) return certificates;
  } catch (cause) {
    throw malformed(`the server's ${what} is damaged`, cause);
  }
  throw malformed(`the server's ${what} holds no certificate in PEM`);
}

function privateKeyOf(key: Uint8Array): KeyObject {
  try {
    return createPrivateKey(Buffer.from(key));
  } catch {
    // The cause is dropped on purpose: it is about a private key.
    throw malformed("the server's private key is not one in PEM, or has a passphrase");
  }
}

function malformed(message: string, cause?: unknown): KeyStoreError {
  return new KeyStoreError("configuration-malformed", message, { cause });
}
