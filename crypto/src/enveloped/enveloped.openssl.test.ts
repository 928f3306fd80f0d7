import { randomBytes } from "node:crypto";

import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { inOpensslFolder } from "../../testing/openssl.ts";
import { hexOf, latin1Of, derOfPem, pemOfDer, utf8Of } from "../bytes/index.ts";
import { parseCertificate } from "../x509/index.ts";
import { createSoftwareDecryptor, envelop, openEnvelope } from "./index.ts";

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));
const content = utf8Of("a secret for one receiver\n");

/** A key and a certificate with a key identifier, made by openssl. */
function newPair(algorithm: readonly string[]) {
  return inOpensslFolder({}, ({ run, read }) => {
    const args = [
      "-x509",
      "-nodes",
      "-keyout",
      "key.pem",
      "-out",
      "c.pem",
      "-subj",
      "/CN=receiver",
      "-days",
      "3650",
    ];
    const { status, output } = run("req", ...args, "-newkey", ...algorithm);
    expect(status, output).toBe(0);
    const [key, certificate] = [latin1Of(read("key.pem")), latin1Of(read("c.pem"))];
    const [pkcs8 = new Uint8Array()] = derOfPem(key, "PRIVATE KEY");
    const [der = new Uint8Array()] = derOfPem(certificate, "CERTIFICATE");
    return { key, certificate, pkcs8, parsed: parseCertificate(der) };
  });
}

const algorithms = {
  RSA: ["rsa:2048"],
  "P-256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
} as const;
/** For openssl's `-keyopt`. */
const keyOptions = {
  RSA: [
    ["rsa_padding_mode:oaep", "rsa_oaep_md:sha256"],
    ["rsa_padding_mode:oaep", "rsa_oaep_md:sha512"],
    ["rsa_padding_mode:oaep"],
  ],
  "P-256": [["ecdh_kdf_md:sha256"], ["ecdh_kdf_md:sha512"], []],
} as const;

describe("envelopes beside OpenSSL", () => {
  for (const kind of ["RSA", "P-256"] as const) {
    toolTest(["openssl"], `for ${kind} are opened by openssl cms, under GCM and CBC`, () => {
      const { key, certificate, parsed } = newPair(algorithms[kind]);
      const subjectKeyIdentifier = parsed.subjectKeyIdentifier ?? new Uint8Array();
      const recipients = [{ certificate: parsed }, { publicKey: parsed.publicKey, subjectKeyIdentifier }];
      for (const cipher of ["AES-256-GCM", "AES-256-CBC", "SM4-CBC"] as const) {
        for (const recipient of recipients) {
          const envelope = envelop({ content, recipients: [recipient], random, cipher });
          const files = { "in.der": envelope, "key.pem": key, "c.pem": certificate };
          inOpensslFolder(files, ({ run, read }) => {
            const args = [
              "-decrypt",
              "-inform",
              "DER",
              "-in",
              "in.der",
              "-inkey",
              "key.pem",
              "-recip",
              "c.pem",
            ];
            const { status, output } = run("cms", ...args, "-binary", "-out", "out");
            expect(status, output).toBe(0);
            expect(hexOf(read("out"))).toBe(hexOf(content));
          });
        }
      }
    });

    toolTest(["openssl"], `for ${kind} are opened as openssl cms writes them, in BER too`, async () => {
      const { certificate, pkcs8, parsed } = newPair(algorithms[kind]);
      const decryptor = createSoftwareDecryptor(pkcs8);
      const variants = keyOptions[kind].flatMap((options) =>
        [["-aes-256-gcm"], ["-aes-128-cbc", "-stream"], ["-aes-256-cbc", "-keyid"]].map((more) => [
          // Options of the key follow the recipient.
          ...more,
          ...["-recip", "c.pem", ...options.flatMap((option) => ["-keyopt", option])],
        ]),
      );
      for (const args of variants) {
        const envelope = inOpensslFolder({ in: content, "c.pem": certificate }, ({ run, read }) => {
          const common = ["-encrypt", "-binary", "-in", "in", "-outform", "DER", "-out", "out"];
          const { status, output } = run("cms", ...common, ...args);
          expect(status, output).toBe(0);
          return read("out");
        });
        const opened = await openEnvelope({
          envelope,
          decryptor,
          recipient: { certificate: parsed },
          random,
        });
        expect(hexOf(opened.content), args.join(" ")).toBe(hexOf(content));
        expect(opened.quirks.length > 0).toBe(args.includes("-stream"));
      }
    });
  }

  toolTest(["openssl"], "for both at once are opened by openssl with either key", () => {
    const pairs = [newPair(algorithms.RSA), newPair(algorithms["P-256"])];
    const envelope = envelop({
      content,
      recipients: pairs.map(({ parsed }) => ({ certificate: parsed })),
      random,
    });
    for (const { key, certificate, pkcs8 } of pairs) {
      inOpensslFolder({ "in.der": envelope, "key.pem": key, "c.pem": certificate }, ({ run, read }) => {
        const args = ["-decrypt", "-inform", "DER", "-in", "in.der", "-inkey", "key.pem", "-recip", "c.pem"];
        const { status, output } = run("cms", ...args, "-binary", "-out", "out");
        expect(status, output).toBe(0);
        expect(hexOf(read("out"))).toBe(hexOf(content));
      });
      expect(pemOfDer(pkcs8, "PRIVATE KEY")).toBe(key);
    }
  });
});
