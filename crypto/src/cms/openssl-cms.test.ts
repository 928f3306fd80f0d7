import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { inOpensslFolder } from "../../testing/openssl.ts";
import { runTool, withFolder } from "../../testing/run-tool.ts";
import { createParty } from "../../testing/signing-parties.ts";
import type { Party } from "../../testing/signing-parties.ts";
import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { pemOfDer, utf8Of } from "../bytes/index.ts";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createSigningIdentity,
  embeddedCertificates,
  issueSignedData,
  parseSignedData,
  prepareSignedData,
  signedContent,
  verifySigner,
} from "./index.ts";
import type { SignatureFlavour } from "./index.ts";

const content = utf8Of("what is signed\n");
const signingTime = new Date("2026-11-22T08:00:00Z");

interface Pair {
  readonly root: Party;
  readonly signer: Party;
}

async function createPair(algorithm: SignatureAlgorithmName): Promise<Pair> {
  const root = await createParty(algorithm, "root-ca", "Outsiders Root", 1);
  return { root, signer: await createParty(algorithm, "signer", "Outsiders Signer", 2, root) };
}

async function sign(
  { signer }: Pair,
  kind: "attached" | "detached",
  flavour: SignatureFlavour = "cades",
): Promise<Uint8Array> {
  const identity = createSigningIdentity({
    certificate: signer.certificate,
    algorithm: signer.signer.algorithm,
  });
  const prepared = prepareSignedData({
    content: { kind, bytes: content },
    signers: [{ identity, flavour, ...(flavour === "cades" && { signingTime }) }],
  });
  return issueSignedData({ signers: [signer.signer] }, prepared);
}

function certificatePem({ certificate }: Party): string {
  return pemOfDer(certificate.raw, "CERTIFICATE");
}

describe("openssl cms", () => {
  const flags = ["-binary", "-inform", "DER", "-CAfile", "root.pem", "-purpose", "any", "-out", "out"];

  for (const algorithm of ["ES256", "RS256", "PS256", "ES384"] as const) {
    toolTest(
      ["openssl"],
      `-cades accepts what we sign with ${algorithm}, attached and detached`,
      async () => {
        const pair = await createPair(algorithm);
        const files = {
          "attached.p7s": await sign(pair, "attached"),
          "detached.p7s": await sign(pair, "detached"),
          "pades.p7s": await sign(pair, "detached", "pades"),
          "bare.p7s": await sign(pair, "detached", "none"),
          "root.pem": certificatePem(pair.root),
          content,
          other: utf8Of("something else\n"),
        };
        inOpensslFolder(files, ({ run, read }) => {
          const verify = (...more: readonly string[]): string =>
            run("cms", "-verify", ...flags, ...more).output;
          expect(verify("-cades", "-in", "attached.p7s")).toContain("CAdES Verification successful");
          expect(read("out")).toEqual(content);
          const detached = ["-cades", "-content", "content", "-in"] as const;
          expect(verify(...detached, "detached.p7s")).toContain("CAdES Verification successful");
          expect(verify(...detached, "pades.p7s")).toContain("CAdES Verification successful");
          expect(verify("-content", "content", "-in", "bare.p7s")).toContain("CMS Verification successful");
          expect(verify("-cades", "-content", "other", "-in", "detached.p7s")).toContain(
            "content verify error",
          );
        });
      },
    );
  }

  toolTest(["openssl"], "-sign -cades makes what we accept, streamed in BER too", async () => {
    const pair = await createPair("ES256");
    const files = {
      "root.pem": certificatePem(pair.root),
      "signer.pem": certificatePem(pair.signer),
      "key.pem": pemOfDer(pair.signer.pkcs8, "PRIVATE KEY"),
      content,
    };
    inOpensslFolder(files, ({ run, read }) => {
      const sign = (...more: readonly string[]): Uint8Array => {
        const signing = ["-sign", "-binary", "-in", "content", "-signer", "signer.pem", "-inkey", "key.pem"];
        const { status, output } = run("cms", ...signing, "-outform", "DER", "-out", "made.p7s", ...more);
        expect(output).toBe("");
        expect(status).toBe(0);
        return read("made.p7s");
      };
      const variants: readonly (readonly string[])[] = [
        ["-cades"],
        ["-cades", "-nodetach"],
        ["-cades", "-nodetach", "-stream"],
        ["-cades", "-keyid", "-md", "sha256"],
      ];
      for (const variant of variants) expect(troublesOf(sign(...variant)), variant.join(" ")).toEqual([]);
      // Without signed attributes nothing can name the certificate.
      const unnamed = ["signing-certificate-reference not-checked"];
      expect(troublesOf(sign("-noattr", "-nodetach"))).toEqual(unnamed);
      expect(() => parseSignedData(sign("-cades", "-nodetach", "-stream"))).toThrow();
      expect(parseSignedData(sign("-cades", "-nodetach")).quirks).toEqual([]);
    });
  });
});

function troublesOf(der: Uint8Array): string[] {
  const signedData = parseSignedData(der, { profile: "lenient" });
  return signedData.signers.flatMap((signer) =>
    verifySigner({
      signer,
      content: signedContent(signedData.content ?? content),
      contentType: signedData.contentType,
      certificates: embeddedCertificates(signedData).certificates,
      at: signingTime,
      algorithms: "default",
    })
      .checks.filter(({ result }) => result !== "passed")
      .map(({ name, result }) => `${name} ${result}`),
  );
}

describe("GnuTLS certtool", () => {
  toolTest(["certtool"], "--p7-verify accepts what we sign, and not over another content", async () => {
    for (const algorithm of ["ES256", "RS256", "Ed25519"] as const) {
      const pair = await createPair(algorithm);
      const der = await sign(pair, "detached");
      withFolder((folder) => {
        const path = (name: string): string => join(folder, name);
        writeFileSync(path("signature"), der);
        writeFileSync(path("content"), content);
        writeFileSync(path("other"), "something else\n");
        writeFileSync(path("root.pem"), certificatePem(pair.root));
        const verify = (data: string): string =>
          runTool("certtool", [
            "--p7-verify",
            "--inder",
            ...["--infile", path("signature"), "--load-data", path(data)],
            ...["--load-ca-certificate", path("root.pem")],
          ]).output;
        expect(verify("content"), algorithm).toContain("Signature status: ok");
        expect(verify("other"), algorithm).not.toContain("Signature status: ok");
      });
    }
  });
});
