import { ContentInfo, SignedData as PkijsSignedData } from "pkijs";
import { describe, expect, it } from "vitest";

import { createParty, createSigningParties } from "../../testing/signing-parties.ts";
import type { Party } from "../../testing/signing-parties.ts";
import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { concatBytes, equalBytes, utf8Of } from "../bytes/index.ts";
import { compareDer, element, oid, parseDer, sequence, setOf, tags } from "../der/index.ts";
import {
  CmsError,
  attributeOids,
  attributesOf,
  completeSignedData,
  contentTypes,
  counterSignaturesOf,
  createSigningIdentity,
  embeddedCertificates,
  issueCounterSignature,
  issueSignedData,
  nationalContentTypes,
  parseSignedData,
  prepareCounterSignature,
  prepareSignedData,
  signedContent,
  verifySigner,
} from "./index.ts";
import type { CmsCheck, SignedDataRequest, SignerVerification } from "./index.ts";

const content = utf8Of("关于同意开展电子印章应用的批复");
const signingTime = new Date("2026-11-22T08:00:00Z");
const parties = await createSigningParties("ES256");
const national = await createSigningParties("SM2");

async function sign(
  by: readonly Party[],
  wishes: Partial<SignedDataRequest> & { flavour?: "cades" | "pades" | "none"; protects?: boolean } = {},
): Promise<Uint8Array> {
  const { flavour = "cades", protects = false, ...request } = wishes;
  const prepared = prepareSignedData({
    content: { kind: "attached", bytes: content },
    signers: by.map(({ certificate, signer }) => ({
      identity: createSigningIdentity({ certificate, algorithm: signer.algorithm }),
      flavour,
      ...(flavour === "cades" && { signingTime }),
      protectsAlgorithms: protects,
    })),
    ...request,
  });
  return issueSignedData({ signers: by.map(({ signer }) => signer) }, prepared);
}

function verify(der: Uint8Array, detached?: Uint8Array): readonly SignerVerification[] {
  const signedData = parseSignedData(der, { profile: "lenient" });
  const inside = signedData.content ?? detached;
  return signedData.signers.map((signer) =>
    verifySigner({
      signer,
      content: inside && signedContent(inside),
      contentType: signedData.contentType,
      certificates: embeddedCertificates(signedData).certificates,
      at: signingTime,
      algorithms: "default",
    }),
  );
}

function troubles({ checks }: SignerVerification): readonly string[] {
  return checks.filter(({ result }) => result !== "passed").map(({ name, result }) => `${name} ${result}`);
}

function resultOf(checks: readonly CmsCheck[], name: string): string | undefined {
  return checks.find((check) => check.name === name)?.result;
}

describe("a SignedData that we make", () => {
  const algorithms: readonly SignatureAlgorithmName[] = [
    "ES256",
    "ES384",
    "SM2",
    "Ed25519",
    "RS256",
    "PS256",
    "ML-DSA-44",
  ];
  it.each(algorithms)("verifies with %s, and is read strictly", async (algorithm) => {
    const der = await sign([await createParty(algorithm, "root-ca", "Self", 1)]);
    expect(parseSignedData(der).quirks).toEqual([]);
    expect(verify(der).map(troubles)).toEqual([[]]);
  });

  it("has the attributes of level B-B, each once (ETSI EN 319 122-1 §6.3)", async () => {
    const [signer] = parseSignedData(await sign([parties.signer])).signers;
    const types = signer?.signedAttributes?.attributes.map(({ oid: type }) => type) ?? [];
    expect([...types].sort()).toEqual(
      [
        attributeOids.contentType,
        attributeOids.messageDigest,
        attributeOids.signingCertificateV2,
        attributeOids.signingTime,
      ].sort(),
    );
  });

  it("has no signing time in the flavour of PDF (ETSI EN 319 142-1 §6.3)", async () => {
    const [signer] = parseSignedData(await sign([parties.signer], { flavour: "pades" })).signers;
    expect(attributesOf(signer?.signedAttributes?.attributes ?? [], attributeOids.signingTime)).toEqual([]);
  });

  it("keeps attached content and leaves detached content out", async () => {
    expect(parseSignedData(await sign([parties.signer])).content).toEqual(content);
    const detached = await sign([parties.signer], { content: { kind: "detached", bytes: content } });
    expect(parseSignedData(detached).content).toBeUndefined();
    expect(verify(detached, content).map(troubles)).toEqual([[]]);
    expect(verify(detached).map(troubles)).toEqual([["message-digest unknown"]]);
    expect(verify(detached, utf8Of("else")).map(troubles)).toEqual([["message-digest failed"]]);
  });

  it("can be made from a digest alone", async () => {
    const digests = { "SHA-256": signedContent(content).digest("SHA-256") };
    const der = await sign([parties.signer], { content: { kind: "digested", digests } });
    expect(verify(der, content).map(troubles)).toEqual([[]]);
  });

  it("may have several signers, and says of each what it is worth", async () => {
    const der = await sign([parties.signer, national.signer, parties.second]);
    const verified = verify(der);
    expect(verified.map(troubles)).toEqual([[], [], []]);
    // Two of the three have the same issuer name and serial number: the key tells them apart.
    expect(new Set(verified.map(({ certificate }) => certificate?.raw)).size).toBe(3);
  });

  it("names the signer by key identifier when asked (RFC 5652 §5.3), which makes it version 3", async () => {
    const { certificate, signer } = parties.signer;
    const identity = createSigningIdentity({ certificate, identifiedBy: "key-identifier" });
    const prepared = prepareSignedData({
      content: { kind: "attached", bytes: content },
      signers: [{ identity, flavour: "cades", signingTime }],
    });
    const der = await issueSignedData({ signers: [signer] }, prepared);
    expect(parseSignedData(der)).toMatchObject({ version: 3, signers: [{ version: 3 }] });
    expect(verify(der).map(troubles)).toEqual([[]]);
  });

  it("protects its algorithms when asked (RFC 6211)", async () => {
    const der = await sign([parties.signer], { protects: true });
    expect(resultOf(verify(der)[0]?.checks ?? [], "algorithm-protection")).toBe("passed");
  });

  it("is written with the object identifiers of GB/T 35275-2017 when asked", async () => {
    const der = await sign([national.signer], { family: "national" });
    expect(parseSignedData(der)).toMatchObject({
      family: "national",
      version: 1,
      contentType: nationalContentTypes.data,
    });
    expect(verify(der).map(troubles)).toEqual([[]]);
  });

  it("without attributes signs the content itself, as GB/T 35275-2017 allows", async () => {
    const digest = signedContent(content).digest("SM3");
    const der = await sign([national.signer], {
      family: "national",
      flavour: "none",
      content: { kind: "attached", bytes: digest },
    });
    expect(parseSignedData(der).signers[0]?.signedAttributes).toBeUndefined();
    // Nor does it say under the signature whose certificate it is.
    expect(verify(der).map(troubles)).toEqual([["signing-certificate-reference not-checked"]]);
  });

  it("sorts its sets (X.690 §11.6)", async () => {
    const der = await sign([parties.signer, parties.second], {
      certificates: [parties.authority.certificate.raw, parties.root.certificate.raw],
    });
    const { certificates, signers } = parseSignedData(der);
    expect(certificates).toHaveLength(4);
    expect([...certificates].sort(compareDer)).toEqual(certificates);
    for (const { signedAttributes } of signers) {
      const raws = signedAttributes?.attributes.map(({ raw }) => raw) ?? [];
      expect([...raws].sort(compareDer)).toEqual(raws);
    }
  });

  it("is read by pkijs", async () => {
    const der = await sign([parties.signer]);
    const info = ContentInfo.fromBER(Uint8Array.from(der).buffer);
    const signedData = new PkijsSignedData({ schema: info.content });
    const verified = await signedData.verify({ signer: 0, checkChain: false });
    expect(verified).toBe(true);
  });
});

describe("making a SignedData", () => {
  const { certificate } = parties.signer;
  const identity = createSigningIdentity({ certificate });
  const attached = { kind: "attached", bytes: content } as const;

  it.each([
    ["nobody signs", () => prepareSignedData({ content: attached, signers: [] })],
    [
      "CAdES has no time",
      () => prepareSignedData({ content: attached, signers: [{ identity, flavour: "cades" }] }),
    ],
    [
      "PAdES has one",
      () => prepareSignedData({ content: attached, signers: [{ identity, flavour: "pades", signingTime }] }),
    ],
    [
      "something else than data is signed without attributes",
      () =>
        prepareSignedData({
          content: attached,
          contentType: contentTypes.tstInfo,
          signers: [{ identity, flavour: "none" }],
        }),
    ],
    [
      "the digest that a signer needs is not given",
      () =>
        prepareSignedData({
          content: { kind: "digested", digests: { "SHA-512": new Uint8Array(64) } },
          signers: [{ identity, flavour: "pades" }],
        }),
    ],
    [
      "the signing time is not a time",
      () =>
        prepareSignedData({
          content: attached,
          signers: [{ identity, flavour: "cades", signingTime: new Date(Number.NaN) }],
        }),
    ],
  ])("is refused when %s", (_why, prepare) => {
    expect(prepare).toThrow(expect.objectContaining({ code: "cms-request-invalid" }));
  });

  const prepared = prepareSignedData({ content: attached, signers: [{ identity, flavour: "pades" }] });

  it("lets no other key sign", async () => {
    await expect(issueSignedData({ signers: [parties.second.signer] }, prepared)).rejects.toMatchObject({
      code: "key-mismatch",
    });
  });

  it("lets no wrong value out", () => {
    expect(() => completeSignedData(prepared, [new Uint8Array(70)])).toThrow(
      expect.objectContaining({ code: "signature-wrong" }),
    );
    expect(() => completeSignedData(prepared, [])).toThrow(CmsError);
  });
});

describe("a counter-signature (RFC 5652 §11.4)", () => {
  it("is over the signature's octets, has no content type, and leaves the signature as it was", async () => {
    const signedData = parseSignedData(await sign([parties.signer]));
    const [signer] = signedData.signers;
    if (signer === undefined) throw new Error("no signer");
    const { certificate, signer: key } = national.second;
    const der = await issueCounterSignature(
      { signer: key },
      prepareCounterSignature({
        signedData,
        signer,
        identity: createSigningIdentity({ certificate }),
        signingTime,
      }),
    );
    expect(verify(der).map(troubles)).toEqual([[]]);
    const countersigned = parseSignedData(der);
    const [owner] = countersigned.signers;
    const [counter] = owner === undefined ? [] : counterSignaturesOf(owner);
    if (owner === undefined || counter === undefined) throw new Error("no counter-signature");
    const judge = (over: Uint8Array, contentType?: string): SignerVerification =>
      verifySigner({
        signer: counter,
        content: signedContent(over),
        contentType,
        certificates: embeddedCertificates(countersigned).certificates,
        at: signingTime,
        algorithms: "default",
      });
    expect(troubles(judge(owner.signature))).toEqual([]);
    expect(troubles(judge(content))).toEqual(["message-digest failed"]);
    expect(troubles(judge(owner.signature, contentTypes.data))).toEqual(["content-type failed"]);
  });
});

describe("what the field writes", () => {
  /** The attached signature with the members of the SignerInfo exchanged. */
  async function rebuilt(
    change: (members: Uint8Array[]) => Uint8Array[],
    by = national.signer,
  ): Promise<Uint8Array> {
    const { raw } = parseSignedData(await sign([by]));
    const root = parseDer(raw);
    const signedData = root.children[1]?.children[0];
    const signerInfo = signedData?.children.at(-1)?.children[0];
    if (signedData === undefined || signerInfo === undefined) throw new Error("not a SignedData");
    const members = change(signerInfo.children.map((child) => child.raw));
    const before = signedData.children.slice(0, -1).map((child) => child.raw);
    return sequence(
      oid(contentTypes.signedData),
      element(0xa0, sequence(...before, setOf(sequence(...members)))),
    );
  }

  it("is accepted with r ‖ s for a value, and reported", async () => {
    const der = await rebuilt((members) => {
      const value = parseDer(parseDer(members[5] ?? new Uint8Array()).contents);
      const raw = value.children.map(({ contents }) => {
        const padded = new Uint8Array(32);
        const digits = contents.length > 32 ? contents.subarray(1) : contents;
        padded.set(digits, 32 - digits.length);
        return padded;
      });
      return [...members.slice(0, 5), element(tags.octetString, concatBytes(...raw))];
    });
    const [verified] = verify(der);
    expect(verified && troubles(verified)).toEqual([]);
    expect(verified?.quirks).toEqual(["signature-raw"]);
  });

  it.each(["1.2.156.10197.1.301.1", "1.2.156.10197.501"])(
    "is accepted with %s for the signature algorithm, and reported",
    async (id) => {
      const der = await rebuilt((members) =>
        members.map((member, index) => (index === 4 ? sequence(oid(id)) : member)),
      );
      const [verified] = verify(der);
      expect(verified && troubles(verified)).toEqual([]);
      expect(verified?.quirks).toEqual(["signature-algorithm-oid"]);
    },
  );

  it("is accepted with signed attributes stored in another order than they were signed, under lenient only", async () => {
    const der = await rebuilt((members) =>
      members.map((member, index) => {
        if (index !== 3) return member;
        const set = parseDer(member);
        return element(0xa0, ...set.children.map(({ raw }) => raw).reverse());
      }),
    );
    const [verified] = verify(der);
    expect(verified && troubles(verified)).toEqual([]);
    expect(verified?.quirks).toEqual(["signed-attributes-der-form"]);
    expect(parseSignedData(der, { profile: "lenient" }).quirks.map(({ code }) => code)).toContain(
      "signed-attributes-not-der",
    );
    expect(() => parseSignedData(der)).toThrow(expect.objectContaining({ code: "cms-format" }));
  });

  it("is accepted in indefinite lengths with the content in pieces, under lenient only (X.690 §8.1.3.6)", async () => {
    const root = parseDer(await sign([parties.signer]));
    const signedData = root.children[1]?.children[0];
    if (signedData === undefined) throw new Error("not a SignedData");
    const indefinite = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array =>
      concatBytes(Uint8Array.of(tag, 0x80), ...parts, Uint8Array.of(0, 0));
    const half = Math.floor(content.length / 2);
    const pieces = [content.subarray(0, half), content.subarray(half)].map((piece) => element(0x04, piece));
    const encapsulated = indefinite(
      0x30,
      oid(contentTypes.data),
      indefinite(0xa0, indefinite(0x24, ...pieces)),
    );
    const members = signedData.children.map(({ raw }, index) => (index === 2 ? encapsulated : raw));
    const der = indefinite(
      0x30,
      oid(contentTypes.signedData),
      indefinite(0xa0, indefinite(0x30, ...members)),
    );
    expect(parseSignedData(der, { profile: "lenient" }).content).toEqual(content);
    expect(verify(der).map(troubles)).toEqual([[]]);
    expect(() => parseSignedData(der)).toThrow(CmsError);
  });

  it("is read with zeros behind it, as in the place that a PDF keeps", async () => {
    const der = await sign([parties.signer]);
    const padded = concatBytes(der, new Uint8Array(20));
    const { raw, quirks } = parseSignedData(padded, { profile: "lenient" });
    expect(equalBytes(raw, der)).toBe(true);
    expect(quirks).toMatchObject([{ code: "trailing-zeros" }]);
    expect(() => parseSignedData(padded)).toThrow(CmsError);
  });
});
