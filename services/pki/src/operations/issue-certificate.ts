import { hexOf } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import {
  certificateProfiles,
  issueCertificate as signCertificate,
  IssuingError,
  keyIdentifierOf,
  parseCertificateRequest,
  verifyPossession,
} from "@yinxin/crypto/issuing";
import type { CertificateRequest, NameInput } from "@yinxin/crypto/issuing";
import type { Name } from "@yinxin/crypto/x509";
import type { AuditActor } from "@yinxin/service-kit/audit";
import type { Clock } from "@yinxin/service-kit/clock";
import { refuse } from "@yinxin/service-kit/problems";

import type { Authority } from "../domain/authority.ts";
import { createSerialNumber } from "../domain/serial-number.ts";
import { checkSubjectRules } from "../domain/subject-rules.ts";
import type { EndEntityProfile } from "../domain/subject-rules.ts";
import { backdated, daysAfter, earlier } from "../domain/validity.ts";
import type { PkiStore } from "./pki-store.ts";

export interface IssueCertificateDeps {
  readonly store: PkiStore;
  readonly authorities: readonly Authority[];
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
}

export interface IssueCertificateRequest {
  readonly profile: EndEntityProfile;
  /** PKCS #10, DER. */
  readonly request: Uint8Array;
  readonly actors: AuditActor;
}

export interface CertificateWithChain {
  readonly serialNumber: string;
  /** DER. */
  readonly certificate: Uint8Array;
  /** The issuing authority's certificate, then the root's. */
  readonly chain: readonly Uint8Array[];
}

/**
 * Issues a certificate to whoever proves to hold the key, if the profile allows the name and the kind of key.
 *
 * The serial number is reserved and durable before anything is signed with it. A crash after that leaves a reservation
 * without certificate: its number is never used again, and nothing with it was ever given out.
 *
 * @throws Refusal `request-malformed`, `possession-not-proven`, `algorithm-not-acceptable`, `subject-not-acceptable`,
 *   `authority-not-ready`.
 */
export async function issueCertificate(
  deps: IssueCertificateDeps,
  wanted: IssueCertificateRequest,
): Promise<CertificateWithChain> {
  const request = readRequest(wanted.request);
  const authorityNames = deps.authorities.flatMap(({ root, issuing }) => [root.subject, issuing.subject]);
  const algorithm = checkSubjectRules(wanted.profile, request.subject, request.keyAlgorithm, authorityNames);
  const authority = deps.authorities.find((candidate) => candidate.algorithm === algorithm);
  if (authority === undefined) {
    throw refuse(
      "authority-not-ready",
      `This deployment has no authority that issues ${algorithm} certificates.`,
    );
  }
  const reserved = await reserve(deps, wanted, request, authority);

  // The authority's key may be in a device and take its time, so no transaction is open.
  const notBefore = backdated(reserved.at);
  const certificate = await signCertificate({
    profile: wanted.profile,
    subject: nameInputOf(request.subject),
    publicKey: request.publicKey,
    issuer: { signer: authority.signer, certificate: authority.issuing },
    serialNumber: reserved.serialNumber,
    notBefore,
    notAfter: reserved.notAfter,
  });

  await commit(deps, wanted, { ...reserved, authority, certificate });
  return {
    serialNumber: hexOf(reserved.serialNumber),
    certificate,
    chain: [authority.issuing.raw, authority.root.raw],
  };
}

interface Reserved {
  readonly serialNumber: Uint8Array;
  readonly requestDigest: string;
  readonly at: Date;
  readonly notAfter: Date;
}

function readRequest(der: Uint8Array): CertificateRequest {
  const request = parsed(der);
  if (!verifyPossession(request)) {
    throw refuse(
      "possession-not-proven",
      "The signature of the certificate request was not made with the key that it asks a certificate for.",
    );
  }
  return request;
}

function parsed(der: Uint8Array): CertificateRequest {
  try {
    const request = parseCertificateRequest(der);
    // A key that no certificate can name is found out here, before a serial number is spent on it.
    if (request.keyAlgorithm !== undefined) keyIdentifierOf(request.publicKey);
    return request;
  } catch (cause) {
    if (!(cause instanceof IssuingError)) throw cause;
    throw refuse("request-malformed", `The certificate request cannot be used: ${cause.message}.`, { cause });
  }
}

async function reserve(
  deps: IssueCertificateDeps,
  wanted: IssueCertificateRequest,
  request: CertificateRequest,
  authority: Authority,
): Promise<Reserved> {
  const at = deps.clock.now();
  const serialNumber = createSerialNumber(deps.randomBytes);
  const requestDigest = digestText("SM3", digest("SM3", request.raw));
  await deps.store.reserve({
    serialNumber: hexOf(serialNumber),
    authorityId: authority.id,
    profile: wanted.profile,
    subject: request.subject.text,
    requestDigest,
    requestedBy: wanted.actors.actor,
    reservedAt: at,
  });
  const wantedEnd = daysAfter(backdated(at), certificateProfiles[wanted.profile].validityDays);
  return { serialNumber, requestDigest, at, notAfter: earlier(wantedEnd, authority.issuing.notAfter) };
}

async function commit(
  deps: IssueCertificateDeps,
  wanted: IssueCertificateRequest,
  issued: Reserved & { readonly authority: Authority; readonly certificate: Uint8Array },
): Promise<void> {
  const serialNumber = hexOf(issued.serialNumber);
  const issuedAt = deps.clock.now();
  await deps.store.transact(async (unit) => {
    if (!(await unit.completeCertificate(serialNumber, issued.certificate, issuedAt))) {
      throw new Error(`the reservation of serial number ${serialNumber} is gone`);
    }
    await unit.audit.append({
      action: "certificate.issued",
      ...wanted.actors,
      subject: serialNumber,
      occurredAt: issuedAt,
      detail: {
        authority_id: issued.authority.id,
        profile: wanted.profile,
        request_digest: issued.requestDigest,
        certificate_digest: digestText("SM3", digest("SM3", issued.certificate)),
        not_after: issued.notAfter.toISOString(),
      },
    });
  });
}

/** The rules allowed only attribute types that have a name. */
function nameInputOf(subject: Name): NameInput {
  return subject.attributes.flatMap(({ type, value }) => (type === undefined ? [] : [{ type, value }]));
}
