import { describe, expect, it } from "vitest";

import type { Entity } from "../../testing/fabricated-certificate.ts";
import { issueEntity } from "../../testing/issue-entity.ts";
import {
  createRevocationScene,
  revokedAt,
  sceneNonce,
  sceneRequest,
  sceneResponse,
  sceneTime,
} from "../../testing/revocation-scene.ts";
import { writeSignatureAlgorithm } from "../algorithms/index.ts";
import { bitString, contextExplicit, element, octetString, oid, sequence } from "../der/index.ts";
import { issueOcspResponse } from "../issuing/index.ts";
import type { OcspResponseToIssue } from "../issuing/index.ts";
import { judgeOcspResponse, ocspCertificateIdOf, OcspError, parseOcspResponse } from "./index.ts";
import type { OcspJudgement, OcspJudgementInput } from "./index.ts";

const scene = await createRevocationScene("ES256");
const { authority, good, revoked, responder } = scene;
const issuer = authority.certificate;
const day = 86_400_000;
const later = (days: number): Date => new Date(sceneTime.getTime() + days * day);

const answered = parseOcspResponse(await sceneResponse(scene, sceneRequest(scene, good)));
const answeredRevoked = parseOcspResponse(await sceneResponse(scene, sceneRequest(scene, revoked)));

function judged(change: Partial<OcspJudgementInput> = {}): OcspJudgement {
  return judgeOcspResponse({
    response: answered,
    certificate: good.certificate,
    issuer,
    at: later(1),
    algorithms: "default",
    ...change,
  });
}

const idOf = ({ certificate }: Entity) => ocspCertificateIdOf(certificate, issuer, "SHA-256");

async function judgedWith(
  wanted: Partial<OcspResponseToIssue>,
  change: Partial<OcspJudgementInput> = {},
): Promise<OcspJudgement> {
  const der = await issueOcspResponse({
    responder,
    issuer,
    producedAt: sceneTime,
    responses: [{ certificateId: idOf(good), status: "good", thisUpdate: sceneTime }],
    ...wanted,
  });
  return judged({ response: parseOcspResponse(der), ...change });
}

/** The honest answer, signed by anybody and with any certificates. */
async function forged(signer: Entity, certificates: readonly Entity[]): Promise<OcspJudgement> {
  const honest = parseOcspResponse(
    await issueOcspResponse({
      responder: signer,
      // Whatever makes the writer believe that this signer may answer.
      issuer: signer.certificate,
      producedAt: sceneTime,
      responses: [{ certificateId: idOf(good), status: "good", thisUpdate: sceneTime }],
    }),
  );
  const tbs = honest.basic?.tbs ?? new Uint8Array();
  const basic = sequence(
    tbs,
    writeSignatureAlgorithm(signer.signer.algorithm),
    bitString(await signer.signer.sign({ message: tbs })),
    contextExplicit(0, sequence(...certificates.map(({ certificate }) => certificate.raw))),
  );
  const bytes = sequence(oid("1.3.6.1.5.5.7.48.1.1"), octetString(basic));
  const der = sequence(element(0x0a, Uint8Array.of(0)), contextExplicit(0, bytes));
  return judged({ response: parseOcspResponse(der) });
}

describe("an OCSP response", () => {
  it("of a delegate says good, with its evidence and two signature checks (RFC 6960 §4.2.2.2)", () => {
    expect(judged()).toMatchObject({
      status: "good",
      thisUpdate: sceneTime,
      producedAt: sceneTime,
      responder: { raw: responder.certificate.raw },
      isResponderRevocable: false,
      signatureChecks: 2,
    });
  });

  it("of the issuer itself needs no delegate and one signature check", async () => {
    for (const responderId of ["by-key", "by-name"] as const) {
      const judgement = await judgedWith({ responder: authority, responderId });
      expect(judgement).toMatchObject({ status: "good", signatureChecks: 1 });
      expect(judgement.responder).toBeUndefined();
    }
  });

  it("says revoked from the moment of the revocation on, and before it good with the moment", () => {
    const about = { response: answeredRevoked, certificate: revoked.certificate, now: later(1) };
    const revocation = { revokedAt, reason: "keyCompromise" };
    expect(judged({ ...about, at: later(0) })).toMatchObject({ status: "revoked", ...revocation });
    expect(judged({ ...about, at: revokedAt })).toMatchObject({ status: "revoked", ...revocation });
    const before = new Date(revokedAt.getTime() - 1);
    expect(judged({ ...about, at: before })).toMatchObject({ status: "good", ...revocation });
  });

  it("says so for good, however old it is, unless it was a suspension", async () => {
    const at = later(8);
    expect(judged({ response: answeredRevoked, certificate: revoked.certificate, at })).toMatchObject({
      status: "revoked",
    });
    const held = { certificateId: idOf(good), thisUpdate: sceneTime, status: "revoked", revokedAt } as const;
    const wanted = (reason: "certificateHold" | "superseded") =>
      judgedWith({ responses: [{ ...held, reason }] }, { at });
    expect(await wanted("superseded")).toMatchObject({ status: "revoked" });
    expect(await wanted("certificateHold")).toMatchObject({ code: "ocsp-not-current" });
  });

  it("says unknown where its responder does not know the certificate", async () => {
    const answer = { certificateId: idOf(good), thisUpdate: sceneTime, status: "unknown" } as const;
    expect(await judgedWith({ responses: [answer] })).toMatchObject({ status: "unknown" });
  });

  it.each(["SHA-1", "SHA-256", "SHA-384", "SHA-512", "SM3"] as const)(
    "finds the certificate by names digested with %s",
    async (digest) => {
      const response = parseOcspResponse(await sceneResponse(scene, sceneRequest(scene, good, digest)));
      expect(judged({ response })).toMatchObject({ status: "good" });
      expect(judged({ response, certificate: revoked.certificate })).toMatchObject({
        status: "unusable",
        code: "ocsp-other-certificate",
      });
    },
  );

  it("with two answers about one certificate says the later, and of two equally late ones the worse", async () => {
    const certificateId = idOf(good);
    const first = { certificateId, status: "good", thisUpdate: later(-1) } as const;
    const second = { certificateId, status: "revoked", revokedAt: later(-2), thisUpdate: sceneTime } as const;
    const tie = { ...first, thisUpdate: sceneTime };
    for (const responses of [
      [first, second],
      [second, first],
      [tie, second],
      [second, tie],
    ]) {
      expect(await judgedWith({ responses })).toMatchObject({ status: "revoked" });
    }
  });

  it("is believed when it was made after the time in question, if the judging is after it", () => {
    expect(judged({ at: later(-3), now: later(1) })).toMatchObject({ status: "good" });
    expect(judged({ at: later(-3) })).toMatchObject({ status: "unusable", code: "ocsp-not-current" });
  });

  it("from after the certificate expired counts only with an archive cutoff before that (RFC 6960 §4.4.4)", async () => {
    const algorithm = "ES256";
    const short = await issueEntity({
      profile: "signer",
      algorithm,
      commonName: "short",
      issuer: authority,
      notAfter: later(-1),
    });
    const responses = [{ certificateId: idOf(short), status: "good", thisUpdate: sceneTime }] as const;
    const about = { certificate: short.certificate, at: later(-2), now: later(1) };
    expect(await judgedWith({ responses }, about)).toMatchObject({ code: "ocsp-not-current" });
    const early = { responses, archiveCutoff: later(-30) };
    expect(await judgedWith(early, about)).toMatchObject({ status: "good" });
    const late = { responses, archiveCutoff: sceneTime };
    expect(await judgedWith(late, about)).toMatchObject({ code: "ocsp-not-current" });
  });
});

describe("an OCSP response proves nothing", () => {
  it("when it is a refusal", () => {
    const response = parseOcspResponse(sequence(element(0x0a, Uint8Array.of(3))));
    const judgement = judged({ response });
    expect(judgement).toMatchObject({ status: "unusable", code: "ocsp-not-successful", signatureChecks: 0 });
    expect(judgement.why).toContain("tryLater");
  });

  it("about a certificate of another issuer with the same serial number", () => {
    const certificate = { ...good.certificate, issuer: scene.root.certificate.subject };
    expect(judged({ certificate, issuer: scene.root.certificate })).toMatchObject({
      code: "ocsp-other-certificate",
    });
    expect(judged({ issuer: scene.root.certificate })).toMatchObject({ code: "ocsp-other-certificate" });
  });

  it("without the nonce that was sent, or with another (RFC 8954 §2.1)", async () => {
    expect(judged({ nonce: sceneNonce })).toMatchObject({ status: "good" });
    expect(judged({ nonce: new Uint8Array(32) })).toMatchObject({ code: "ocsp-nonce" });
    expect(await judgedWith({}, { nonce: sceneNonce })).toMatchObject({ code: "ocsp-nonce" });
  });

  it("when a newer one is due, or it is older than the caller takes", async () => {
    expect(judged({ at: later(7) })).toMatchObject({ status: "good" });
    expect(judged({ at: later(7.001) })).toMatchObject({ code: "ocsp-not-current" });
    expect(judged({ maximumAgeSeconds: 86_400 })).toMatchObject({ status: "good" });
    expect(judged({ maximumAgeSeconds: 86_399 })).toMatchObject({ code: "ocsp-not-current" });
    // Without nextUpdate a day is all.
    expect(await judgedWith({})).toMatchObject({ status: "good" });
    expect(await judgedWith({}, { at: later(1.001) })).toMatchObject({ code: "ocsp-not-current" });
  });

  it("when it is from more than five minutes in the future", () => {
    const minutes = (count: number): Date => new Date(sceneTime.getTime() - count * 60_000);
    expect(judged({ at: minutes(5) })).toMatchObject({ status: "good" });
    expect(judged({ at: minutes(5.1) })).toMatchObject({ code: "ocsp-not-current" });
    expect(judged({ at: new Date(Number.NaN) })).toMatchObject({ status: "unusable" });
  });

  it("after any change of one bit", () => {
    const der = Uint8Array.from(answered.raw);
    const { certificate } = good;
    let readable = 0;
    for (let at = 0; at < der.length; at += 1) {
      der[at] = (der[at] ?? 0) ^ 0x01;
      const status = statusOf(der, certificate);
      readable += status === "malformed" ? 0 : 1;
      expect(status, `byte ${String(at)}`).not.toBe("good");
      der[at] = (der[at] ?? 0) ^ 0x01;
    }
    expect(readable).toBeGreaterThan(100);
  });

  function statusOf(der: Uint8Array, certificate: OcspJudgementInput["certificate"]): string {
    try {
      return judged({ response: parseOcspResponse(der), certificate }).status;
    } catch (cause) {
      if (cause instanceof OcspError) return "malformed";
      throw cause;
    }
  }
});

describe("a responder has no right to answer", () => {
  const algorithm = "ES256";

  it("with a certificate of the authority that is not for this", async () => {
    expect(await forged(good, [good])).toMatchObject({ status: "unusable", code: "ocsp-responder" });
  });

  it("with a certificate for this by another authority, even one above", async () => {
    const others = [await issueEntity({ profile: "root-ca", algorithm, commonName: "other" }), scene.root];
    for (const other of others) {
      const impostor = await issueEntity({
        profile: "ocsp-responder",
        algorithm,
        commonName: "responder",
        issuer: other,
      });
      expect(await forged(impostor, [impostor, other])).toMatchObject({ code: "ocsp-responder" });
    }
  });

  it("with a certificate by an authority that only bears the same name", async () => {
    const lookAlike = {
      ...authority,
      signer: (await issueEntity({ profile: "root-ca", algorithm, commonName: "x" })).signer,
    };
    const namesake: Entity = {
      signer: lookAlike.signer,
      certificate: { ...authority.certificate, publicKey: lookAlike.signer.publicKey },
    };
    const impostor = await issueEntity({
      profile: "ocsp-responder",
      algorithm,
      commonName: "y",
      issuer: namesake,
    });
    const judgement = await forged(impostor, [impostor]);
    expect(judgement).toMatchObject({ code: "ocsp-responder", signatureChecks: 1 });
  });

  it("when its certificate is not in the response", async () => {
    expect(await forged(responder, [good])).toMatchObject({ code: "ocsp-responder", signatureChecks: 0 });
  });

  it("when its certificate began later or ended before the time in question", async () => {
    const validities = [
      { notBefore: later(0.5), notAfter: later(30) },
      { notBefore: later(-30), notAfter: later(0.5) },
    ];
    for (const validity of validities) {
      const delegate = await issueEntity({
        profile: "ocsp-responder",
        algorithm,
        commonName: "short",
        issuer: authority,
        ...validity,
      });
      const judgement = await forged(delegate, [delegate]);
      expect(judgement).toMatchObject({ code: "ocsp-responder" });
      expect(judgement.why).toContain("not valid at the time");
    }
  });

  it("when the signature is another's", async () => {
    const honest = await forged(responder, [responder]);
    expect(honest).toMatchObject({ status: "good" });
    const thief: Entity = { signer: good.signer, certificate: responder.certificate };
    await expect(forged(thief, [responder])).rejects.toMatchObject({ code: "issuer-unfit" });
    const { basic } = answered;
    if (basic === undefined) throw new Error("a response");
    const response = { ...answered, basic: { ...basic, signature: basic.signature.subarray(1) } };
    expect(judged({ response })).toMatchObject({ code: "ocsp-signature", signatureChecks: 2 });
    const unknown = { ...answered, basic: { ...basic, signatureScheme: undefined } };
    expect(judged({ response: unknown })).toMatchObject({ code: "ocsp-algorithm" });
  });
});
