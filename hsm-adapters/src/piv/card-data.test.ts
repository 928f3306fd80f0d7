import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  verify,
} from "node:crypto";
import { gzipSync } from "node:zlib";

import { utf8Of } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";
import { parseCertificate } from "@yinxin/crypto/x509";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../crypto/testing/fuzz-runs.ts";
import { KeyStoreError } from "../key-store/index.ts";
import { readCertificateObject, writeCertificateObject } from "./certificate-object.ts";
import { readPivConfig } from "./index.ts";
import { isPlaceholder, placeholderCertificate } from "./placeholder-certificate.ts";
import { messageOfOaep, padForSigning } from "./rsa-padding.ts";
import { findTlv, readTlvs, tlv } from "./tlv.ts";

const message = utf8Of("印信");
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

describe("the configuration of a PIV card", () => {
  it("takes what the driver knows, and names the field that is wrong", () => {
    expect(readPivConfig({})).toEqual({});
    expect(readPivConfig({ newKeySlots: ["9a", "95"] })).toEqual({ newKeySlots: ["9a", "95"] });
    const managementKey = { file: "/run/key", algorithm: "aes-256" };
    expect(readPivConfig({ serial: "01", managementKey })).toMatchObject({ serial: "01", managementKey });
    const wrong: readonly (readonly [unknown, string])[] = [
      [[], "object"],
      [{ serial: 1 }, "serial"],
      [{ readers: "x" }, "readers"],
      [{ managementKey: { file: "/run/key", algorithm: "des" } }, "managementKey.algorithm"],
      [{ managementKey: { file: "", algorithm: "3des" } }, "managementKey.file"],
      [{ newKeySlots: ["9f"] }, "newKeySlots"],
    ];
    for (const [config, field] of wrong) {
      expect(() => readPivConfig(config)).toThrow(
        expect.objectContaining({
          code: "configuration-malformed",
          message: expect.stringContaining(field) as string,
        }) as Error,
      );
    }
  });
});

describe("an object with a certificate", () => {
  it("comes back as it was written, with the mark and the label, also where the card has it compressed", () => {
    const object = { certificate: random(900), isOurs: true, label: "seal.2026" };
    expect(readCertificateObject(writeCertificateObject(object))).toEqual(object);
    const long = { ...object, label: "a".repeat(40) };
    expect(readCertificateObject(writeCertificateObject(long))).toEqual({
      certificate: object.certificate,
      isOurs: true,
    });
    const zipped = tlv(0x53, tlv(0x70, gzipSync(object.certificate)), tlv(0x71, Uint8Array.of(1)), tlv(0xfe));
    expect(readCertificateObject(zipped)).toEqual({ certificate: object.certificate, isOurs: false });
    expect(readCertificateObject(tlv(0x53))).toBeUndefined();
  });

  it("does not unpack what was made to fill the memory", () => {
    const bomb = tlv(0x53, tlv(0x70, gzipSync(new Uint8Array(1_000_000))), tlv(0x71, Uint8Array.of(1)));
    expect(() => readCertificateObject(bomb)).toThrow(KeyStoreError);
  });

  it("may be anything, and is read or refused as a device error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        try {
          readCertificateObject(octets);
          readCertificateObject(tlv(0x53, octets));
        } catch (cause) {
          expect(cause).toMatchObject({ constructor: KeyStoreError, code: "device-error" });
        }
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("holds a placeholder until there is a certificate, with the key and the label, known as one", () => {
    const spki = new Uint8Array(rsa.publicKey.export({ type: "spki", format: "der" }));
    const placeholder = parseCertificate(placeholderCertificate("seal", spki));
    expect(isPlaceholder(placeholder)).toBe(true);
    expect(placeholder.publicKey).toEqual(spki);
    expect(placeholder.subject.text).toBe("CN=seal");
  });
});

describe("BER-TLV", () => {
  it("is read as it was written", () => {
    const tags = fc.constantFrom(0x53, 0x7c, 0x7f49, 0x81);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(tags, fc.uint8Array({ maxLength: 300 })), { maxLength: 4 }),
        (members) => {
          const written = Uint8Array.from(members.flatMap(([tag, value]) => [...tlv(tag, value)]));
          expect(readTlvs(written)).toEqual(members.map(([tag, value]) => ({ tag, value })));
          expect(findTlv(written, 0x99)).toBeUndefined();
        },
      ),
      { numRuns: fuzzRuns(100) },
    );
  });
});

describe("RSA padding", () => {
  const exponentiate = (block: Uint8Array) =>
    privateDecrypt({ key: rsa.privateKey, padding: constants.RSA_NO_PADDING }, block);

  it("is what openssl expects of PKCS #1 v1.5 and PSS (RFC 8017 §9)", () => {
    const block = padForSigning("RS384", digest("SHA-384", message), 2048, random);
    expect(verify("sha384", message, rsa.publicKey, exponentiate(block))).toBe(true);
    const probabilistic = padForSigning("PS256", digest("SHA-256", message), 2048, random);
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    expect(verify("sha256", message, { key: rsa.publicKey, ...padding }, exponentiate(probabilistic))).toBe(
      true,
    );
    expect(() => padForSigning("RS256", new Uint8Array(20), 2048, random)).toThrow(KeyStoreError);
  });

  it("of OAEP is taken off, and every fault in it looks alike", () => {
    const key = createPublicKey(rsa.privateKey);
    const sealed = publicEncrypt(
      { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" },
      message,
    );
    const block = new Uint8Array(exponentiate(new Uint8Array(sealed)));
    expect(messageOfOaep("SHA-256", block)).toEqual(message);
    const refusals = [0, 1, 40, 255].map((at) => {
      const spoilt = Uint8Array.from(block);
      spoilt[at] = (spoilt[at] ?? 0) ^ 1;
      try {
        return messageOfOaep("SHA-256", spoilt);
      } catch (cause) {
        return cause instanceof KeyStoreError ? cause.message : cause;
      }
    });
    expect(new Set(refusals.slice(0, 3)).size).toBe(1);
    expect(refusals[0]).toContain("OAEP");
  });
});
