import { describe, expect, it } from "vitest";

import { readFirst, sceneContent, sceneTimes, signAtLevel, signBaseline } from "../../testing/cades-scene.ts";
import { createSigningParties } from "../../testing/signing-parties.ts";
import {
  appendToSignedData,
  attributeOids,
  createSigningIdentity,
  encodeAttribute,
  issueSignedData,
  prepareSignedData,
  signedContent,
} from "../cms/index.ts";
import type { SignedContent } from "../cms/index.ts";
import type { Certificate } from "../x509/index.ts";
import { createAllowance, mostSignaturesOfMessage, verifySignedData } from "./index.ts";
import type { Allowance, SignedDataReport, SignerReport } from "./index.ts";

const parties = await createSigningParties("ES256");

function verify(
  der: Uint8Array,
  more: {
    readonly allowance?: Allowance;
    readonly also?: readonly Certificate[];
    readonly content?: SignedContent;
  } = {},
): SignedDataReport {
  const { allowance, also = [] } = more;
  return verifySignedData({
    signedData: readFirst(der).signedData,
    content: more.content ?? signedContent(sceneContent),
    anchors: [parties.root.certificate],
    intermediates: [parties.authority.certificate, ...also],
    evidence: { crls: [], ocspResponses: [] },
    at: sceneTimes.verified,
    policy: { revocation: "if-present", algorithms: "default" },
    ...(allowance !== undefined && { allowance }),
  });
}

function soleSigner(report: SignedDataReport): SignerReport {
  const [signer] = report.signers;
  if (signer === undefined) throw new Error("nobody signed");
  return signer;
}

/** An allowance that tells how often it was asked. */
function counted(): Allowance & { asked: number } {
  const counter = { asked: 0, take: () => (counter.asked += 1) > 0 };
  return counter;
}

describe("a message with hundreds of counter-signatures", () => {
  it("is judged up to the allowance, and what is left out is named", async () => {
    const baseline = await signBaseline(parties.signer);
    const { signedData, signer } = readFirst(baseline);
    // Another's SignerInfo over something else: right in form, and as expensive as a good one.
    const attribute = encodeAttribute(
      attributeOids.counterSignature,
      ...new Array<Uint8Array>(16).fill(signer.raw),
    );
    const attributes = new Array<Uint8Array>(20).fill(attribute);
    const der = appendToSignedData(signedData, { unsignedAttributes: { signer, attributes } });
    const report = soleSigner(verify(der));
    const judged = report.counterSignatures.filter(({ certificate }) => certificate !== undefined);
    expect(report.counterSignatures).toHaveLength(320);
    expect(judged.length).toBeLessThan(mostSignaturesOfMessage);
    expect(report.result).not.toBe("passed");
  });
});

describe("an allowance for signatures", () => {
  it("is asked once for each signer and each time stamp", async () => {
    const der = await signAtLevel(parties, "B-LTA", { algorithm: "SHA-256" });
    const allowance = counted();
    expect(verify(der, { allowance }).result).toBe("passed");
    expect(allowance.asked).toBe(3);
  });

  it("that is used up leaves the signer undecided", async () => {
    const der = await signBaseline(parties.signer);
    const { result, signers } = verify(der, { allowance: createAllowance(0) });
    expect(result).toBe("unknown");
    expect(signers[0]?.checks).toMatchObject([{ name: "signer-certificate", result: "unknown" }]);
  });
});

describe("a message signed without attributes", () => {
  it("costs more the longer what it signs is, since every signer digests it anew", async () => {
    const { certificate, signer } = parties.signer;
    const identity = createSigningIdentity({ certificate, algorithm: signer.algorithm });
    const bytes = new Uint8Array(24 * 1024 * 1024);
    const prepared = prepareSignedData({
      content: { kind: "detached", bytes },
      signers: [{ identity, flavour: "none" }],
    });
    const der = await issueSignedData({ signers: [signer] }, prepared);
    const content = signedContent(bytes);
    expect(verify(der, { allowance: createAllowance(3), content }).result).toBe("unknown");
    expect(verify(der, { allowance: createAllowance(4), content }).result).toBe("passed");
  });
});

describe("many certificates under one name", () => {
  it("are tried no more often than an honest authority renews", async () => {
    const der = await signBaseline(parties.signer);
    let tried = 0;
    const { certificate } = parties.signer;
    // Each is another one by its bytes, and counts when its key is asked for.
    const others = Array.from({ length: 200 }, (_, index): Certificate => {
      return {
        ...certificate,
        raw: Uint8Array.of(index),
        get publicKey() {
          tried += 1;
          return parties.second.certificate.publicKey;
        },
      };
    });
    verify(der, { also: others });
    expect(tried).toBeLessThan(50);
  });
});
