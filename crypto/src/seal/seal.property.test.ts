import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import {
  encodeMakerSignedBytes,
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
  header: fc.record({
    id: fc.constant("ES" as const),
    version: fc.constantFrom(4 as const, 5 as const),
    vendorId: ascii,
  }),
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
const laterInfo = fc.oneof(fc.record(plainInfo), fc.record({ ...plainInfo, extensions }));
/** UTCTime reaches from 1950 to 2049. */
const utcTime = fc
  .integer({ min: Date.UTC(1950, 0, 1) / 1000, max: Date.UTC(2049, 11, 31) / 1000 })
  .map((seconds) => new Date(seconds * 1000));
const firstInfo = fc.record({
  ...plainInfo,
  header: fc.record({ id: fc.constant("ES" as const), version: fc.constant(1 as const), vendorId: ascii }),
  property: fc.record({
    type: number,
    name: fc.string({ unit: "grapheme", maxLength: 20 }),
    signers: fc.record({
      listType: fc.constant(1 as const),
      certificates: fc.array(bytes, { maxLength: 3 }),
    }),
    createdAt: utcTime,
    validFrom: utcTime,
    validUntil: utcTime,
  }),
});
const info = fc.oneof(laterInfo, firstInfo);
const signature = fc.tuple(fc.nat(), fc.nat()).map(([r, s]) => sequence(smallInteger(r), smallInteger(s)));
const signatureAlgorithmOid = "1.2.156.10197.1.501";

describe("a seal", () => {
  it("comes back from its encoding as it went in, to the byte (GB/T 38540-2020 §6.1)", () => {
    const token = fc.option(bytes, { nil: undefined });
    fc.assert(
      fc.property(info, bytes, signature, token, (content, makerCertificate, value, timeStamp) => {
        const { version } = content.header;
        const encodedInfo = encodeSealInfo(content);
        const signed = { info: encodedInfo, makerCertificate, signatureAlgorithmOid };
        const stamped = version === 5 && timeStamp !== undefined ? { timeStamp } : {};
        const der = encodeSeal({ version, ...signed, signature: value, ...stamped });
        const seal = parseSeal(der, { profile: "strict" });
        expect(seal).toEqual({
          raw: der,
          info: { raw: encodedInfo, ...content },
          makerCertificate,
          signatureAlgorithmOid,
          signedBytes: encodeMakerSignedBytes(version, signed),
          signature: value,
          signatureAsWritten: value,
          ...stamped,
          quirks: [],
        });
        expect(encodeSealInfo(seal.info)).toEqual(encodedInfo);
        expect(parseSeal(der)).toEqual(seal);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});

describe("a seal signature", () => {
  it("comes back from its encoding as it went in, to the byte (GB/T 38540-2020 §7.1)", () => {
    const content = fc.record(
      {
        time,
        dataHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
        propertyInfo: ascii,
        extensions,
      },
      { requiredKeys: ["time", "dataHash", "propertyInfo"] },
    );
    const timeStamp = fc.option(bytes, { nil: undefined });
    fc.assert(
      fc.property(info, content, signature, bytes, timeStamp, (inner, outer, value, certificate, token) => {
        const { version } = inner.header;
        const raw = encodeSeal({
          version,
          info: encodeSealInfo(inner),
          makerCertificate: certificate,
          signatureAlgorithmOid,
          signature: value,
        });
        const signer = { signerCertificate: certificate, signatureAlgorithmOid };
        // Version 1 has no room for extensions and time stamps.
        const { extensions: extended, ...plain } = outer;
        const stated = version === 1 || extended === undefined ? plain : { ...plain, extensions: extended };
        const stamped = version === 1 || token === undefined ? {} : { timeStamp: token };
        const toBeSigned = encodeSealSignatureContent({ ...stated, version, seal: { raw }, ...signer });
        const der = encodeSealSignature({ version, toBeSigned, ...signer, signature: value, ...stamped });
        const parsed = parseSealSignature(der, { profile: "strict" });
        expect(parsed).toEqual({
          ...signer,
          signature: value,
          ...stamped,
          raw: der,
          toBeSigned: { ...stated, version, raw: toBeSigned, seal: parseSeal(raw) },
          signatureAsWritten: value,
          quirks: [],
        });
        expect(encodeSealSignatureContent({ ...parsed.toBeSigned, ...signer })).toEqual(toBeSigned);
      }),
      { numRuns: fuzzRuns(100) },
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
      { numRuns: fuzzRuns(100) },
    );
  });
});
