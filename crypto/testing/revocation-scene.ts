import type { SignatureAlgorithmName } from "../src/algorithms/index.ts";
import { pemOfDer } from "../src/bytes/index.ts";
import { createCertificateRequest, issueCertificateList, issueOcspResponse } from "../src/issuing/index.ts";
import type { CertificateListToIssue, OcspAnswer } from "../src/issuing/index.ts";
import { parseOcspRequest, writeOcspRequest } from "../src/revocation/index.ts";
import type { OcspNameDigest } from "../src/revocation/index.ts";
import type { Entity } from "./fabricated-certificate.ts";
import { issueEntity } from "./issue-entity.ts";

/** An authority with a certificate that is good and one that it revoked, and a delegate that answers OCSP for it. */
export interface RevocationScene {
  readonly root: Entity;
  readonly authority: Entity;
  readonly responder: Entity;
  readonly good: Entity;
  readonly revoked: Entity;
}

/** When lists and responses of a scene are made; they hold for a week. */
export const sceneTime = new Date("2026-11-22T00:00:00Z");
export const revokedAt = new Date("2026-11-20T08:00:00Z");
const nextUpdate = new Date("2026-11-29T00:00:00Z");

export async function createRevocationScene(algorithm: SignatureAlgorithmName): Promise<RevocationScene> {
  const root = await issueEntity({ profile: "root-ca", algorithm, commonName: `${algorithm} root` });
  const authority = await issueEntity({
    profile: "issuing-ca",
    algorithm,
    commonName: algorithm,
    issuer: root,
  });
  const under = { algorithm, issuer: authority };
  return {
    root,
    authority,
    responder: await issueEntity({ ...under, profile: "ocsp-responder", commonName: "responder" }),
    good: await issueEntity({ ...under, profile: "signer", commonName: "good" }),
    revoked: await issueEntity({ ...under, profile: "signer", commonName: "revoked" }),
  };
}

/** A list of the scene's authority, with the revoked certificate unless `change` says otherwise. */
export function sceneList(
  { authority, revoked }: RevocationScene,
  change: Partial<CertificateListToIssue> = {},
): Promise<Uint8Array> {
  const { serialNumber } = revoked.certificate;
  return issueCertificateList({
    issuer: authority,
    number: 10n,
    thisUpdate: sceneTime,
    nextUpdate,
    revoked: [{ serialNumber, revokedAt, reason: "keyCompromise" }],
    ...change,
  });
}

/** The answer of the delegate, or of `responder`, to the request. */
export function sceneResponse(
  scene: RevocationScene,
  request: Uint8Array,
  responder: Entity = scene.responder,
): Promise<Uint8Array> {
  const { certificateIds, nonce } = parseOcspRequest(request);
  return issueOcspResponse({
    responder,
    issuer: scene.authority.certificate,
    producedAt: sceneTime,
    responses: certificateIds.map((certificateId): OcspAnswer => {
      const times = { certificateId, thisUpdate: sceneTime, nextUpdate };
      if (certificateId.serialNumber === scene.good.certificate.serialNumber)
        return { ...times, status: "good" };
      if (certificateId.serialNumber !== scene.revoked.certificate.serialNumber)
        return { ...times, status: "unknown" };
      return { ...times, status: "revoked", revokedAt, reason: "keyCompromise" };
    }),
    ...(nonce && { nonce }),
  });
}

/** Asks about a certificate of the scene, with a nonce. */
export function sceneRequest(
  { authority }: RevocationScene,
  about: Entity,
  digest?: OcspNameDigest,
): Uint8Array {
  return writeOcspRequest({
    certificate: about.certificate,
    issuer: authority.certificate,
    nonce: sceneNonce,
    ...(digest && { digest }),
  });
}

export const sceneNonce = Uint8Array.from({ length: 32 }, (_, index) => index + 1);

/** Everything of a scene in DER, by file name. */
export async function sceneFiles(scene: RevocationScene): Promise<Record<string, Uint8Array>> {
  const { root, authority, responder, good, revoked } = scene;
  const requests = { good: sceneRequest(scene, good), revoked: sceneRequest(scene, revoked) };
  return {
    "root.der": root.certificate.raw,
    "authority.der": authority.certificate.raw,
    "responder.der": responder.certificate.raw,
    "good.der": good.certificate.raw,
    "revoked.der": revoked.certificate.raw,
    "root-list.der": await sceneList(scene, { issuer: root, revoked: [] }),
    "authority-list.der": await sceneList(scene),
    "request.der": await createCertificateRequest({
      subject: [{ type: "CN", value: "request" }],
      signer: good.signer,
    }),
    "good-request.der": requests.good,
    "revoked-request.der": requests.revoked,
    "good-response.der": await sceneResponse(scene, requests.good),
    "revoked-response.der": await sceneResponse(scene, requests.revoked),
  };
}

/** The files, and beside them in PEM those that have a label. */
export function withPem(files: Record<string, Uint8Array>): Record<string, Uint8Array | string> {
  const labels = { list: "X509 CRL", request: "CERTIFICATE REQUEST" } as const;
  const pems = Object.entries(files).map(([name, der]) => {
    const stem = name.replace(".der", "");
    const label = stem === "request" ? labels.request : stem.endsWith("-list") ? labels.list : "CERTIFICATE";
    return [`${stem}.pem`, pemOfDer(der, label)] as const;
  });
  return { ...files, ...Object.fromEntries(pems) };
}
