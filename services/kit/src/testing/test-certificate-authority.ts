import { randomBytes } from "node:crypto";

import { pemOfDer } from "@yinxin/crypto/bytes";
import {
  certificateProfiles,
  issueCertificate,
  issueCertificateList,
  parseCertificateRequest,
  verifyPossession,
} from "@yinxin/crypto/issuing";
import type { CertificateToIssue, NameInput } from "@yinxin/crypto/issuing";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { isSameName, parseCertificate } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";

import type { Clock } from "../clock/index.ts";
import type { CertificateAuthority } from "../enrolment/index.ts";
import { refuse } from "../problems/index.ts";

/** A certificate authority of its own, as real as one can be without a service: it checks possession and signs. */
export interface TestCertificateAuthority extends CertificateAuthority {
  /** The roots and the issuing authorities, as the deployment's trust list has them. */
  readonly trustListPem: string;
  readonly roots: readonly Certificate[];
  /** What was revoked, by serial number, with the invalidity date. */
  readonly revoked: ReadonlyMap<string, Date | undefined>;
  /** The lists of those who issue certificates, with these certificates on them. */
  crls(
    revoked: readonly { readonly certificate: Certificate; readonly at: Date }[],
    lasting: { readonly from: Date; readonly until: Date },
  ): Promise<readonly Uint8Array[]>;
  /** From then on it refuses, as one that cannot be reached does, until it is called with `true`. */
  answer(isReachable: boolean): void;
}

interface Holder {
  readonly signer: ReturnType<typeof createSoftwareSigner>;
  readonly certificate: Certificate;
}

const algorithms = ["SM2", "ES256"] as const;

/** Makes roots and issuing authorities for SM2 and P-256 with fresh keys, valid around the clock's time. */
export async function createTestCertificateAuthority(clock: Clock): Promise<TestCertificateAuthority> {
  const hierarchies = await Promise.all(algorithms.map((algorithm) => createHierarchy(algorithm, clock)));
  let reachable = true;
  const revoked = new Map<string, Date | undefined>();
  return {
    revoked,
    revoke: (serialNumber, invalidFrom) => {
      if (!reachable) {
        return Promise.reject(
          refuse("certificate-not-revoked", "The certificate service cannot be reached."),
        );
      }
      if (!revoked.has(serialNumber)) revoked.set(serialNumber, invalidFrom);
      return Promise.resolve();
    },
    crls: (withdrawn, { from, until }) =>
      Promise.all(
        hierarchies.map(({ issuing }) =>
          issueCertificateList({
            issuer: issuing,
            number: 1n,
            thisUpdate: from,
            nextUpdate: until,
            revoked: withdrawn
              .filter(({ certificate }) => isSameName(certificate.issuer, issuing.certificate.subject))
              .map(({ certificate, at }) => ({
                serialNumber: certificate.serialNumber,
                revokedAt: at,
                reason: "keyCompromise" as const,
              })),
          }),
        ),
      ),
    roots: hierarchies.map(({ root }) => root.certificate),
    trustListPem: hierarchies
      .flatMap(({ issuing, root }) => [issuing, root])
      .map(({ certificate }) => pemOfDer(certificate.raw, "CERTIFICATE"))
      .join(""),
    answer: (isReachable) => {
      reachable = isReachable;
    },
    issue: async (profile, der) => {
      if (!reachable) throw refuse("certificate-not-issued", "The certificate service cannot be reached.");
      const request = parseCertificateRequest(der);
      if (!verifyPossession(request)) throw refuse("certificate-not-issued", "possession-not-proven");
      const hierarchy = hierarchies.find(({ algorithm }) => algorithm === request.keyAlgorithm);
      if (hierarchy === undefined) throw refuse("certificate-not-issued", "algorithm-not-acceptable");
      const subject = request.subject.attributes.flatMap(({ type, value }) =>
        type === undefined ? [] : [{ type, value }],
      );
      const certificate = await issue(clock, {
        profile,
        subject,
        publicKey: request.publicKey,
        issuer: hierarchy.issuing,
      });
      return { certificate, chain: [hierarchy.issuing.certificate.raw, hierarchy.root.certificate.raw] };
    },
  };
}

async function createHierarchy(
  algorithm: (typeof algorithms)[number],
  clock: Clock,
): Promise<{ algorithm: string; root: Holder; issuing: Holder }> {
  const root = await createHolder(algorithm, clock, "root-ca");
  const issuing = await createHolder(algorithm, clock, "issuing-ca", root);
  return { algorithm, root, issuing };
}

async function createHolder(
  algorithm: (typeof algorithms)[number],
  clock: Clock,
  profile: "root-ca" | "issuing-ca",
  issuer?: Holder,
): Promise<Holder> {
  const signer = createSoftwareSigner(generateKey(algorithm).pkcs8);
  const subject: NameInput = [
    { type: "C", value: "CN" },
    { type: "O", value: "Yinxin tests" },
    { type: "CN", value: `Test ${profile} ${algorithm}` },
  ];
  const issuedBy = issuer ?? { signer };
  const der = await issue(clock, { profile, subject, publicKey: signer.publicKey, issuer: issuedBy });
  return { signer, certificate: parseCertificate(der) };
}

const dayMilliseconds = 86_400_000;

function issue(
  clock: Clock,
  wanted: Pick<CertificateToIssue, "profile" | "subject" | "publicKey" | "issuer">,
): Promise<Uint8Array> {
  const { certificate } = wanted.issuer;
  const begin = clock.now().getTime() - dayMilliseconds;
  const end = begin + certificateProfiles[wanted.profile].validityDays * dayMilliseconds;
  return issueCertificate({
    ...wanted,
    serialNumber: randomBytes(16),
    notBefore: new Date(Math.max(begin, certificate?.notBefore.getTime() ?? begin)),
    notAfter: new Date(Math.min(end, certificate?.notAfter.getTime() ?? end)),
  });
}
