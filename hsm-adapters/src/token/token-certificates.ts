import { equalBytes } from "@yinxin/crypto/bytes";
import { DerError } from "@yinxin/crypto/der";
import { parseCertificate, X509Error } from "@yinxin/crypto/x509";

import { KeyStoreError, parseKeyUri } from "../key-store/index.ts";
import type { CertificateStorage } from "../key-store/index.ts";
import type { DeviceCaller } from "./device-caller.ts";
import type { KeyFinder } from "./key-finder.ts";

export interface TokenCertificatesDeps {
  readonly caller: DeviceCaller;
  readonly finder: KeyFinder;
}

/**
 * The certificates that the device keeps beside its keys. One that another program left there for another key is none of this key's:
 * it is not given out.
 */
export function certificatesOf(
  { caller, finder }: TokenCertificatesDeps,
  checkOpen: () => void,
): CertificateStorage {
  return {
    read: async (uri) => {
      checkOpen();
      const { uri: known, publicKey } = await finder.find(parseKeyUri(uri));
      const certificate = await caller.call((connection) => connection.readCertificate(known));
      return certificate !== undefined && isCertificateOf(publicKey, certificate) ? certificate : undefined;
    },
    write: async (uri, certificate) => {
      checkOpen();
      const key = await finder.find(parseKeyUri(uri));
      checkCertificateOf(key.publicKey, certificate);
      await caller.change((connection) => connection.writeCertificate(key.uri, certificate));
    },
  };
}

function isCertificateOf(publicKey: Uint8Array, certificate: Uint8Array): boolean {
  try {
    return equalBytes(parseCertificate(certificate).publicKey, publicKey);
  } catch (cause) {
    if (cause instanceof X509Error || cause instanceof DerError) return false;
    throw cause;
  }
}

/** @throws KeyStoreError `configuration-malformed` unless it is a certificate for this key. */
function checkCertificateOf(publicKey: Uint8Array, certificate: Uint8Array): void {
  try {
    if (equalBytes(parseCertificate(certificate).publicKey, publicKey)) return;
  } catch (cause) {
    if (!(cause instanceof X509Error || cause instanceof DerError)) throw cause;
    throw new KeyStoreError("configuration-malformed", "this is not a certificate", { cause });
  }
  throw new KeyStoreError("configuration-malformed", "the certificate is for another key");
}
