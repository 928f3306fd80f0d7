import { describe, expect, it } from "vitest";

import { readFirst, sceneContent, sceneTimes, signAtLevel, signBaseline } from "../../testing/cades-scene.ts";
import { extensions, fabricate } from "../../testing/fabricated-certificate.ts";
import { flippedBytes } from "../../testing/flip-bytes.ts";
import { createSigningParties } from "../../testing/signing-parties.ts";
import type { Party } from "../../testing/signing-parties.ts";
import { stampWith } from "../../testing/stamp-with.ts";
import { concatBytes, equalBytes, utf8Of } from "../bytes/index.ts";
import {
  CmsError,
  appendToSignedData,
  attributeOids,
  attributeValues,
  contentTypes,
  createSigningIdentity,
  encodeAttribute,
  parseSignedData,
  signedContent,
} from "../cms/index.ts";
import type { SignedData } from "../cms/index.ts";
import { element, octetString, oid, parseDer, sequence, setOf, smallInteger } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import type { Certificate } from "../x509/index.ts";
import { extendToT, verifySignedData } from "./index.ts";
import type { SignedDataReport } from "./index.ts";

const parties = await createSigningParties("ES256");

function verify(der: Uint8Array, content?: Uint8Array): SignedDataReport | undefined {
  const signedData = readOrNothing(der);
  return (
    signedData &&
    verifySignedData({
      signedData,
      ...(content !== undefined && { content: signedContent(content) }),
      anchors: [parties.root.certificate],
      intermediates: [parties.authority.certificate],
      evidence: { crls: [], ocspResponses: [] },
      at: sceneTimes.verified,
      policy: { revocation: "if-present", algorithms: "default" },
    })
  );
}

function readOrNothing(der: Uint8Array): SignedData | undefined {
  try {
    return parseSignedData(der, { profile: "lenient" });
  } catch (cause) {
    if (cause instanceof CmsError) return undefined;
    throw cause;
  }
}

function troubles(der: Uint8Array, content?: Uint8Array): string[] {
  const [signer] = verify(der, content)?.signers ?? [];
  return (
    signer?.checks
      .filter(({ result }) => result !== "passed")
      .map(({ name, result }) => `${name} ${result}`) ?? ["unreadable"]
  );
}

/** A SignedData of parts as they are, whoever signed what. */
function assembled(
  parts: {
    readonly signerInfos: readonly Uint8Array[];
    readonly content?: Uint8Array;
    readonly contentType?: string;
  },
  by: Party = parties.signer,
): Uint8Array {
  const { content = sceneContent, contentType = contentTypes.data, signerInfos } = parts;
  const sha256 = sequence(oid("2.16.840.1.101.3.4.2.1"));
  return sequence(
    oid(contentTypes.signedData),
    element(
      0xa0,
      sequence(
        smallInteger(1),
        setOf(sha256),
        sequence(oid(contentType), element(0xa0, octetString(content))),
        element(0xa0, by.certificate.raw),
        setOf(...signerInfos),
      ),
    ),
  );
}

/** The signer's signature over attributes of any kind. */
async function signAttributes(attributes: readonly Uint8Array[], digestOid?: string): Promise<Uint8Array> {
  const { certificate, signer } = parties.signer;
  const { head, signatureAlgorithm, digestAlgorithm } = createSigningIdentity({ certificate });
  const signed = setOf(...attributes);
  const stored = Uint8Array.from(signed);
  stored[0] = 0xa0;
  const ownHead =
    digestOid === undefined
      ? head
      : concatBytes(head.subarray(0, head.length - digestAlgorithm.length), sequence(oid(digestOid)));
  return sequence(ownHead, stored, signatureAlgorithm, octetString(await signer.sign({ message: signed })));
}

const contentType = encodeAttribute(attributeOids.contentType, oid(contentTypes.data));
const messageDigest = encodeAttribute(
  attributeOids.messageDigest,
  octetString(digest("SHA-256", sceneContent)),
);
const { signingCertificate } = createSigningIdentity({ certificate: parties.signer.certificate });

describe("a signature of which one byte is changed", () => {
  it("is refused, or the byte is in a part that the report calls unprotected", async () => {
    const golden = await signAtLevel(parties, "B-T", { algorithm: "SHA-256" });
    const members = parseDer(golden).children[1]?.children[0]?.children ?? [];
    const certificates = members.find(({ tag }) => tag === 0xa0);
    const unsigned = members.at(-1)?.children[0]?.children.at(-1);
    if (certificates === undefined || unsigned?.tag !== 0xa1) throw new Error("not at level T");
    const isUnprotected = (index: number): boolean =>
      [certificates, unsigned].some(({ offset, raw }) => index >= offset && index < offset + raw.length);
    expect(verify(golden)?.unprotected).toEqual(["certificates", "unsigned-attributes"]);
    const survivors: number[] = [];
    for (const { index, flipped } of flippedBytes(golden)) {
      // Nothing is promised there, so a sample shows that nothing throws.
      if (isUnprotected(index) && index % 8 !== 0) continue;
      const report = verify(flipped);
      // Versions and the list of digest algorithms are not signed; `lenient` reads past them and says so.
      const isSilent = report?.result === "passed" && report.quirks.length === 0;
      if (isSilent && !isUnprotected(index)) survivors.push(index);
    }
    expect(survivors).toEqual([]);
  });
});

describe("a signature put together by an attacker", () => {
  it("fails over another content", async () => {
    const { signer } = readFirst(await signBaseline(parties.signer));
    const der = assembled({ signerInfos: [signer.raw], content: utf8Of("another") });
    expect(troubles(der)).toEqual(["message-digest failed"]);
    expect(verify(der)).toMatchObject({ indication: "TOTAL_FAILED", subIndication: "HASH_FAILURE" });
  });

  it("fails where the content inside is not what the document is", async () => {
    expect(troubles(await signBaseline(parties.signer), utf8Of("the document"))).toEqual(["content failed"]);
    expect(troubles(await signBaseline(parties.signer), sceneContent)).toEqual([]);
  });

  it("fails with a certificate of the same key, name and serial number that is not the one signed (RFC 5035)", async () => {
    const wanted = { subject: "Twin", issuer: parties.authority, signer: parties.signer.signer };
    const signed = await fabricate({ ...wanted, extensions: [extensions.keyUsage(0x80)] });
    const twin = await fabricate({ ...wanted, extensions: [extensions.keyUsage(0xc0)] });
    expect(twin.certificate.serialNumber).toBe(signed.certificate.serialNumber);
    const { signer: info } = readFirst(await signBaseline({ ...parties.signer, ...signed }));
    const assembledWith = (certificate: Certificate): string[] =>
      troubles(assembled({ signerInfos: [info.raw] }, { ...parties.signer, certificate }));
    expect(assembledWith(signed.certificate)).toEqual([]);
    expect(assembledWith(twin.certificate)).toEqual(["signing-certificate-reference failed"]);
  });

  it("fails with a time stamp that is over another signature", async () => {
    const stamp = stampWith(parties.tsa, sceneTimes.stamped);
    const stamped = await extendToT(
      { stamp },
      { ...readFirst(await signBaseline(parties.signer)), algorithm: "SHA-256" },
    );
    const [token] = attributeValues(
      readFirst(stamped).signer.unsignedAttributes,
      attributeOids.signatureTimeStamp,
    );
    const { signedData, signer } = readFirst(await signBaseline(parties.signer));
    const copied = appendToSignedData(signedData, {
      unsignedAttributes: {
        signer,
        attributes: [encodeAttribute(attributeOids.signatureTimeStamp, token?.raw ?? new Uint8Array())],
      },
    });
    expect(troubles(copied)).toEqual(["signature-time-stamp failed"]);
    expect(verify(copied)).toMatchObject({ result: "failed", signers: [{ time: {} }] });
  });

  it.each([
    ["content-type is missing", [messageDigest, signingCertificate], "content-type failed"],
    ["message-digest is missing", [contentType, signingCertificate], "signer-attributes failed"],
    [
      "message-digest is there twice",
      [
        contentType,
        messageDigest,
        encodeAttribute(attributeOids.messageDigest, octetString(new Uint8Array(32))),
      ],
      "signer-attributes failed",
    ],
    [
      "message-digest has two values",
      [
        contentType,
        encodeAttribute(
          attributeOids.messageDigest,
          octetString(digest("SHA-256", sceneContent)),
          octetString(new Uint8Array(32)),
        ),
      ],
      "signer-attributes failed",
    ],
    [
      "the content type is another one",
      [encodeAttribute(attributeOids.contentType, oid(contentTypes.tstInfo)), messageDigest],
      "content-type failed",
    ],
    [
      "the algorithms under the signature are others",
      [
        contentType,
        messageDigest,
        encodeAttribute(
          attributeOids.algorithmProtection,
          sequence(sequence(oid("2.16.840.1.101.3.4.2.3")), element(0xa1, oid("1.2.840.10045.4.3.2"))),
        ),
      ],
      "algorithm-protection failed",
    ],
    [
      "a counter-signature is under the signature",
      [contentType, messageDigest, encodeAttribute(attributeOids.counterSignature, sequence())],
      "signer-attributes failed",
    ],
  ])("fails where %s", async (_what, attributes, trouble) => {
    const der = assembled({ signerInfos: [await signAttributes(attributes)] });
    expect(troubles(der)).toContain(trouble);
    expect(verify(der)?.result).toBe("failed");
  });

  it("fails where attributes that belong under the signature stand outside", async () => {
    const { signedData, signer } = readFirst(await signBaseline(parties.signer));
    const der = appendToSignedData(signedData, {
      unsignedAttributes: {
        signer,
        attributes: [encodeAttribute(attributeOids.messageDigest, octetString(new Uint8Array(32)))],
      },
    });
    expect(troubles(der)).toEqual(["signer-attributes failed"]);
  });

  it("fails where the content has one digest algorithm and the signature another", async () => {
    const digest384 = encodeAttribute(
      attributeOids.messageDigest,
      octetString(digest("SHA-384", sceneContent)),
    );
    const signerInfo = await signAttributes(
      [contentType, digest384, signingCertificate],
      "2.16.840.1.101.3.4.2.2",
    );
    expect(troubles(assembled({ signerInfos: [signerInfo] }))).toEqual(["signature-algorithms failed"]);
  });

  it("fails where attributes are presented as content: without them their encoding would be what was signed", async () => {
    const { signer } = readFirst(await signBaseline(parties.signer));
    const signed = signer.signedAttributes?.signedForms[0]?.bytes ?? new Uint8Array();
    const members = signer.signedMembers.filter((member) => member[0] !== 0xa0);
    const der = assembled({ signerInfos: [sequence(...members)], content: signed });
    // The mathematics is right: nothing else would notice.
    const unnamed = "signing-certificate-reference not-checked";
    expect(troubles(der)).toEqual(["signer-attributes failed", unnamed]);
    expect(troubles(der, sceneContent)).toEqual(["content failed", "signer-attributes failed", unnamed]);
  });

  it("fails as a whole where one of two signers is bad, whichever", async () => {
    const good = readFirst(await signBaseline(parties.signer)).signer.raw;
    const bad = await signAttributes([contentType, messageDigest]);
    bad[bad.length - 1] = (bad[bad.length - 1] ?? 0) ^ 1;
    const report = verify(assembled({ signerInfos: [good, bad] }));
    expect(report?.signers.map(({ result }) => result).sort()).toEqual(["failed", "passed"]);
    expect(report).toMatchObject({ result: "failed", subIndication: "SIG_CRYPTO_FAILURE" });
  });

  it("fails with a key that does not sign, or that serves an authority", async () => {
    const wanted = { subject: "Unfit", issuer: parties.authority };
    const cipher = await fabricate({ ...wanted, extensions: [extensions.keyUsage(0x20)] });
    expect(troubles(await signBaseline({ ...parties.signer, ...cipher }))).toEqual([
      "signer-key-usage failed",
    ]);
    expect(troubles(await signBaseline(parties.tsa))).toEqual(["signer-key-usage failed"]);
  });

  it("fails where nobody signed", () => {
    expect(verify(assembled({ signerInfos: [] }))).toMatchObject({
      result: "failed",
      subIndication: "FORMAT_FAILURE",
    });
  });

  it("is refused with anything but zeros behind it", async () => {
    const der = await signBaseline(parties.signer);
    expect(readOrNothing(concatBytes(der, Uint8Array.of(0, 1)))).toBeUndefined();
  });

  it("is unknown, not good, where the signer's certificate is not at hand", async () => {
    const { signer } = readFirst(await signBaseline(parties.signer));
    expect(verify(assembled({ signerInfos: [signer.raw] }, parties.second))).toMatchObject({
      result: "unknown",
      subIndication: "NO_SIGNING_CERTIFICATE_FOUND",
    });
  });

  it("is not good for a namesake of a trusted authority: trust is by key", async () => {
    const strangers = await createSigningParties("ES256");
    expect(verify(await signBaseline(strangers.signer))?.result).not.toBe("passed");
  });
});

describe("an archive time stamp", () => {
  it("fails when something that it covers is gone or changed", async () => {
    const { signedData, signer } = readFirst(await signAtLevel(parties, "B-LTA", { algorithm: "SHA-256" }));
    const without = (part: "certificates" | "revocations"): Uint8Array => {
      const kept = { ...signedData, [part]: signedData[part].slice(1) };
      return appendToSignedData(kept, {});
    };
    expect(troubles(without("certificates"))).toContain("archive-time-stamp failed");
    expect(troubles(without("revocations"))).toContain("archive-time-stamp failed");
    const changed = {
      ...signer,
      unsignedAttributes: signer.unsignedAttributes.filter(
        ({ oid: type }) => type !== attributeOids.signatureTimeStamp,
      ),
    };
    const bare = appendToSignedData(
      { ...signedData, signers: [changed] },
      { unsignedAttributes: { signer: changed, attributes: [] } },
    );
    expect(troubles(bare)).toContain("archive-time-stamp failed");
  });

  it("says nothing about what was added later", async () => {
    const { signedData } = readFirst(await signAtLevel(parties, "B-LTA", { algorithm: "SHA-256" }));
    const der = appendToSignedData(signedData, { certificates: [parties.second.certificate.raw] });
    expect(equalBytes(der, signedData.raw)).toBe(false);
    expect(troubles(der)).toEqual([]);
  });
});
