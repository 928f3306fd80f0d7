import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  encodeSeal,
  encodeSealInfo,
  encodeSealSignature,
  encodeSealSignatureContent,
  parseSeal,
  parseSealSignature,
  SealError,
} from "./index.ts";
import { sequence, smallInteger } from "../der/index.ts";

const bytes = fc.uint8Array({ maxLength: 40 });
const ascii = fc.string({ unit: "grapheme-ascii", maxLength: 20 });
const time = fc
  .integer({ min: Date.UTC(1950, 0, 1) / 1000, max: Date.UTC(9999, 11, 31) / 1000 })
  .map((seconds) => new Date(seconds * 1000));
const number = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const oid = fc
  .tuple(fc.integer({ min: 0, max: 39 }), fc.array(fc.nat(), { minLength: 1, maxLength: 4 }))
  .map(([second, arcs]) => ["1", second, ...arcs].join("."));
const extensions = fc.array(fc.record({ oid, isCritical: fc.boolean(), value: bytes }), { maxLength: 3 });
const printable = fc.stringMatching(/^[A-Za-z0-9 .]{0,12}$/);
const signers = fc.oneof(
  fc.record({ listType: fc.constant(1 as const), certificates: fc.array(bytes, { maxLength: 3 }) }),
  fc.record({
    listType: fc.constant(2 as const),
    digests: fc.array(fc.record({ algorithm: printable, value: bytes }), { maxLength: 3 }),
  }),
);
const plainInfo = {
  header: fc.record({ id: fc.constant("ES" as const), version: fc.constant(4 as const), vendorId: ascii }),
  code: ascii,
  property: fc.record({
    type: number,
    name: fc.string({ unit: "grapheme", maxLength: 20 }),
    signers,
    createdAt: time,
    validFrom: time,
    validUntil: time,
  }),
  picture: fc.record({ type: ascii, data: bytes, widthMm: number, heightMm: number }),
};
const info = fc.oneof(fc.record(plainInfo), fc.record({ ...plainInfo, extensions }));
const signature = fc.tuple(fc.nat(), fc.nat()).map(([r, s]) => sequence(smallInteger(r), smallInteger(s)));
const signatureAlgorithmOid = "1.2.156.10197.1.501";

describe("a seal", () => {
  it("comes back from its encoding as it went in, to the byte (GB/T 38540-2020 §6.1)", () => {
    fc.assert(
      fc.property(info, bytes, signature, (content, makerCertificate, value) => {
        const encodedInfo = encodeSealInfo(content);
        const der = encodeSeal({
          info: encodedInfo,
          makerCertificate,
          signatureAlgorithmOid,
          signature: value,
        });
        const seal = parseSeal(der);
        expect(seal).toEqual({
          raw: der,
          info: { raw: encodedInfo, ...content },
          makerCertificate,
          signatureAlgorithmOid,
          signature: value,
          quirks: [],
        });
        expect(encodeSealInfo(seal.info)).toEqual(encodedInfo);
      }),
    );
  });
});

describe("a seal signature", () => {
  it("comes back from its encoding as it went in, to the byte (GB/T 38540-2020 §7.1)", () => {
    const content = fc.record(
      {
        version: number,
        time,
        dataHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
        propertyInfo: ascii,
        extensions,
      },
      { requiredKeys: ["version", "time", "dataHash", "propertyInfo"] },
    );
    const timeStamp = fc.option(bytes, { nil: undefined });
    fc.assert(
      fc.property(info, content, signature, bytes, timeStamp, (inner, outer, value, certificate, token) => {
        const raw = encodeSeal({
          info: encodeSealInfo(inner),
          makerCertificate: certificate,
          signatureAlgorithmOid,
          signature: value,
        });
        const toBeSigned = encodeSealSignatureContent({ ...outer, seal: { raw } });
        const parts = {
          toBeSigned,
          signerCertificate: certificate,
          signatureAlgorithmOid,
          signature: value,
          ...(token !== undefined && { timeStamp: token }),
        };
        const der = encodeSealSignature(parts);
        const parsed = parseSealSignature(der);
        expect(parsed).toEqual({
          ...parts,
          raw: der,
          toBeSigned: { ...outer, raw: toBeSigned, seal: parseSeal(raw) },
          signatureAsWritten: value,
          quirks: [],
        });
        expect(encodeSealSignatureContent(parsed.toBeSigned)).toEqual(toBeSigned);
      }),
    );
  });
});

describe("the readers of seals", () => {
  it("answer any bytes with a seal or a SealError, never with another error", () => {
    const anyBytes = fc.oneof(
      bytes,
      fc.tuple(info, bytes).map(([content, tail]) => sequence(encodeSealInfo(content), tail)),
    );
    fc.assert(
      fc.property(anyBytes, (input) => {
        for (const parse of [parseSeal, parseSealSignature]) {
          try {
            parse(input);
          } catch (cause) {
            expect(cause).toBeInstanceOf(SealError);
          }
        }
      }),
    );
  });
});
