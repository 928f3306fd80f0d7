import { constants, publicEncrypt } from "node:crypto";

import { parsePublicKey } from "../algorithms/index.ts";
import type { PublicKeyInfo } from "../algorithms/index.ts";
import { concatBytes } from "../bytes/index.ts";
import {
  bitString,
  contextExplicit,
  contextImplicit,
  DerError,
  element,
  octetString,
  oid,
  sequence,
  smallInteger,
} from "../der/index.ts";
import type { RandomBytes } from "../pkcs8/index.ts";
import type { Certificate } from "../x509/index.ts";
import { EnvelopeError } from "./error.ts";
import { aes256WrapOid, agreeOnce, deriveWrapKey, sha256KdfScheme, wrapKey } from "./key-agreement.ts";
import { keyKinds } from "./key-kinds.ts";
import type { KeyKind } from "./key-kinds.ts";
import { writeOaepSha256 } from "./oaep-parameters.ts";
import {
  writeIssuerAndSerial,
  writeKeyIdentifier,
  writeRecipientKeyIdentifier,
} from "./recipient-identifier.ts";
import { encryptSm2 } from "./sm2-transport.ts";
import { keyAlgorithms } from "./structure-oids.ts";

/** To whom something is enveloped: a certificate, or a key that both sides know by its identifier. */
export type Recipient =
  | { readonly certificate: Certificate }
  | {
      /** SubjectPublicKeyInfo, DER. */ readonly publicKey: Uint8Array;
      readonly subjectKeyIdentifier: Uint8Array;
    };

/** A RecipientInfo, DER, and its version, from which the version of the whole follows (RFC 5652 §6.1). */
export interface WrittenRecipient {
  readonly info: Uint8Array;
  readonly version: number;
}

/** Which of the two structures it is for: CMS, or GB/T 35275-2017, whose one kind of recipient has version 1. */
export type EnvelopeForm = "cms" | "gbt35275";

/**
 * Encrypts the content key to one recipient, in the way of its key: RSAES-OAEP (RFC 4055), ECDH on P-256 with AES-256
 * key wrap (RFC 5753), or SM2 (GB/T 35275-2017 §9).
 *
 * @throws EnvelopeError `recipient-unfit`.
 */
export function writeRecipient(
  recipient: Recipient,
  contentKey: Uint8Array,
  form: EnvelopeForm,
  random: RandomBytes,
): WrittenRecipient {
  const publicKey = "certificate" in recipient ? recipient.certificate.publicKey : recipient.publicKey;
  const { kind, point } = readRecipientKey(publicKey);
  if ("certificate" in recipient) checkKeyUsage(recipient.certificate, kind);
  if (form === "gbt35275" && !(kind === "sm2" && "certificate" in recipient)) {
    throw unfit("GB/T 35275 knows recipients with SM2 certificates only");
  }
  switch (kind) {
    case "rsa":
      return transport(recipient, form, writeOaepSha256(), encryptOaep(publicKey, contentKey));
    case "ecdh-p256":
      return agreement(recipient, point, contentKey, random);
    case "sm2":
      return transport(
        recipient,
        form,
        sequence(oid(keyAlgorithms.sm2Encryption)),
        encryptSm2(publicKey, contentKey, random),
      );
  }
}

function readRecipientKey(publicKey: Uint8Array): { kind: KeyKind; point: Uint8Array } {
  const info = readPublicKey(publicKey);
  const row = keyKinds.find(({ keyOid, curveOid }) => keyOid === info.keyOid && curveOid === info.curveOid);
  if (row === undefined) throw unfit("nothing is encrypted to this kind of key");
  if (row.kind === "rsa" && (info.bits ?? 0) < 2048) throw unfit("the RSA key has fewer than 2048 bits");
  return { kind: row.kind, point: info.key };
}

function readPublicKey(publicKey: Uint8Array): PublicKeyInfo {
  try {
    return parsePublicKey(publicKey);
  } catch (cause) {
    if (cause instanceof DerError) throw unfit("the public key cannot be read");
    throw cause;
  }
}

/** RFC 5280 §4.2.1.3: keys that only sign are not encrypted to; of China's pairs of certificates it is the other one. */
function checkKeyUsage({ keyUsage }: Certificate, kind: KeyKind): void {
  const wanted = kind === "ecdh-p256" ? ("keyAgreement" as const) : ("keyEncipherment" as const);
  if (keyUsage !== undefined && !keyUsage.has(wanted)) {
    throw unfit(`the key usage of the certificate does not include ${wanted}`);
  }
}

/** KeyTransRecipientInfo (RFC 5652 §6.2.1). */
function transport(
  recipient: Recipient,
  form: EnvelopeForm,
  algorithm: Uint8Array,
  encryptedKey: Uint8Array,
): WrittenRecipient {
  const isByCertificate = "certificate" in recipient;
  const cmsVersion = isByCertificate ? 0 : 2;
  const version = form === "gbt35275" ? 1 : cmsVersion;
  const rid = isByCertificate
    ? writeIssuerAndSerial(recipient.certificate)
    : writeKeyIdentifier(recipient.subjectKeyIdentifier);
  return { version, info: sequence(smallInteger(version), rid, algorithm, octetString(encryptedKey)) };
}

/** The seed of the padding comes from node:crypto, which takes none from outside. */
function encryptOaep(publicKey: Uint8Array, contentKey: Uint8Array): Uint8Array {
  try {
    const key = { key: Buffer.from(publicKey), format: "der", type: "spki" } as const;
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    return new Uint8Array(publicEncrypt({ ...key, padding, oaepHash: "sha256" }, contentKey));
  } catch (cause) {
    throw new EnvelopeError("recipient-unfit", "node:crypto does not take the RSA key", { cause });
  }
}

/** KeyAgreeRecipientInfo with an ephemeral key (RFC 5652 §6.2.2, RFC 5753 §3.1.1). */
function agreement(
  recipient: Recipient,
  point: Uint8Array,
  contentKey: Uint8Array,
  random: RandomBytes,
): WrittenRecipient {
  const agreed = point.length === 65 ? agreeOnce(point, random) : undefined;
  if (agreed === undefined) throw unfit("the public key is not a point of P-256 in uncompressed form");
  const wrapAlgorithm = sequence(oid(aes256WrapOid));
  const wrappingKey = deriveWrapKey(agreed.secret, {
    schemeOid: sha256KdfScheme,
    wrapOid: aes256WrapOid,
    wrapAlgorithm,
    userKeyingMaterial: undefined,
  });
  const rid =
    "certificate" in recipient
      ? writeIssuerAndSerial(recipient.certificate)
      : writeRecipientKeyIdentifier(recipient.subjectKeyIdentifier);
  const originator = element(0xa1, sequence(oid(keyAlgorithms.ecPublicKey)), bitString(agreed.publicPoint));
  const info = contextImplicit(
    1,
    concatBytes(
      smallInteger(3),
      contextExplicit(0, originator),
      sequence(oid(sha256KdfScheme), wrapAlgorithm),
      sequence(sequence(rid, octetString(wrapKey(wrappingKey, contentKey)))),
    ),
    true,
  );
  return { version: 3, info };
}

function unfit(message: string): EnvelopeError {
  return new EnvelopeError("recipient-unfit", message);
}
