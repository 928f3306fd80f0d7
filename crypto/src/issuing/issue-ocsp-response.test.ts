import { describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { newSigner } from "../../testing/fabricated-certificate.ts";
import { inToolFolder } from "../../testing/in-tool-folder.ts";
import {
  createRevocationScene,
  sceneNonce,
  sceneRequest,
  sceneResponse,
  sceneTime,
} from "../../testing/revocation-scene.ts";
import { hexOf } from "../bytes/index.ts";
import { judgeCertificate, ocspCertificateIdOf, parseOcspResponse } from "../revocation/index.ts";
import type { OcspResponse, OcspResponseStatus } from "../revocation/index.ts";
import { encodeOcspRefusal, IssuingError, issueOcspResponse, prepareOcspResponse } from "./index.ts";
import type { OcspAnswer, OcspResponseToIssue } from "./index.ts";

const scene = await createRevocationScene("SM2");
const { root, authority, responder, good, revoked } = scene;
const issuer = authority.certificate;
const answer: OcspAnswer = {
  certificateId: ocspCertificateIdOf(good.certificate, issuer, "SM3"),
  status: "good",
  thisUpdate: sceneTime,
};
const wanted: OcspResponseToIssue = { responder, issuer, producedAt: sceneTime, responses: [answer] };

const read = async (change: Partial<OcspResponseToIssue> = {}): Promise<OcspResponse> =>
  parseOcspResponse(await issueOcspResponse({ ...wanted, ...change }));

describe("an OCSP response that we issue", () => {
  it("names its responder by key or by name, has the delegate's certificate, and repeats the nonce", async () => {
    const { basic } = await read({ nonce: sceneNonce });
    expect(basic?.responderId).toMatchObject({ byKey: expect.any(Uint8Array) as unknown });
    expect(basic?.certificates.map(({ raw }) => hexOf(raw))).toEqual([hexOf(responder.certificate.raw)]);
    expect(basic?.nonce).toEqual(sceneNonce);
    const byName = await read({ responderId: "by-name" });
    expect(byName.basic?.responderId).toMatchObject({ byName: { text: responder.certificate.subject.text } });
  });

  it("of the authority itself has no certificates", async () => {
    expect((await read({ responder: authority })).basic?.certificates).toEqual([]);
  });

  it("decides for judgeCertificate whether a certificate is revoked, with SM2 throughout", async () => {
    const ocspResponses = await Promise.all(
      [good, revoked].map(async (each) =>
        parseOcspResponse(await sceneResponse(scene, sceneRequest(scene, each))),
      ),
    );
    const judge = (certificate: typeof issuer) =>
      judgeCertificate({
        certificate,
        intermediates: [issuer],
        anchors: [root.certificate],
        at: sceneTime,
        evidence: { crls: [], ocspResponses },
        policy: { revocation: "if-present", algorithms: "default" },
      });
    expect(judge(good.certificate)).toMatchObject({
      result: "passed",
      revocation: [{ status: "good", source: { kind: "ocsp" } }, {}, {}],
    });
    expect(judge(revoked.certificate)).toMatchObject({ result: "failed", code: "revoked" });
  });

  it("is a bare status where there is no answer (RFC 6960 §4.2.1)", () => {
    const statuses = [
      "malformedRequest",
      "internalError",
      "tryLater",
      "sigRequired",
      "unauthorized",
    ] as const;
    for (const responseStatus of statuses satisfies readonly OcspResponseStatus[]) {
      const response = parseOcspResponse(encodeOcspRefusal(responseStatus));
      expect(response).toMatchObject({ responseStatus, basic: undefined });
    }
  });

  toolTest(["openssl"], "as a refusal is understood by openssl", () => {
    inToolFolder({ "r.der": encodeOcspRefusal("tryLater") }, ({ run }) => {
      expect(run("openssl", "ocsp", "-respin", "r.der", "-noverify").output).toContain("trylater (3)");
    });
  });

  const early = new Date(sceneTime.getTime() - 1000);
  it.each<[string, Partial<OcspResponseToIssue>, string]>([
    ["with another key", { responder: { ...responder, signer: newSigner("SM2") } }, "issuer-unfit"],
    ["by a certificate that is not for this", { responder: good }, "issuer-unfit"],
    ["for another authority", { issuer: root.certificate }, "issuer-unfit"],
    ["by a certificate that has ended", { producedAt: new Date("2050-01-01T00:00:00Z") }, "issuer-unfit"],
    ["without an answer", { responses: [] }, "ocsp-response-invalid"],
    ["with 65 answers", { responses: Array.from({ length: 65 }, () => answer) }, "ocsp-response-invalid"],
    ["with an answer from the future", { producedAt: early }, "ocsp-response-invalid"],
    ["that ends at once", { responses: [{ ...answer, nextUpdate: sceneTime }] }, "ocsp-response-invalid"],
    ["at no time", { responses: [{ ...answer, thisUpdate: new Date(Number.NaN) }] }, "ocsp-response-invalid"],
    ["with a nonce of no octets", { nonce: new Uint8Array() }, "ocsp-response-invalid"],
    ["with a nonce of 129 octets", { nonce: new Uint8Array(129) }, "ocsp-response-invalid"],
    [
      "about a revocation to come",
      {
        responses: [{ ...answer, status: "revoked", revokedAt: new Date(sceneTime.getTime() + 1000) }],
      },
      "ocsp-response-invalid",
    ],
  ])("is not prepared %s", (_what, change, code) => {
    expect(() => prepareOcspResponse({ ...wanted, ...change })).toThrow(
      expect.objectContaining({ name: IssuingError.name, code }) as Error,
    );
  });

  it("does not leave with a wrong signature", async () => {
    const broken = { ...responder.signer, sign: () => Promise.resolve(new Uint8Array(70)) };
    await expect(read({ responder: { ...responder, signer: broken } })).rejects.toMatchObject({
      code: "signature-wrong",
    });
  });
});
