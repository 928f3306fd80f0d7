import { hexOf } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import {
  certificateProfiles,
  issueCertificate as signCertificate,
  IssuingError,
  keyIdentifierOf,
  nameInputOf,
  parseCertificateRequest,
  verifyPossession,
} from "@yinxin/crypto/issuing";
import type { CertificateRequest } from "@yinxin/crypto/issuing";
import type { Certificate } from "@yinxin/crypto/x509";
import type { AuditActor } from "@yinxin/service-kit/audit";
import type { Clock } from "@yinxin/service-kit/clock";
import type { KeyRings, OpenKey } from "@yinxin/service-kit/key-rings";
import { refuse } from "@yinxin/service-kit/problems";

import type { Authority, AuthorityId } from "../domain/authority.ts";
import { authorityRingOf } from "../domain/authority-rings.ts";
import { createSerialNumber } from "../domain/serial-number.ts";
import { checkSubjectRules } from "../domain/subject-rules.ts";
import type { EndEntityProfile } from "../domain/subject-rules.ts";
import { backdated, daysAfter } from "../domain/validity.ts";
import { certificateOf } from "./certify-authority.ts";
import type { PkiStore } from "./pki-store.ts";
import { readAuthorities } from "./read-authorities.ts";

export interface IssueCertificateDeps {
  readonly store: PkiStore;
  readonly rings: KeyRings;
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
 * without certificate: its number is never used again, and nothing with it was ever given out. The authority's key is that
 * of this moment; the transaction that stores the certificate counts its use, so a key that was suspended meanwhile lets none out.
 *
 * @throws Refusal `request-malformed`, `possession-not-proven`, `algorithm-not-acceptable`, `subject-not-acceptable`,
 *   `authority-not-ready`, and what `KeyRings.open` refuses.
 */
export async function issueCertificate(
  deps: IssueCertificateDeps,
  wanted: IssueCertificateRequest,
): Promise<CertificateWithChain> {
  const request = readRequest(wanted.request);
  const authorities = await readAuthorities(deps);
  const names = authorities.flatMap(namesOf);
  const algorithm = checkSubjectRules(wanted.profile, request.subject, request.keyAlgorithm, names);
  const authority = authorities.find((candidate) => candidate.algorithm === algorithm);
  if (authority === undefined) {
    throw refuse(
      "authority-not-ready",
      `This deployment has no authority that issues ${algorithm} certificates.`,
    );
  }
  const ring = authorityRingOf("issuing", authority.algorithm);
  return deps.rings.withKey(ring, (key) =>
    issueWith(deps, wanted, { request, key, authorityId: authority.id, issuing: certificateOf(key.version) }),
  );
}

interface Issuing {
  readonly request: CertificateRequest;
  readonly authorityId: AuthorityId;
  readonly key: OpenKey;
  readonly issuing: Certificate;
}

async function issueWith(
  deps: IssueCertificateDeps,
  wanted: IssueCertificateRequest,
  issuing: Issuing,
): Promise<CertificateWithChain> {
  const reserved = await reserve(deps, wanted, issuing);
  // The authority's key may be in a device and take its time, so no transaction is open.
  const certificate = await signCertificate({
    profile: wanted.profile,
    subject: nameInputOf(issuing.request.subject),
    publicKey: issuing.request.publicKey,
    issuer: { signer: issuing.key.signer, certificate: issuing.issuing },
    serialNumber: reserved.serialNumber,
    notBefore: reserved.notBefore,
    notAfter: reserved.notAfter,
  });
  await commit(deps, wanted, { ...reserved, issuing, certificate });
  return {
    serialNumber: hexOf(reserved.serialNumber),
    certificate,
    chain: [issuing.issuing.raw, ...(issuing.key.version.chain ?? [])],
  };
}

function namesOf({ roots, issuers }: Authority) {
  return [...roots, ...issuers].map(({ certificate }) => certificate.subject);
}

interface Reserved {
  readonly serialNumber: Uint8Array;
  readonly requestDigest: string;
  readonly notBefore: Date;
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
  { request, authorityId, key, issuing }: Issuing,
): Promise<Reserved> {
  const at = deps.clock.now();
  const validity = validityOf(wanted.profile, at, issuing);
  const serialNumber = createSerialNumber(deps.randomBytes);
  const requestDigest = digestText("SM3", digest("SM3", request.raw));
  await deps.store.reserve({
    serialNumber: hexOf(serialNumber),
    authorityId,
    profile: wanted.profile,
    subject: request.subject.text,
    requestDigest,
    requestedBy: wanted.actors.actor,
    reservedAt: at,
    issuer: { purpose: key.use.purpose, version: key.use.version },
  });
  return { serialNumber, requestDigest, ...validity };
}

/** An authority that ends before what it would issue has to hand over first, so that no certificate outlives its issuer. */
function validityOf(
  profile: EndEntityProfile,
  at: Date,
  issuing: Certificate,
): Pick<Reserved, "notBefore" | "notAfter"> {
  const earliest = backdated(at);
  const notBefore = earliest < issuing.notBefore ? issuing.notBefore : earliest;
  const notAfter = daysAfter(earliest, certificateProfiles[profile].validityDays);
  if (notAfter <= issuing.notAfter) return { notBefore, notAfter };
  throw refuse("authority-not-ready", {
    zh: `签发机构的证书于 ${issuing.notAfter.toISOString()} 到期，早于所要签发的证书；须先轮换签发机构。`,
    en: `The issuing authority ends on ${issuing.notAfter.toISOString()}, before the certificate would; it must be rotated first.`,
  });
}

async function commit(
  deps: IssueCertificateDeps,
  wanted: IssueCertificateRequest,
  issued: Reserved & { readonly issuing: Issuing; readonly certificate: Uint8Array },
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
      key: issued.issuing.key.use,
      detail: {
        authority_id: issued.issuing.authorityId,
        profile: wanted.profile,
        request_digest: issued.requestDigest,
        certificate_digest: digestText("SM3", digest("SM3", issued.certificate)),
        not_after: issued.notAfter.toISOString(),
      },
    });
  });
}
