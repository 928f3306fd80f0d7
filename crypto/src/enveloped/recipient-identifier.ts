import { bytesOfHex, equalBytes, hexOf } from "../bytes/index.ts";
import {
  contextImplicit,
  DerError,
  element,
  octetString,
  readChildren,
  readInteger,
  sequence,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { readOctets } from "../pkcs8/index.ts";
import type { Certificate } from "../x509/index.ts";

/** Which certificate or key a recipient has (RFC 5652 §6.2.1, §6.2.2). */
export type RecipientIdentifier =
  | {
      readonly kind: "issuer-and-serial";
      /** Name, DER. */ readonly issuer: Uint8Array;
      readonly serialNumber: string;
    }
  | { readonly kind: "subject-key-identifier"; readonly identifier: Uint8Array };

/** Who opens: the owner of this certificate, or of the key that certificates name with this identifier. */
export type RecipientClaim =
  { readonly certificate: Certificate } | { readonly subjectKeyIdentifier: Uint8Array };

/** @throws DerError */
export function readIssuerAndSerial(issuerAndSerial: DerElement): RecipientIdentifier {
  const [issuer, serial, ...more] = readChildren(issuerAndSerial);
  if (issuer === undefined || serial === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "not an IssuerAndSerialNumber", issuerAndSerial.offset);
  }
  readInteger(serial);
  return { kind: "issuer-and-serial", issuer: issuer.raw, serialNumber: hexOf(serial.contents) };
}

/**
 * IssuerAndSerialNumber, or what stands under [0]: the identifier itself for key transport, a SEQUENCE that begins with
 * it for key agreement.
 *
 * @throws DerError
 */
export function readRecipientIdentifier(rid: DerElement): RecipientIdentifier {
  if (rid.tag === tags.sequence) return readIssuerAndSerial(rid);
  if (rid.tag === 0x80) return { kind: "subject-key-identifier", identifier: rid.contents };
  if (rid.tag === 0xa0) {
    const identifier = readOctets(rid.children[0], "the key identifier");
    return { kind: "subject-key-identifier", identifier };
  }
  throw new DerError("der-unexpected", "not a recipient's identifier", rid.offset);
}

/** Whether the claim is of this recipient. Identifiers are public, so that time tells nothing. */
export function isRecipient(identifier: RecipientIdentifier, claim: RecipientClaim): boolean {
  if (identifier.kind === "subject-key-identifier") {
    const own = "certificate" in claim ? claim.certificate.subjectKeyIdentifier : claim.subjectKeyIdentifier;
    return own !== undefined && equalBytes(own, identifier.identifier);
  }
  if (!("certificate" in claim)) return false;
  const { issuer, serialNumber } = claim.certificate;
  return equalBytes(issuer.raw, identifier.issuer) && serialNumber === identifier.serialNumber;
}

/** IssuerAndSerialNumber of a certificate (RFC 5652 §10.2.4). */
export function writeIssuerAndSerial({ issuer, serialNumber }: Certificate): Uint8Array {
  return sequence(issuer.raw, element(tags.integer, bytesOfHex(serialNumber)));
}

/** [0] of key transport. */
export function writeKeyIdentifier(identifier: Uint8Array): Uint8Array {
  return contextImplicit(0, identifier, false);
}

/** [0] of key agreement, RecipientKeyIdentifier. */
export function writeRecipientKeyIdentifier(identifier: Uint8Array): Uint8Array {
  return contextImplicit(0, octetString(identifier), true);
}
