import { bytesOfHex, equalBytes } from "@yinxin/crypto/bytes";
import { element, tags } from "@yinxin/crypto/der";
import { parseCertificate, X509Error } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";
import type { Handle } from "pkcs11js";

import { KeyStoreError } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import { attributes, objectClasses } from "./cryptoki.ts";
import { destroyObject, findObjects, readAttributes } from "./objects.ts";
import type { OpenToken } from "./objects.ts";
import type { TokenConnection } from "./token-connection.ts";
import { publicKeyOfCertificate, shownPublicKey, templateOf } from "./token-keys.ts";

/** CKC_X_509. */
const x509 = 0;

/** The certificate with the key's CKA_ID that is for the key; DER. @throws KeyStoreError what the token says. */
export function readCertificate(connection: TokenConnection, uri: KeyUri): Uint8Array | undefined {
  const id = connection.idOf(uri);
  if (id === undefined) return undefined;
  const token = connection.control();
  const values = certificatesOf(token, id).flatMap((handle) => {
    const value = readAttributes(token, handle, [attributes.value]).get(attributes.value);
    return value === undefined || value.length === 0 ? [] : [value];
  });
  if (values.length === 0) return undefined;
  const publicKey = connection.findKey(uri)?.description.publicKey;
  return values.find((value) => isFor(value, publicKey));
}

function isFor(certificate: Uint8Array, publicKey: Uint8Array | undefined): boolean {
  const own = publicKeyOfCertificate(certificate);
  return own !== undefined && publicKey !== undefined && equalBytes(own, publicKey);
}

function certificatesOf(token: OpenToken, id: Uint8Array): Handle[] {
  return findObjects(token, templateOf(objectClasses.certificate, id));
}

/**
 * Puts a certificate beside its key, in the place of former ones. The new one is there before the old ones go, so that a crash leaves
 * one too many and never none.
 *
 * @throws KeyStoreError `key-not-found`, `configuration-malformed` if it is not for this key; what the token says.
 */
export function writeCertificate(connection: TokenConnection, uri: KeyUri, certificate: Uint8Array): void {
  const { description, id } = connection.keyOf(uri);
  const parsed = certificateOf(certificate);
  if (!equalBytes(parsed.publicKey, description.publicKey)) {
    throw new KeyStoreError("configuration-malformed", `the certificate is not for the key ${uri}`, {
      facts: { uri },
    });
  }
  connection.writing((token) => {
    const former = certificatesOf(token, id);
    const text = (type: number, value: Uint8Array) => ({ type, value: Buffer.from(value) });
    token.library.call("C_CreateObject", (module) =>
      module.C_CreateObject(token.session, [
        { type: attributes.class, value: objectClasses.certificate },
        { type: attributes.certificateType, value: x509 },
        { type: attributes.token, value: true },
        { type: attributes.private, value: false },
        text(attributes.id, id),
        text(attributes.label, new TextEncoder().encode(description.label)),
        text(attributes.subject, parsed.subject.raw),
        text(attributes.issuer, parsed.issuer.raw),
        text(attributes.serialNumber, element(tags.integer, bytesOfHex(parsed.serialNumber))),
        text(attributes.value, certificate),
      ]),
    );
    for (const handle of former) destroyObject(token, handle);
  });
}

function certificateOf(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der);
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
    throw new KeyStoreError("configuration-malformed", `this is no certificate: ${cause.message}`, { cause });
  }
}

/**
 * Destroys a key, then its public object and its certificates. Tools give a key that signs and one that decrypts the same CKA_ID, so
 * that alone does not make an object this key's.
 *
 * @throws KeyStoreError `key-not-found`; what the token says.
 */
export function destroyKey(connection: TokenConnection, uri: KeyUri): void {
  // As the token is now: a handle of before may be another object's by this time.
  const key = connection.findKey(uri) ?? connection.keyOf(uri);
  const { id, handle, description } = key;
  connection.writing((token) => {
    const { publicKey, certificate } = objectClasses;
    const isOnly = findObjects(token, templateOf(objectClasses.privateKey, id)).length === 1;
    const beside = [publicKey, certificate].flatMap((objectClass) =>
      findObjects(token, templateOf(objectClass, id)),
    );
    const own = beside.filter((object) => {
      const shown = shownPublicKey(token, object);
      return shown === undefined ? isOnly : equalBytes(shown, description.publicKey);
    });
    for (const object of [handle, ...own]) destroyObject(token, object);
  });
}
