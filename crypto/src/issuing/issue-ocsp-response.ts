import { parsePublicKey, writeSignatureAlgorithm } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import {
  bitString,
  contextExplicit,
  contextImplicit,
  element,
  generalizedTime,
  octetString,
  oid,
  sequence,
} from "../der/index.ts";
import { digest } from "../digest/index.ts";
import {
  encodeOcspCertificateId,
  encodeOcspExtensions,
  findResponder,
  nonceExtension,
  ocspExtensionOids,
  ocspResponseStatusNumbers,
  ocspSigningPurpose,
  parseOcspResponse,
  revocationReasonNumbers,
} from "../revocation/index.ts";
import type { OcspCertificateId, OcspResponseStatus, RevocationReason } from "../revocation/index.ts";
import { signVerified } from "../signer/index.ts";
import type { Signer } from "../signer/index.ts";
import type { Certificate, Extension } from "../x509/index.ts";
import { IssuingError } from "./error.ts";

/** What a responder says (RFC 6960 §4.2.1). */
export interface OcspResponseToIssue {
  /** The authority itself, or a delegate with a certificate of profile `ocsp-responder` by the authority's own key. */
  readonly responder: { readonly signer: Signer; readonly certificate: Certificate };
  /** The authority whose certificates the response is about. */
  readonly issuer: Certificate;
  /** How the response names its responder; by default the hash of the key, which is shorter. */
  readonly responderId?: "by-key" | "by-name";
  /** In whole seconds; a fraction is dropped, here and below. */
  readonly producedAt: Date;
  readonly responses: readonly OcspAnswer[];
  /** Of the request, to be repeated (RFC 8954 §2.1). */
  readonly nonce?: Uint8Array;
  /** Since when expired certificates are still remembered (RFC 6960 §4.4.4). */
  readonly archiveCutoff?: Date;
}

/** About one certificate; `certificateId` as the request had it. */
export type OcspAnswer = {
  readonly certificateId: OcspCertificateId;
  readonly thisUpdate: Date;
  /** Absent: newer information is to be had at any time. */
  readonly nextUpdate?: Date;
} & (
  | { readonly status: "good" | "unknown" }
  | { readonly status: "revoked"; readonly revokedAt: Date; readonly reason?: RevocationReason }
);

class Prepared {
  readonly #wanted: OcspResponseToIssue;
  readonly #toBeSigned: Uint8Array;

  constructor(wanted: OcspResponseToIssue, toBeSigned: Uint8Array) {
    this.#wanted = wanted;
    this.#toBeSigned = toBeSigned;
  }

  get wanted(): OcspResponseToIssue {
    return this.#wanted;
  }

  /** ResponseData, DER: what the responder signs. */
  get toBeSigned(): Uint8Array {
    return this.#toBeSigned;
  }
}

/** A response that is checked and encoded but not signed. Only {@link prepareOcspResponse} makes one. */
export type PreparedOcspResponse = Prepared;

/** As many as our own reader takes. */
const maximumAnswers = 64;

/**
 * Checks and encodes an OCSP response, before any key is used.
 *
 * @throws IssuingError `issuer-unfit` if the responder may not answer for the authority; `ocsp-response-invalid`.
 */
export function prepareOcspResponse(wanted: OcspResponseToIssue): PreparedOcspResponse {
  checkResponder(wanted);
  checkAnswers(wanted);
  return new Prepared(wanted, encodeResponseData(wanted));
}

/**
 * Lets the responder sign a prepared response, and gives the OCSPResponse in DER, with the delegate's certificate in it.
 * It is read back, and the right of the responder and the signature are checked as a client would, before it is given out.
 *
 * @throws SignerError `signature-wrong`; IssuingError `issued-ocsp-response-wrong`. Rejects as the signer does if the
 *   device fails.
 */
export async function signOcspResponse(prepared: PreparedOcspResponse): Promise<Uint8Array> {
  const { wanted, toBeSigned } = prepared;
  const { signer, certificate } = wanted.responder;
  const signature = await signVerified(signer, toBeSigned);
  const isDelegate = !equalBytes(certificate.publicKey, wanted.issuer.publicKey);
  const basic = sequence(
    toBeSigned,
    writeSignatureAlgorithm(signer.algorithm),
    bitString(signature),
    ...(isDelegate ? [contextExplicit(0, sequence(certificate.raw))] : []),
  );
  const der = encodeResponse("successful", basic);
  checkIssued(der, wanted);
  return der;
}

/**
 * Issues an OCSP response: {@link prepareOcspResponse}, then {@link signOcspResponse}.
 *
 * @throws IssuingError; SignerError if the key's signature is wrong. Rejects as the signer does if the device fails.
 */
export async function issueOcspResponse(wanted: OcspResponseToIssue): Promise<Uint8Array> {
  return signOcspResponse(prepareOcspResponse(wanted));
}

/** The answer to a request that gets none, unsigned (RFC 6960 §4.2.1). */
export function encodeOcspRefusal(status: Exclude<OcspResponseStatus, "successful">): Uint8Array {
  return encodeResponse(status);
}

const basicResponseOid = "1.3.6.1.5.5.7.48.1.1";

function encodeResponse(status: OcspResponseStatus, basic?: Uint8Array): Uint8Array {
  return sequence(
    enumerated(ocspResponseStatusNumbers[status]),
    ...(basic === undefined ? [] : [contextExplicit(0, sequence(oid(basicResponseOid), octetString(basic)))]),
  );
}

function encodeResponseData(wanted: OcspResponseToIssue): Uint8Array {
  const { responder, producedAt, responses, nonce, archiveCutoff } = wanted;
  const { subject, publicKey } = responder.certificate;
  const extensions: Extension[] = [
    ...(nonce === undefined ? [] : [nonceExtension(nonce)]),
    ...(archiveCutoff === undefined ? [] : [archiveCutoffExtension(archiveCutoff)]),
  ];
  return sequence(
    wanted.responderId === "by-name"
      ? contextExplicit(1, subject.raw)
      : contextExplicit(2, octetString(digest("SHA-1", parsePublicKey(publicKey).key))),
    generalizedTime(producedAt),
    sequence(...responses.map(encodeAnswer)),
    ...(extensions.length === 0 ? [] : [contextExplicit(1, encodeOcspExtensions(extensions))]),
  );
}

function archiveCutoffExtension(time: Date): Extension {
  return { oid: ocspExtensionOids.archiveCutoff, isCritical: false, value: generalizedTime(time) };
}

function encodeAnswer(answer: OcspAnswer): Uint8Array {
  return sequence(
    encodeOcspCertificateId(answer.certificateId),
    encodeStatus(answer),
    generalizedTime(answer.thisUpdate),
    ...(answer.nextUpdate === undefined ? [] : [contextExplicit(0, generalizedTime(answer.nextUpdate))]),
  );
}

function encodeStatus(answer: OcspAnswer): Uint8Array {
  if (answer.status !== "revoked") {
    return contextImplicit(answer.status === "good" ? 0 : 2, new Uint8Array(), false);
  }
  const { revokedAt, reason } = answer;
  return element(
    0xa1,
    generalizedTime(revokedAt),
    ...(reason === undefined ? [] : [contextExplicit(0, enumerated(revocationReasonNumbers[reason]))]),
  );
}

function enumerated(number: number): Uint8Array {
  return element(0x0a, Uint8Array.of(number));
}

function checkResponder({ responder, issuer, producedAt }: OcspResponseToIssue): void {
  const { signer, certificate } = responder;
  const refuse = (message: string): never => {
    throw new IssuingError("issuer-unfit", message);
  };
  if (!equalBytes(signer.publicKey, certificate.publicKey)) {
    refuse("the key is not the one of the responder's certificate");
  }
  if (equalBytes(certificate.publicKey, issuer.publicKey)) return;
  if (!equalBytes(certificate.issuer.raw, issuer.subject.raw)) refuse("the responder is another authority's");
  if (certificate.extendedKeyUsage?.includes(ocspSigningPurpose) !== true) {
    refuse("the responder's certificate is not for signing OCSP responses");
  }
  if (!(certificate.notBefore <= producedAt && producedAt <= certificate.notAfter)) {
    refuse("the responder's certificate is not valid");
  }
}

function checkAnswers({ responses, producedAt, nonce }: OcspResponseToIssue): void {
  const refuse = (isWrong: boolean, message: string): void => {
    if (isWrong) throw new IssuingError("ocsp-response-invalid", message);
  };
  refuse(
    responses.length === 0 || responses.length > maximumAnswers,
    `a response has 1 to ${String(maximumAnswers)} answers`,
  );
  refuse(nonce !== undefined && (nonce.length < 1 || nonce.length > 128), "a nonce has 1 to 128 octets");
  for (const answer of responses) {
    const { thisUpdate, nextUpdate } = answer;
    // Written so that an invalid date is refused too.
    refuse(!(thisUpdate <= producedAt), "an answer is from before the response");
    refuse(nextUpdate !== undefined && !(nextUpdate > thisUpdate), "the next update comes after this one");
    refuse(
      answer.status === "revoked" && !(answer.revokedAt <= thisUpdate),
      "a revocation is not from the future",
    );
  }
}

function checkIssued(der: Uint8Array, { issuer, responses, producedAt }: OcspResponseToIssue): void {
  const { basic } = parseOcspResponse(der);
  const isSame =
    basic?.responses.length === responses.length &&
    basic.responses.every(({ status, certificateId }, index) => {
      const wanted = responses[index];
      return status === wanted?.status && certificateId.serialNumber === wanted.certificateId.serialNumber;
    });
  if (basic === undefined || !isSame) {
    throw new IssuingError("issued-ocsp-response-wrong", "the response reads back as another");
  }
  const responder = findResponder({ basic, issuer, until: producedAt, algorithms: "default" });
  if (!responder.found) throw new IssuingError("issued-ocsp-response-wrong", responder.why);
}
