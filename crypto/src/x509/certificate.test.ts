import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import {
  commonName,
  extension,
  extensions,
  fabricate,
  newSigner,
  signTbs,
} from "../../testing/fabricated-certificate.ts";
import { concatBytes, hexOf } from "../bytes/index.ts";
import {
  bitString,
  boolean,
  contextExplicit,
  contextImplicit,
  element,
  nullValue,
  octetString,
  oid,
  sequence,
  smallInteger,
  x509Time,
} from "../der/index.ts";
import { parseCertificate, verifyCertificateSignature, X509Error } from "./index.ts";
import type { Certificate } from "./index.ts";

const signer = newSigner();
const ecdsa = sequence(oid("1.2.840.10045.4.3.2"));
const validity = sequence(
  x509Time(new Date("2026-01-01T00:00:00Z")),
  x509Time(new Date("2056-01-01T00:00:00Z")),
);

interface Parts {
  readonly version?: Uint8Array;
  readonly serial?: Uint8Array;
  readonly algorithm?: Uint8Array;
  readonly end?: readonly Uint8Array[];
}

function tbsOf({
  version = contextExplicit(0, smallInteger(2)),
  serial,
  algorithm = ecdsa,
  end = [],
}: Parts): Uint8Array {
  const middle = [commonName("a"), validity, commonName("a"), signer.publicKey];
  return sequence(version, serial ?? smallInteger(77), algorithm, ...middle, ...end);
}

const parsedFrom = async (parts: Parts): Promise<Certificate> =>
  parseCertificate(await signTbs(tbsOf(parts), signer));
const withExtensions = (...list: readonly Uint8Array[]): Parts => ({
  end: [contextExplicit(3, sequence(...list))],
});
const keyUsage = (...octets: readonly number[]): Uint8Array =>
  extension("2.5.29.15", element(0x03, Uint8Array.from(octets)), true);

async function codeOf(parts: Parts): Promise<string> {
  try {
    await parsedFrom(parts);
  } catch (cause) {
    if (cause instanceof X509Error) return cause.code;
    throw cause;
  }
  return "accepted";
}

describe("a certificate", () => {
  it("is read with its validity, key, algorithms and the very bytes that were signed", async () => {
    const tbs = tbsOf({});
    const der = await signTbs(tbs, signer);
    const certificate = parseCertificate(der);
    expect(certificate).toMatchObject({
      serialNumber: "4d",
      notBefore: new Date("2026-01-01T00:00:00Z"),
      notAfter: new Date("2056-01-01T00:00:00Z"),
      keyAlgorithm: "ES256",
      signatureAlgorithm: "ES256",
      signatureAlgorithmOid: "1.2.840.10045.4.3.2",
      extensions: [],
    });
    expect(hexOf(certificate.raw)).toBe(hexOf(der));
    expect(hexOf(certificate.tbs)).toBe(hexOf(tbs));
    expect(hexOf(certificate.publicKey)).toBe(hexOf(signer.publicKey));
    expect(certificate).not.toHaveProperty("basicConstraints");
    expect(certificate).not.toHaveProperty("keyUsage");
  });

  it("does not change when the bytes it was read from do", async () => {
    const der = await signTbs(tbsOf({}), signer);
    const certificate = parseCertificate(der);
    der.fill(0);
    expect(verifyCertificateSignature(certificate, signer.publicKey)).toBe(true);
  });

  it("of version 1 is read, but has no extensions", async () => {
    const first = { version: new Uint8Array() };
    expect((await parsedFrom(first)).extensions).toEqual([]);
    expect(await codeOf({ ...withExtensions(extensions.authority()), ...first })).toBe("certificate-version");
  });

  it("of version 2 may have unique identifiers, in their order", async () => {
    const version = contextExplicit(0, smallInteger(1));
    const [one, two] = [
      contextImplicit(1, Uint8Array.of(0, 1), false),
      contextImplicit(2, Uint8Array.of(0, 1), false),
    ];
    expect(await codeOf({ version, end: [one, two] })).toBe("accepted");
    expect(await codeOf({ version, end: [two] })).toBe("accepted");
    expect(await codeOf({ version, end: [two, one] })).toBe("certificate-malformed");
  });

  it.each([
    ["version 4", { version: contextExplicit(0, smallInteger(3)) }, "certificate-version"],
    ["version 1 written out", { version: contextExplicit(0, smallInteger(0)) }, "certificate-version"],
    ["an empty version", { version: contextExplicit(0, new Uint8Array()) }, "certificate-malformed"],
    ["a padded serial number", { serial: element(0x02, Uint8Array.of(0, 1)) }, "certificate-malformed"],
    [
      "another algorithm inside",
      { algorithm: sequence(oid("1.2.156.10197.1.501")) },
      "certificate-algorithm-mismatch",
    ],
    ["an unknown member at the end", { end: [contextExplicit(4, nullValue())] }, "certificate-malformed"],
    [
      "extensions twice",
      { end: [1, 2].map(() => contextExplicit(3, sequence(keyUsage(0, 4)))) },
      "certificate-malformed",
    ],
    ["an empty list of extensions", withExtensions(), "certificate-malformed"],
    [
      "the same extension twice",
      withExtensions(keyUsage(0, 4), keyUsage(0, 2)),
      "certificate-duplicate-extension",
    ],
    ["an extension without a value", withExtensions(sequence(oid("2.5.29.15"))), "certificate-malformed"],
    [
      "a flag that is not DER",
      withExtensions(sequence(oid("1.2.3"), element(1, Uint8Array.of(1)), octetString(nullValue()))),
      "certificate-malformed",
    ],
    ["a path length below zero", withExtensions(extensions.authority(-1)), "certificate-malformed"],
    [
      "bytes after basic constraints",
      withExtensions(extension("2.5.29.19", concatBytes(sequence(), nullValue()), true)),
      "certificate-malformed",
    ],
    ["a key usage without octets but unused bits", withExtensions(keyUsage(1)), "certificate-malformed"],
    ["a key usage of three octets", withExtensions(keyUsage(0, 1, 1, 1)), "certificate-malformed"],
    [
      "a key identifier that is no OCTET STRING",
      withExtensions(extension("2.5.29.14", nullValue(), false)),
      "certificate-malformed",
    ],
  ])("with %s is refused", async (_what, parts, code) => {
    expect(await codeOf(parts)).toBe(code);
  });

  it("is nothing else, nothing more, and nothing too large", async () => {
    const der = await signTbs(tbsOf({}), signer);
    const codeFor = (bytes: Uint8Array): unknown => {
      try {
        return parseCertificate(bytes);
      } catch (cause) {
        return cause instanceof X509Error ? cause.code : cause;
      }
    };
    expect(codeFor(new Uint8Array())).toBe("certificate-malformed");
    expect(codeFor(concatBytes(der, Uint8Array.of(0)))).toBe("certificate-malformed");
    expect(codeFor(der.subarray(0, -1))).toBe("certificate-malformed");
    expect(codeFor(sequence(tbsOf({}), ecdsa))).toBe("certificate-malformed");
    expect(codeFor(sequence(tbsOf({}), ecdsa, element(0x03, Uint8Array.of(3, 8))))).toBe(
      "certificate-malformed",
    );
    expect(codeFor(sequence(tbsOf({}), ecdsa, bitString(new Uint8Array(65_536))))).toBe(
      "certificate-too-large",
    );
  });

  it("damaged anywhere is read or refused with an X509Error, never another error", async () => {
    const { certificate } = await fabricate({
      subject: "a",
      extensions: [extensions.authority(1), extensions.keyUsage(6)],
    });
    const { raw } = certificate;
    fc.assert(
      fc.property(fc.nat(raw.length - 1), fc.nat(255), fc.nat(raw.length), (at, value, length) => {
        for (const damaged of [raw.with(at, value), raw.subarray(0, length)]) {
          try {
            parseCertificate(damaged);
          } catch (cause) {
            expect(cause).toBeInstanceOf(X509Error);
          }
        }
      }),
      { numRuns: fuzzRuns(500) },
    );
  });
});

describe("what real certificates have and DER does not allow", () => {
  it("is read: FALSE written out for `critical` and `cA`", async () => {
    const explicitFalse = sequence(oid("2.5.29.19"), boolean(false), octetString(sequence(boolean(false))));
    const certificate = await parsedFrom(withExtensions(explicitFalse));
    expect(certificate.extensions).toMatchObject([{ oid: "2.5.29.19", isCritical: false }]);
    expect(certificate.basicConstraints).toEqual({ isCa: false });
  });

  it("is read: zero bits at the end of a key usage", async () => {
    expect((await parsedFrom(withExtensions(keyUsage(0, 0xc0)))).keyUsage).toEqual(
      new Set(["digitalSignature", "nonRepudiation"]),
    );
    expect((await parsedFrom(withExtensions(keyUsage(0, 0x06, 0x00)))).keyUsage).toEqual(
      new Set(["keyCertSign", "cRLSign"]),
    );
  });

  it("is read: NULL as the parameters of the signature algorithm", async () => {
    const algorithm = sequence(oid("1.2.840.10045.4.3.2"), nullValue());
    const tbs = tbsOf({ algorithm });
    const signature = await signer.sign({ message: tbs });
    const certificate = parseCertificate(sequence(tbs, algorithm, bitString(signature)));
    expect(certificate.signatureAlgorithm).toBe("ES256");
    expect(verifyCertificateSignature(certificate, signer.publicKey)).toBe(true);
  });
});

describe("the extensions of a certificate", () => {
  it("say what its key is for and where it belongs", async () => {
    const { certificate } = await fabricate({
      subject: "a",
      extensions: [
        extensions.authority(3),
        keyUsage(7, 0x00, 0x80),
        extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.8")), true),
        extension("2.5.29.14", octetString(Uint8Array.of(1, 2)), false),
        extension("2.5.29.35", sequence(contextImplicit(0, Uint8Array.of(3, 4), false)), false),
        extension("1.2.3.4", nullValue(), true),
      ],
    });
    expect(certificate).toMatchObject({
      basicConstraints: { isCa: true, pathLength: 3 },
      keyUsage: new Set(["decipherOnly"]),
      extendedKeyUsage: ["1.3.6.1.5.5.7.3.8"],
      subjectKeyIdentifier: Uint8Array.of(1, 2),
      authorityKeyIdentifier: Uint8Array.of(3, 4),
    });
    expect(certificate.extensions.at(-1)).toEqual({ oid: "1.2.3.4", isCritical: true, value: nullValue() });
  });

  it("may name the issuer's certificate instead of its key", async () => {
    const { certificate } = await fabricate({
      subject: "a",
      extensions: [extension("2.5.29.35", sequence(), false)],
    });
    expect(certificate).not.toHaveProperty("authorityKeyIdentifier");
  });
});
