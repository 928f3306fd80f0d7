import { X509Certificate } from "node:crypto";

import * as pkijs from "pkijs";
import { describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { inOpensslFolder } from "../../testing/openssl.ts";
import { createTestHierarchy } from "../../testing/test-hierarchy.ts";
import { hexOf, pemOfDer } from "../bytes/index.ts";
import { validatePath } from "../x509/index.ts";
import { keyIdentifierOf } from "./index.ts";

const at = new Date("2026-11-22T00:00:00Z");
const hierarchies = {
  SM2: await createTestHierarchy("SM2"),
  ES256: await createTestHierarchy("ES256"),
  Ed25519: await createTestHierarchy("Ed25519"),
};
const names = Object.keys(hierarchies) as (keyof typeof hierarchies)[];
const { root, authority, signer: system } = hierarchies.ES256;

describe.each(names)("a hierarchy of %s", (algorithm) => {
  const entities = hierarchies[algorithm];
  const ends = [entities.sealMaker, entities.sealOwner, entities.signer];

  it("leads from each end entity to its root without a problem", () => {
    for (const { certificate } of ends) {
      const result = validatePath({
        certificate,
        intermediates: [entities.authority.certificate],
        anchors: [entities.root.certificate],
        at,
        policy: { algorithms: "default" },
      });
      expect(result).toMatchObject({ isValid: true, failures: [] });
      expect(result.chain).toHaveLength(3);
    }
  });

  it("names the keys and the algorithm as the table does", () => {
    for (const { signer, certificate } of [entities.root, entities.authority, ...ends]) {
      expect(certificate).toMatchObject({ keyAlgorithm: algorithm, signatureAlgorithm: algorithm });
      expect(hexOf(certificate.publicKey)).toBe(hexOf(signer.publicKey));
    }
  });

  it("joins each certificate to its issuer's by the key identifiers (RFC 5280 §4.2.1.1)", () => {
    const top = entities.root.certificate;
    expect(top.authorityKeyIdentifier).toEqual(top.subjectKeyIdentifier);
    expect(entities.authority.certificate.authorityKeyIdentifier).toEqual(top.subjectKeyIdentifier);
    for (const { certificate } of ends) {
      expect(certificate.authorityKeyIdentifier).toEqual(entities.authority.certificate.subjectKeyIdentifier);
      expect(certificate.subjectKeyIdentifier).toEqual(keyIdentifierOf(certificate.publicKey));
    }
  });
});

describe("certificates beside other implementations", () => {
  const filesOf = (algorithm: keyof typeof hierarchies): Record<string, string> =>
    Object.fromEntries(
      Object.entries(hierarchies[algorithm]).map(([name, { certificate }]) => [
        `${name}.pem`,
        pemOfDer(certificate.raw, "CERTIFICATE"),
      ]),
    );
  const ends = ["sealMaker", "sealOwner", "signer"];

  toolTest(["openssl"], "of SM2 are verified by openssl link by link, and not under another issuer", () => {
    // `distid` reaches only the leaf, so every link is checked as a chain of its own.
    const userId = ["-vfyopt", "distid:1234567812345678"];
    const { tbs, signature } = hierarchies.SM2.root.certificate;
    inOpensslFolder({ ...filesOf("SM2"), "root.tbs": tbs, "root.sig": signature }, ({ run }) => {
      const link = (leaf: string, issuer: string): string =>
        run("verify", "-partial_chain", "-trusted", `${issuer}.pem`, ...userId, `${leaf}.pem`).output;
      for (const end of ends) expect(link(end, "authority")).toBe(`${end}.pem: OK\n`);
      expect(link("authority", "root")).toBe("authority.pem: OK\n");
      expect(link("sealOwner", "root")).toContain("verification failed");
      // `openssl verify` never gives the option to a self-signed certificate, so its signature is checked by itself.
      run("x509", "-in", "root.pem", "-noout", "-pubkey", "-out", "root.key");
      const options = ["-sigopt", "distid:1234567812345678", "-signature", "root.sig", "root.tbs"];
      expect(run("dgst", "-sm3", "-verify", "root.key", ...options).output).toBe("Verified OK\n");
    });
  });

  toolTest(["openssl"], "of P-256 are verified by openssl as a whole chain, by its strictest rules", () => {
    inOpensslFolder(filesOf("ES256"), ({ run }) => {
      for (const end of ends) {
        const chain = ["-CAfile", "root.pem", "-untrusted", "authority.pem", `${end}.pem`];
        expect(run("verify", "-x509_strict", "-check_ss_sig", ...chain).output).toBe(`${end}.pem: OK\n`);
      }
      expect(run("verify", "-CAfile", "root.pem", "signer.pem").status).not.toBe(0);
    });
  });

  toolTest(
    ["openssl"],
    "are printed by openssl without a complaint, with the curve and the algorithm of SM2",
    () => {
      inOpensslFolder(filesOf("SM2"), ({ run }) => {
        const { output } = run(
          "x509",
          "-in",
          "sealOwner.pem",
          "-noout",
          "-text",
          "-nameopt",
          "utf8,sep_comma_plus",
        );
        expect(output).toContain("Signature Algorithm: SM2-with-SM3");
        expect(output).toContain("ASN1 OID: SM2");
        expect(output).toContain("C=CN,O=11440100MB2C00001X某市政务服务局,CN=44010000000001");
        expect(output).toContain("Digital Signature, Non Repudiation");
        expect(output.toLowerCase()).not.toContain("unable");
      });
    },
  );

  it("of P-256 are verified by node:crypto, and read alike", () => {
    const [top, middle, end] = [root, authority, system].map(
      ({ certificate }) => new X509Certificate(certificate.raw),
    );
    if (top === undefined || middle === undefined || end === undefined) throw new Error("three certificates");
    expect(end.verify(middle.publicKey) && middle.verify(top.publicKey) && top.verify(top.publicKey)).toBe(
      true,
    );
    expect(end.checkIssued(middle) && middle.checkIssued(top)).toBe(true);
    expect([top.ca, middle.ca, end.ca]).toEqual([true, true, false]);
    expect(new Date(end.validTo)).toEqual(system.certificate.notAfter);
  });

  it("of P-256 are read by pkijs as by us, member for member", async () => {
    for (const { certificate } of [root, authority, system]) {
      const theirs = pkijs.Certificate.fromBER(Uint8Array.from(certificate.raw));
      expect(hexOf(new Uint8Array(theirs.tbsView))).toBe(hexOf(certificate.tbs));
      expect(hexOf(theirs.serialNumber.valueBlock.valueHexView)).toBe(certificate.serialNumber);
      expect(theirs.notBefore.value).toEqual(certificate.notBefore);
      expect(theirs.notAfter.value).toEqual(certificate.notAfter);
      expect(hexOf(new Uint8Array(theirs.subjectPublicKeyInfo.toSchema().toBER()))).toBe(
        hexOf(certificate.publicKey),
      );
      expect(hexOf(new Uint8Array(theirs.subject.valueBeforeDecode))).toBe(hexOf(certificate.subject.raw));
      expect(hexOf(new Uint8Array(theirs.issuer.valueBeforeDecode))).toBe(hexOf(certificate.issuer.raw));
      const theirExtensions = (theirs.extensions ?? []).map(({ extnID, critical, extnValue }) => ({
        oid: extnID,
        isCritical: critical,
        value: hexOf(extnValue.valueBlock.valueHexView),
      }));
      expect(theirExtensions).toEqual(
        certificate.extensions.map((ours) => ({ ...ours, value: hexOf(ours.value) })),
      );
    }
    const [theirEnd, theirMiddle] = [system, authority].map(({ certificate }) =>
      pkijs.Certificate.fromBER(Uint8Array.from(certificate.raw)),
    );
    expect(theirMiddle && (await theirEnd?.verify(theirMiddle))).toBe(true);
  });
});
