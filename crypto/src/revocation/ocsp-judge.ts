import { equalBytes } from "../bytes/index.ts";
import { DerError, parseDer, readTime } from "../der/index.ts";
import { isSameName } from "../x509/index.ts";
import type { Certificate, Extension } from "../x509/index.ts";
import { clockToleranceMilliseconds } from "./evidence-time.ts";
import { certificateNaming } from "./ocsp-certificate-id.ts";
import { ocspExtensionOids } from "./ocsp-extensions.ts";
import { findResponder } from "./ocsp-responder.ts";
import type { BasicOcspResponse, OcspResponse, OcspSingleResponse } from "./ocsp-response.ts";
import { isForGood } from "./revocation-reason.ts";
import type { RevocationReason } from "./revocation-reason.ts";

export interface OcspJudgementInput {
  readonly response: OcspResponse;
  /** The certificate whose status is wanted. */
  readonly certificate: Certificate;
  /** Whose key signs the certificate; that it is genuine is the caller's to know. */
  readonly issuer: Certificate;
  /** The time for which the status is wanted. */
  readonly at: Date;
  /**
   * When the judging happens; the same as `at` if absent. Evidence from between the two is used: what was good later was good at
   * `at`, and what was revoked later was not revoked at `at`.
   */
  readonly now?: Date;
  readonly algorithms: "default" | "conformance";
  /** The response must have been true this short before `at`. Without it a day counts, where nextUpdate is missing. */
  readonly maximumAgeSeconds?: number;
  /** What our request had: the response must have the same. */
  readonly nonce?: Uint8Array;
}

/** Why a response says nothing; stable, one for each rule. */
export type OcspProblemCode =
  | "ocsp-not-successful"
  | "ocsp-other-certificate"
  | "ocsp-responder"
  | "ocsp-signature"
  | "ocsp-algorithm"
  | "ocsp-nonce"
  | "ocsp-not-current"
  | "ocsp-critical-extension";

export interface OcspJudgement {
  /** `unusable`: the response proves nothing, see `code`; `unknown`: its responder does not know the certificate. */
  readonly status: "good" | "revoked" | "unknown" | "unusable";
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date;
  readonly producedAt?: Date;
  /** With `revoked`; with `good` if it was revoked after `at`. */
  readonly revokedAt?: Date;
  readonly reason?: RevocationReason;
  /** The delegate that signed; absent if it was the issuer itself. */
  readonly responder?: Certificate;
  /** Whether the delegate could itself be revoked: it lacks id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1). */
  readonly isResponderRevocable?: boolean;
  readonly code?: OcspProblemCode;
  readonly clause?: string;
  /** A sentence for a person. */
  readonly why?: string;
  /** How many signatures were verified, as `PathBudget` counts them: at most two for each certificate in the response. */
  readonly signatureChecks: number;
}

/** Without nextUpdate newer information is always to be had (RFC 6960 §4.2.2.1), so yesterday's is stale. */
const maximumAgeWithoutNextUpdateSeconds = 86_400;

/** Extensions of responses that need no action here; of these archive cutoff is read. */
const understood: ReadonlySet<string> = new Set(Object.values(ocspExtensionOids));

/**
 * What a response proves about a certificate, by the six requirements of RFC 6960 §3.2. The response may come from
 * anybody: everything in it is checked, and nothing throws.
 */
export function judgeOcspResponse(input: OcspJudgementInput): OcspJudgement {
  const { basic, responseStatus } = input.response;
  if (basic === undefined)
    return unusable("ocsp-not-successful", "RFC 6960 §4.2.1", `The responder answered ${responseStatus}.`);
  const single = newestAbout(basic, input);
  if (single === undefined)
    return unusable("ocsp-other-certificate", "RFC 6960 §3.2", "It is about other certificates.");
  const problem =
    extensionProblem(basic, single) ?? nonceProblem(basic, input) ?? timeProblem(basic, single, input);
  if (problem !== undefined) return problem;
  const until = input.at > basic.producedAt ? input.at : basic.producedAt;
  const { issuer, algorithms } = input;
  const responder = findResponder({ basic, issuer, until, algorithms });
  const { signatureChecks } = responder;
  if (!responder.found)
    return { ...unusable(responder.code, "RFC 6960 §4.2.2.2", responder.why), signatureChecks };
  return { ...statusAt(single, input.at), ...evidenceOf(basic, single, responder.delegate), signatureChecks };
}

/** Of several answers about one certificate the latest counts, and of two equally late ones the worse. */
function newestAbout(
  basic: BasicOcspResponse,
  { certificate, issuer }: OcspJudgementInput,
): OcspSingleResponse | undefined {
  // The hash of the name is over the certificate's own issuer, so it says nothing about the issuer that we were given.
  if (!isSameName(certificate.issuer, issuer.subject)) return undefined;
  const severity = { good: 0, unknown: 1, revoked: 2 } as const;
  const isNamed = certificateNaming(certificate, issuer);
  return basic.responses
    .filter(({ certificateId }) => isNamed(certificateId))
    .sort(
      (left, right) =>
        right.thisUpdate.getTime() - left.thisUpdate.getTime() ||
        severity[right.status] - severity[left.status],
    )[0];
}

function extensionProblem(basic: BasicOcspResponse, single: OcspSingleResponse): OcspJudgement | undefined {
  const unknown = [...basic.extensions, ...single.extensions].find(
    ({ oid, isCritical }) => isCritical && !understood.has(oid),
  );
  if (unknown === undefined) return undefined;
  return unusable(
    "ocsp-critical-extension",
    "RFC 6960 §4.4",
    `The critical extension ${unknown.oid} is unknown.`,
  );
}

function nonceProblem(basic: BasicOcspResponse, { nonce }: OcspJudgementInput): OcspJudgement | undefined {
  if (nonce === undefined || (basic.nonce !== undefined && equalBytes(basic.nonce, nonce))) return undefined;
  const why = basic.nonce === undefined ? "It has no nonce." : "Its nonce is not the one that was sent.";
  return unusable("ocsp-nonce", "RFC 8954 §2.1", why);
}

function timeProblem(
  basic: BasicOcspResponse,
  single: OcspSingleResponse,
  input: OcspJudgementInput,
): OcspJudgement | undefined {
  const why =
    futureProblem(basic, single, input) ??
    staleProblem(single, input) ??
    retentionProblem(basic, single, input);
  return why === undefined ? undefined : unusable("ocsp-not-current", "RFC 6960 §4.2.2.1", why);
}

function futureProblem(
  { producedAt }: BasicOcspResponse,
  { thisUpdate, nextUpdate }: OcspSingleResponse,
  { at, now = at }: OcspJudgementInput,
): string | undefined {
  const latest = now.getTime() + clockToleranceMilliseconds;
  // A comparison with an invalid date is false, so this refuses it too.
  if (!(thisUpdate.getTime() <= latest && producedAt.getTime() <= latest))
    return `It is from a later time (${thisUpdate.toISOString()}).`;
  if (nextUpdate !== undefined && nextUpdate < thisUpdate) return "Its next update comes before this one.";
  return undefined;
}

function staleProblem(
  { status, reason, thisUpdate, nextUpdate }: OcspSingleResponse,
  { at, maximumAgeSeconds }: OcspJudgementInput,
): string | undefined {
  // No later response can take such a revocation back.
  if (status === "revoked" && isForGood(reason)) return undefined;
  if (nextUpdate !== undefined && nextUpdate < at)
    return `A newer one was due at ${nextUpdate.toISOString()}.`;
  const allowed =
    maximumAgeSeconds ?? (nextUpdate === undefined ? maximumAgeWithoutNextUpdateSeconds : Infinity);
  const ageSeconds = (at.getTime() - thisUpdate.getTime()) / 1000;
  return ageSeconds > allowed ? `It is ${String(Math.floor(ageSeconds))} seconds old.` : undefined;
}

/** Responders forget certificates that expired, and then call them good; an archive cutoff says which they remember. */
function retentionProblem(
  basic: BasicOcspResponse,
  single: OcspSingleResponse,
  { certificate: { notAfter } }: OcspJudgementInput,
): string | undefined {
  if (single.status !== "good" || single.thisUpdate <= notAfter) return undefined;
  const cutoff = archiveCutoffOf([...single.extensions, ...basic.extensions]);
  const isRemembered = cutoff !== undefined && cutoff <= notAfter;
  return isRemembered ? undefined : "It is from after the certificate expired, without an archive cutoff.";
}

/** RFC 6960 §4.4.4 */
function archiveCutoffOf(extensions: readonly Extension[]): Date | undefined {
  const extension = extensions.find(({ oid }) => oid === ocspExtensionOids.archiveCutoff);
  if (extension === undefined) return undefined;
  try {
    return readTime(parseDer(extension.value));
  } catch (cause) {
    if (cause instanceof DerError) return undefined;
    throw cause;
  }
}

function statusAt(
  single: OcspSingleResponse,
  at: Date,
): Pick<OcspJudgement, "status" | "revokedAt" | "reason"> {
  const { status, revokedAt, reason } = single;
  if (status !== "revoked") return { status };
  const details = { ...(revokedAt && { revokedAt }), ...(reason && { reason }) };
  return { status: revokedAt !== undefined && revokedAt > at ? "good" : "revoked", ...details };
}

function evidenceOf(
  { producedAt }: BasicOcspResponse,
  { thisUpdate, nextUpdate }: OcspSingleResponse,
  responder: Certificate | undefined,
): Pick<OcspJudgement, "thisUpdate" | "nextUpdate" | "producedAt" | "responder" | "isResponderRevocable"> {
  const isResponderRevocable =
    responder !== undefined && !responder.extensions.some(({ oid }) => oid === ocspExtensionOids.noCheck);
  return {
    producedAt,
    thisUpdate,
    ...(nextUpdate && { nextUpdate }),
    ...(responder && { responder, isResponderRevocable }),
  };
}

function unusable(code: OcspProblemCode, clause: string, why: string): OcspJudgement {
  return { status: "unusable", code, clause, why, signatureChecks: 0 };
}
