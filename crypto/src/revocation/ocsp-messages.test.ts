import { describe, expect, it } from "vitest";

import {
  createRevocationScene,
  sceneNonce,
  sceneRequest,
  sceneResponse,
} from "../../testing/revocation-scene.ts";
import { bytesOfHex, concatBytes, hexOf } from "../bytes/index.ts";
import {
  bitString,
  contextExplicit,
  element,
  generalizedTime,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  smallInteger,
  utcTime,
} from "../der/index.ts";
import { OcspError, parseOcspRequest, parseOcspResponse, writeOcspRequest } from "./index.ts";

const scene = await createRevocationScene("SM2");
const time = new Date("2026-11-22T00:00:00Z");

/** The code of the refusal, or `read`. */
function outcomeOf(parse: () => unknown): string {
  try {
    parse();
  } catch (cause) {
    if (cause instanceof OcspError) return cause.code;
    throw cause;
  }
  return "read";
}

const certificateId = sequence(
  sequence(oid("1.3.14.3.2.26"), nullValue()),
  octetString(new Uint8Array(20)),
  octetString(new Uint8Array(20)),
  smallInteger(5),
);

describe("an OCSP request", () => {
  it("of ours names the issuer with SM3 for SM2 keys, has the nonce, and is not signed", () => {
    const request = parseOcspRequest(sceneRequest(scene, scene.good));
    expect(request).toMatchObject({ nonce: sceneNonce, isSigned: false, unknownCritical: [] });
    expect(request.certificateIds).toMatchObject([
      { digest: "SM3", serialNumber: scene.good.certificate.serialNumber },
    ]);
  });

  it("of ours is not made with a nonce of no octets or of 129", () => {
    const about = { certificate: scene.good.certificate, issuer: scene.authority.certificate };
    for (const size of [0, 129])
      expect(() => writeOcspRequest({ ...about, nonce: new Uint8Array(size) })).toThrow(RangeError);
    expect(parseOcspRequest(writeOcspRequest(about)).nonce).toBeUndefined();
  });

  const single = sequence(certificateId);
  const critical = (id: string): Uint8Array =>
    contextExplicit(2, sequence(sequence(oid(id), bytesOfHex("0101ff"), octetString(nullValue()))));
  it.each<[string, Uint8Array, string]>([
    ["that is plain", sequence(sequence(sequence(single))), "read"],
    [
      "with the name of who asks",
      sequence(sequence(contextExplicit(1, element(0x82, Uint8Array.of(97))), sequence(single))),
      "read",
    ],
    [
      "of version 2",
      sequence(sequence(contextExplicit(0, smallInteger(1)), sequence(single))),
      "ocsp-version",
    ],
    [
      "that writes the default version",
      sequence(sequence(contextExplicit(0, smallInteger(0)), sequence(single))),
      "ocsp-malformed",
    ],
    ["about nothing", sequence(sequence(sequence())), "ocsp-malformed"],
    [
      "about 65 certificates",
      sequence(sequence(sequence(...Array.from({ length: 65 }, () => single)))),
      "ocsp-malformed",
    ],
    [
      "with bytes after it",
      concatBytes(sequence(sequence(sequence(single))), Uint8Array.of(0)),
      "ocsp-malformed",
    ],
    ["of more than 64 KiB", octetString(new Uint8Array(65_537)), "ocsp-too-large"],
    [
      "with a nonce that is no OCTET STRING",
      sequence(sequence(sequence(single), critical("1.3.6.1.5.5.7.48.1.2"))),
      "ocsp-malformed",
    ],
    [
      "with an id that has a fifth member",
      sequence(sequence(sequence(sequence(concatId(nullValue()))))),
      "ocsp-malformed",
    ],
  ])("%s is read or refused as it must be", (_what, der, outcome) => {
    expect(outcomeOf(() => parseOcspRequest(der))).toBe(outcome);
  });

  function concatId(more: Uint8Array): Uint8Array {
    return sequence(
      sequence(oid("1.3.14.3.2.26")),
      octetString(new Uint8Array(20)),
      octetString(new Uint8Array(20)),
      smallInteger(5),
      more,
    );
  }

  it("says which critical extension nobody understands", () => {
    const request = parseOcspRequest(sequence(sequence(sequence(single), critical("1.2.3"))));
    expect(request.unknownCritical).toEqual(["1.2.3"]);
  });

  it("is read with the default version written out under the lenient profile", () => {
    const der = sequence(sequence(contextExplicit(0, smallInteger(0)), sequence(single)));
    expect(outcomeOf(() => parseOcspRequest(der, { profile: "lenient" }))).toBe("read");
  });
});

describe("an OCSP response", () => {
  const good = element(0x80);
  const answer = (status: Uint8Array, at = generalizedTime(time)): Uint8Array =>
    sequence(certificateId, status, at);
  const byKey = contextExplicit(2, octetString(new Uint8Array(20)));
  const data = (...members: Uint8Array[]): Uint8Array => sequence(...members);
  const algorithm = sequence(oid("1.2.156.10197.1.501"));
  const response = (tbs: Uint8Array, type = "1.3.6.1.5.5.7.48.1.1", status = 0): Uint8Array =>
    sequence(
      element(0x0a, Uint8Array.of(status)),
      contextExplicit(
        0,
        sequence(oid(type), octetString(sequence(tbs, algorithm, bitString(new Uint8Array(70))))),
      ),
    );
  const produced = generalizedTime(time);

  it("keeps the bytes that were signed", async () => {
    const der = await sceneResponse(scene, sceneRequest(scene, scene.good));
    const { basic, raw } = parseOcspResponse(der);
    expect(hexOf(raw)).toBe(hexOf(der));
    expect(hexOf(der)).toContain(hexOf(basic?.tbs ?? new Uint8Array(1)));
    expect(basic).toMatchObject({ signatureScheme: { kind: "sm2" }, nonce: sceneNonce });
  });

  const revoked = (reason: number): Uint8Array =>
    element(0xa1, generalizedTime(time), contextExplicit(0, element(0x0a, Uint8Array.of(reason))));
  it.each<[string, Uint8Array, string]>([
    ["that is plain", response(data(byKey, produced, sequence(answer(good)))), "read"],
    ["that is revoked for a reason", response(data(byKey, produced, sequence(answer(revoked(10))))), "read"],
    [
      "with the reason 7, which is none",
      response(data(byKey, produced, sequence(answer(revoked(7))))),
      "ocsp-malformed",
    ],
    [
      "with the fourth status",
      response(data(byKey, produced, sequence(answer(element(0x83))))),
      "ocsp-malformed",
    ],
    [
      "with contents in good",
      response(data(byKey, produced, sequence(answer(element(0x80, Uint8Array.of(1)))))),
      "ocsp-malformed",
    ],
    ["with UTCTime", response(data(byKey, utcTime(time), sequence(answer(good)))), "ocsp-malformed"],
    ["without an answer", response(data(byKey, produced, sequence())), "ocsp-malformed"],
    [
      "by a key hash of 32 octets",
      response(data(contextExplicit(2, octetString(new Uint8Array(32))), produced, sequence(answer(good)))),
      "ocsp-malformed",
    ],
    ["of another type", response(data(byKey, produced, sequence(answer(good))), "1.2.3"), "ocsp-malformed"],
    [
      "that failed and has an answer",
      response(data(byKey, produced, sequence(answer(good))), undefined, 2),
      "ocsp-malformed",
    ],
    ["that succeeded and has none", sequence(element(0x0a, Uint8Array.of(0))), "ocsp-malformed"],
    ["with the status 4, which is none", sequence(element(0x0a, Uint8Array.of(4))), "ocsp-malformed"],
    ["whose status is an INTEGER", sequence(integer(2n)), "ocsp-malformed"],
    [
      "of version 2",
      response(data(contextExplicit(0, smallInteger(1)), byKey, produced, sequence(answer(good)))),
      "ocsp-version",
    ],
    ["of more than 128 KiB", octetString(new Uint8Array(131_073)), "ocsp-too-large"],
  ])("%s is read or refused as it must be", (_what, der, outcome) => {
    expect(outcomeOf(() => parseOcspResponse(der))).toBe(outcome);
  });
});
