import { describe, expect, it } from "vitest";

import { fabricate } from "../../testing/fabricated-certificate.ts";
import { bytesOfHex } from "../bytes/index.ts";
import {
  contextExplicit,
  DerError,
  element,
  octetString,
  oid,
  parseDer,
  sequence,
  tags,
} from "../der/index.ts";
import { digest } from "../digest/index.ts";
import { attributeOids } from "./oids.ts";
import type { Attribute } from "./signed-data.ts";
import { isReferenceTo, readSigningCertificate, signingCertificateAttribute } from "./signing-certificate.ts";

const { certificate } = await fabricate({ subject: "Signer" });
const { certificate: other } = await fabricate({ subject: "Another signer" });

function attributeOf(type: string, value: Uint8Array): Attribute {
  return { oid: type, values: [parseDer(value)], raw: value };
}

/** SigningCertificate of RFC 2634, whose digest is SHA-1. */
function older(...members: readonly Uint8Array[]): Attribute {
  return attributeOf(attributeOids.signingCertificate, sequence(sequence(sequence(...members))));
}

const sha1 = octetString(digest("SHA-1", certificate.raw));
const serial = element(tags.integer, bytesOfHex(certificate.serialNumber));
const issuerSerial = sequence(sequence(contextExplicit(4, certificate.issuer.raw)), serial);

function referenceIn(...attributes: readonly Attribute[]) {
  const reference = readSigningCertificate(attributes);
  if (typeof reference === "string") throw new Error(reference);
  return reference;
}

describe("the reference to the signer's certificate", () => {
  it("of RFC 2634 §5.4.1 means the certificate with this SHA-1 digest, issuer and serial number", () => {
    for (const attribute of [older(sha1), older(sha1, issuerSerial)]) {
      expect(referenceIn(attribute).algorithm).toBe("SHA-1");
      expect(isReferenceTo(referenceIn(attribute), certificate)).toBe(true);
      expect(isReferenceTo(referenceIn(attribute), other)).toBe(false);
    }
    const strange = sequence(sequence(contextExplicit(4, other.issuer.raw)), serial);
    expect(isReferenceTo(referenceIn(older(sha1, strange)), certificate)).toBe(false);
  });

  it("counts in its newer form where both are there (RFC 5035 §5)", () => {
    const written = parseDer(signingCertificateAttribute(other, "SHA-256"));
    const value = written.children[1]?.children[0]?.raw ?? new Uint8Array();
    const newer = attributeOf(attributeOids.signingCertificateV2, value);
    expect(referenceIn(older(sha1), newer)).toMatchObject({ algorithm: "SHA-256" });
    expect(isReferenceTo(referenceIn(older(sha1), newer), other)).toBe(true);
  });

  it("means nothing under a digest that nobody knows", () => {
    const unknown = sequence(sequence(oid("1.2.3")), octetString(digest("SHA-256", certificate.raw)));
    const attribute = attributeOf(attributeOids.signingCertificateV2, sequence(sequence(unknown)));
    expect(isReferenceTo(referenceIn(attribute), certificate)).toBe(false);
  });

  it("is refused without a certificate, or with a member too many", () => {
    const empty = attributeOf(attributeOids.signingCertificate, sequence(sequence()));
    for (const bad of [empty, older(), older(sha1, issuerSerial, serial), older(issuerSerial)]) {
      expect(() => readSigningCertificate([bad])).toThrow(DerError);
    }
  });
});
