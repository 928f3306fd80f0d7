import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readFirst, sceneContent, sceneTimes, signAtLevel } from "../../testing/cades-scene.ts";
import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { createSigningParties } from "../../testing/signing-parties.ts";
import { concatBytes } from "../bytes/index.ts";
import { element, oid, parseDer, sequence, setOf, smallInteger } from "../der/index.ts";
import {
  CmsError,
  appendToSignedData,
  cmsLimits,
  contentTypes,
  counterSignaturesOf,
  derOf,
  embeddedCertificates,
  encodeAttribute,
  parseSignedData,
  signedContent,
  verifySigner,
} from "./index.ts";

const parties = await createSigningParties("ES256");
const golden = await signAtLevel(parties, "B-LTA", { algorithm: "SHA-256" });

/** Reads and verifies whatever is there; the promise is that only CmsError comes out. */
function exercise(bytes: Uint8Array, profile: "strict" | "lenient"): void {
  try {
    const signedData = parseSignedData(bytes, { profile });
    for (const signer of signedData.signers) {
      counterSignaturesOf(signer);
      verifySigner({
        signer,
        content: signedContent(signedData.content ?? sceneContent),
        contentType: signedData.contentType,
        certificates: embeddedCertificates(signedData).certificates,
        at: sceneTimes.signed,
        algorithms: "default",
      });
    }
  } catch (cause) {
    expect(cause).toBeInstanceOf(CmsError);
  }
}

const profiles = fc.constantFrom("strict" as const, "lenient" as const);

describe("any bytes at all", () => {
  it("are read, or refused with a code", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), profiles, (bytes, profile) => {
        exercise(bytes, profile);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("are survived where they are a signature with some of its bytes replaced, dropped or doubled", () => {
    const at = fc.nat({ max: golden.length - 1 });
    const changes = fc.record({ at, drop: fc.nat({ max: 4 }), insert: fc.uint8Array({ maxLength: 4 }) });
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 3 }), profiles, (list, profile) => {
        const changed = list.reduce<Uint8Array>(
          (bytes, { at: start, drop, insert }) =>
            concatBytes(bytes.subarray(0, start), insert, bytes.subarray(start + drop)),
          golden,
        );
        exercise(changed, profile);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});

describe("a SignedData", () => {
  it("is written again as it was, and re-encodes to itself", () => {
    const { signedData } = readFirst(golden);
    expect(appendToSignedData(signedData, {})).toEqual(golden);
    expect(derOf(parseDer(golden))).toEqual(golden);
  });

  const members = (change: {
    readonly digests?: readonly Uint8Array[];
    readonly certificates?: readonly Uint8Array[];
    readonly lists?: readonly Uint8Array[];
    readonly signers?: readonly Uint8Array[];
  }): Uint8Array => {
    const { digests = [], certificates = [], lists = [], signers = [] } = change;
    const body = sequence(
      smallInteger(1),
      setOf(...digests),
      sequence(oid(contentTypes.data)),
      element(0xa0, ...certificates),
      element(0xa1, ...lists),
      setOf(...signers),
    );
    return sequence(oid(contentTypes.signedData), element(0xa0, body));
  };
  const many = (count: number): Uint8Array[] => Array.from({ length: count }, () => sequence());

  it.each([
    ["signers", members({ signers: many(cmsLimits.signers + 1) })],
    ["certificates", members({ certificates: many(cmsLimits.certificates + 1) })],
    ["revocation values", members({ lists: many(cmsLimits.revocations + 1) })],
    ["digest algorithms", members({ digests: many(cmsLimits.digestAlgorithms + 1) })],
  ])("with more %s than anybody uses is refused", (_what, der) => {
    expect(() => parseSignedData(der)).toThrow(expect.objectContaining({ code: "cms-too-large" }));
  });

  it("with more attributes or values than anybody uses is refused", () => {
    const { signedData, signer } = readFirst(golden);
    const refused = expect.objectContaining({ code: "cms-too-large" }) as Error;
    const withAttributes = (attributes: readonly Uint8Array[]): Uint8Array =>
      appendToSignedData(signedData, { unsignedAttributes: { signer, attributes } });
    const attributes = Array.from({ length: cmsLimits.attributes + 1 }, (_, index) =>
      encodeAttribute(`1.2.3.${String(index)}`, sequence()),
    );
    expect(() => parseSignedData(withAttributes(attributes))).toThrow(refused);
    const values = Array.from({ length: cmsLimits.valuesPerAttribute + 1 }, (_, index) =>
      smallInteger(index),
    );
    expect(() => parseSignedData(withAttributes([encodeAttribute("1.2.3", ...values)]))).toThrow(refused);
  });

  it.each([
    ["another ContentInfo", sequence(oid("1.2.840.113549.1.7.3"), element(0xa0, sequence()))],
    [
      "enveloped data of GB/T 35275-2017",
      sequence(oid("1.2.156.10197.6.1.4.2.3"), element(0xa0, sequence())),
    ],
  ])("is not %s", (_what, der) => {
    expect(() => parseSignedData(der)).toThrow(expect.objectContaining({ code: "cms-not-signed-data" }));
  });
});
