import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { issueEntity } from "../../testing/issue-entity.ts";
import {
  createRevocationScene,
  sceneList,
  sceneRequest,
  sceneResponse,
} from "../../testing/revocation-scene.ts";
import { bytesOfHex, concatBytes, hexOf } from "../bytes/index.ts";
import { integer, parseDer } from "../der/index.ts";
import {
  CertificateListError,
  encodeOcspRequest,
  OcspError,
  parseCertificateList,
  parseOcspRequest,
  parseOcspResponse,
  revocationReasonNumbers,
} from "../revocation/index.ts";
import type { OcspCertificateId, RevocationReason } from "../revocation/index.ts";
import { parseName } from "../x509/index.ts";
import {
  createCertificateRequest,
  encodeName,
  issueCertificateList,
  issueOcspResponse,
  IssuingError,
  parseCertificateRequest,
} from "./index.ts";
import type { CertificateListScope, CertificateToRevoke, OcspAnswer } from "./index.ts";

const authority = await issueEntity({ profile: "root-ca", algorithm: "ES256", commonName: "authority" });
const start = Date.parse("2026-11-22T00:00:00Z");

const wholeSecond = (from: number, to: number) =>
  fc.integer({ min: from, max: to }).map((seconds) => new Date(start + seconds * 1000));
const past = wholeSecond(-1_000_000_000, 0);
const future = wholeSecond(1, 1_000_000_000);
const serial = fc
  .bigInt({ min: 1n, max: 2n ** 159n - 1n })
  .map((number) => hexOf(parseDer(integer(number)).contents));
const reasons = (Object.keys(revocationReasonNumbers) as RevocationReason[]).filter(
  (reason) => reason !== "removeFromCRL",
);
const reason = fc.constantFrom(...reasons);
const otherIssuer = parseName(parseDer(encodeName([{ type: "CN", value: "other" }])));

const entry: fc.Arbitrary<CertificateToRevoke> = fc.record(
  {
    serialNumber: serial,
    revokedAt: past,
    reason,
    invalidAt: past,
    certificateIssuer: fc.constant(otherIssuer),
  },
  { requiredKeys: ["serialNumber", "revokedAt"] },
);
const scope: fc.Arbitrary<CertificateListScope> = fc.record(
  {
    urls: fc.constant(["http://crl.example/1.crl"]),
    only: fc.constantFrom("users", "authorities", "attributes"),
    onlyReasons: fc.subarray<RevocationReason>(["keyCompromise", "superseded", "aACompromise"], {
      minLength: 1,
    }),
    isIndirect: fc.constant(true as const),
  },
  { requiredKeys: ["isIndirect"] },
);

describe("a revocation list", () => {
  it("reads back as it was written, whatever is in it", async () => {
    const list = fc.record({
      number: fc.bigInt({ min: 1n, max: 2n ** 159n - 1n }),
      isDelta: fc.boolean(),
      scope,
      revoked: fc.uniqueArray(entry, {
        maxLength: 8,
        selector: (each) => `${each.serialNumber} ${each.certificateIssuer?.text ?? ""}`,
      }),
      nextUpdate: future,
    });
    await fc.assert(
      fc.asyncProperty(list, async ({ number, isDelta, revoked, nextUpdate, ...rest }) => {
        const der = await issueCertificateList({
          issuer: authority,
          number,
          thisUpdate: new Date(start),
          nextUpdate,
          revoked,
          scope: rest.scope,
          ...(isDelta && { baseNumber: number - 1n }),
        });
        const read = parseCertificateList(der);
        expect(read).toMatchObject({ number, nextUpdate, entryCount: revoked.length });
        expect(read.baseNumber).toBe(isDelta ? number - 1n : undefined);
        expect(read.scope?.onlySomeReasons).toBe(flagsOf(rest.scope.onlyReasons));
        for (const each of revoked) {
          const issuer = each.certificateIssuer ?? authority.certificate.subject;
          const found = read.entries
            .get(each.serialNumber)
            ?.filter(({ certificateIssuers }) => certificateIssuers.some(({ text }) => text === issuer.text));
          expect(found).toMatchObject([{ revokedAt: each.revokedAt, reason: each.reason ?? "unspecified" }]);
          expect(found?.[0]?.invalidAt).toEqual(each.invalidAt);
        }
      }),
      { numRuns: fuzzRuns(30) },
    );
  });

  it("of any bytes is read or refused with its own error", () => {
    refusesWithOwnError(parseCertificateList, CertificateListError);
  });
});

/** Bit n of ReasonFlags as 1 << n (RFC 5280 §4.2.1.13). */
function flagsOf(only: readonly RevocationReason[] | undefined): number | undefined {
  const bits: Partial<Record<RevocationReason, number>> = {
    keyCompromise: 1,
    superseded: 4,
    aACompromise: 8,
  };
  return only?.reduce((flags, each) => flags | (1 << (bits[each] ?? 0)), 0);
}

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const certificateId: fc.Arbitrary<OcspCertificateId> = fc.record({
  digest: fc.constant("SHA-1" as const),
  digestOid: fc.constant("1.3.14.3.2.26"),
  issuerNameHash: octets(20),
  issuerKeyHash: octets(20),
  serialNumber: serial,
});

describe("an OCSP request", () => {
  it("reads back as it was written, whatever is in it", () => {
    const extension = fc.record({
      oid: fc.constantFrom("1.2.3", "1.3.6.1.5.5.7.48.1.4"),
      isCritical: fc.boolean(),
      value: fc.uint8Array({ maxLength: 16 }),
    });
    const request = fc.record({
      certificateIds: fc.array(certificateId, { minLength: 1, maxLength: 5 }),
      extensions: fc.uniqueArray(extension, { maxLength: 2, selector: ({ oid }) => oid }),
    });
    fc.assert(
      fc.property(request, (wanted) => {
        const der = encodeOcspRequest(wanted);
        const read = parseOcspRequest(der);
        expect(read.certificateIds).toEqual(wanted.certificateIds);
        expect(read.extensions).toEqual(wanted.extensions);
        expect(hexOf(encodeOcspRequest(read))).toBe(hexOf(der));
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("of any bytes is read or refused with its own error", () => {
    refusesWithOwnError(parseOcspRequest, OcspError);
  });
});

describe("an OCSP response", () => {
  it("reads back as it was written, whatever is in it", async () => {
    const times = fc.record({ thisUpdate: past, nextUpdate: future }, { requiredKeys: ["thisUpdate"] });
    const status = fc.oneof(
      fc.record({ status: fc.constantFrom("good" as const, "unknown" as const) }),
      fc.record(
        {
          status: fc.constant("revoked" as const),
          revokedAt: wholeSecond(-2_000_000_000, -1_000_000_000),
          reason,
        },
        { requiredKeys: ["status", "revokedAt"] },
      ),
    );
    const answer = fc
      .tuple(certificateId, times, status)
      .map(([id, time, state]): OcspAnswer => ({ certificateId: id, ...time, ...state }));
    const response = fc.record(
      {
        responses: fc.array(answer, { minLength: 1, maxLength: 4 }),
        nonce: fc.uint8Array({ minLength: 1, maxLength: 128 }),
        responderId: fc.constantFrom("by-key" as const, "by-name" as const),
      },
      { requiredKeys: ["responses"] },
    );
    await fc.assert(
      fc.asyncProperty(response, async (wanted) => {
        const producedAt = new Date(start);
        const der = await issueOcspResponse({
          responder: authority,
          issuer: authority.certificate,
          producedAt,
          ...wanted,
        });
        const { basic } = parseOcspResponse(der);
        expect(basic).toMatchObject({ producedAt, responses: wanted.responses });
        expect(basic?.nonce).toEqual(wanted.nonce);
      }),
      { numRuns: fuzzRuns(30) },
    );
  });

  it("of any bytes is read or refused with its own error", () => {
    refusesWithOwnError(parseOcspResponse, OcspError);
  });
});

function refusesWithOwnError(
  parse: (bytes: Uint8Array) => unknown,
  own: abstract new (...args: never[]) => Error,
) {
  const begins = bytesOfHex("30");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, isSequence) => {
      const input = isSequence ? Uint8Array.of(...begins, bytes.length, ...bytes) : bytes;
      try {
        parse(input);
      } catch (cause) {
        expect(cause).toBeInstanceOf(own);
      }
    }),
    { numRuns: fuzzRuns(100) },
  );
}

describe("a message that somebody changed", () => {
  it("is read or refused with its own error, whatever was changed in it", async () => {
    const scene = await createRevocationScene("ES256");
    const request = sceneRequest(scene, scene.good);
    const messages = [
      { seed: request, parse: parseOcspRequest, own: OcspError },
      { seed: await sceneResponse(scene, request), parse: parseOcspResponse, own: OcspError },
      {
        seed: await sceneList(scene, { scope: { urls: ["http://crl.example/1.crl"], isIndirect: true } }),
        parse: parseCertificateList,
        own: CertificateListError,
      },
      {
        seed: await createCertificateRequest({
          subject: [{ type: "CN", value: "a" }],
          signer: scene.good.signer,
        }),
        parse: parseCertificateRequest,
        own: IssuingError,
      },
    ];
    const change = fc.record({
      message: fc.constantFrom(...messages),
      at: fc.nat({ max: 4096 }),
      removed: fc.nat({ max: 4 }),
      inserted: fc.uint8Array({ maxLength: 4 }),
    });
    fc.assert(
      fc.property(change, ({ message: { seed, parse, own }, at, removed, inserted }) => {
        const start = at % seed.length;
        const changed = concatBytes(seed.subarray(0, start), inserted, seed.subarray(start + removed));
        try {
          parse(changed);
        } catch (cause) {
          expect(cause).toBeInstanceOf(own);
        }
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});
