import { equalBytes } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import { certificateProfiles, issueCertificate } from "@yinxin/crypto/issuing";
import type { CertificateToIssue, NameInput } from "@yinxin/crypto/issuing";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";
import type { KeyUse, KeyVersion } from "@yinxin/service-kit/key-rings";

import { authorityAlgorithms } from "../domain/authority.ts";
import type { AuthorityAlgorithm, AuthorityRecord, AuthorityRole } from "../domain/authority.ts";
import { authorityRing, authorityRingOf } from "../domain/authority-rings.ts";
import { createSerialNumber } from "../domain/serial-number.ts";
import { backdated, daysAfter } from "../domain/validity.ts";
import type { AuthorityCertificateDeps } from "./issue-authority-certificate.ts";
import type { PkiUnit } from "./pki-store.ts";

/**
 * Opens the key rings of the authorities that exist, at every start. With `makesTestAuthority` it first makes those that are
 * missing: a test root and an issuing authority for each algorithm, whose names say that they are tests.
 *
 * Keys and certificates that were made before there were rings become their first versions. A crash in the middle leaves keys
 * without certificate, or certificates without row; the next start goes on from there.
 *
 * @throws Error if a key from before is not in the store any more: another one must not take its place unseen.
 */
export async function openAuthorities(
  deps: AuthorityCertificateDeps,
  options: { readonly makesTestAuthority: boolean },
): Promise<void> {
  for (const algorithm of authorityAlgorithms) {
    const record = await deps.store.findAuthority(algorithm);
    if (record === undefined && !options.makesTestAuthority) continue;
    const root = await deps.rings.ensure(authorityRing("root", algorithm));
    const issuing = await deps.rings.ensure(authorityRing("issuing", algorithm));
    const hasCertificates = root.certificate !== undefined && issuing.certificate !== undefined;
    if (record !== undefined && hasCertificates) continue;
    await (record === undefined
      ? makeAuthority(deps, algorithm)
      : adoptAuthority(deps, record, { root, issuing }));
  }
}

async function adoptAuthority(
  { store }: AuthorityCertificateDeps,
  record: AuthorityRecord,
  { root, issuing }: Readonly<Record<AuthorityRole, KeyVersion>>,
): Promise<void> {
  checkIsKeyOf(root, record.rootCertificate);
  checkIsKeyOf(issuing, record.issuingCertificate);
  await store.transact((unit) => registerFirst(unit, record, { root: root.keyId, issuing: issuing.keyId }));
}

function checkIsKeyOf({ purpose, publicKey }: KeyVersion, certificate: Uint8Array): void {
  if (equalBytes(parseCertificate(certificate).publicKey, publicKey)) return;
  throw new Error(`the key of ${purpose} is not in the key store`);
}

/** The register of certificates begins with those of the first keys, which are the first versions of the rings. */
async function registerFirst(
  unit: PkiUnit,
  { id, algorithm, rootCertificate, issuingCertificate, createdAt }: AuthorityRecord,
  keyIds: Readonly<Record<AuthorityRole, string>>,
): Promise<void> {
  const rootUse: KeyUse = { purpose: authorityRingOf("root", algorithm), version: 1 };
  const issuingUse: KeyUse = { purpose: authorityRingOf("issuing", algorithm), version: 1 };
  const register = async (role: AuthorityRole, der: Uint8Array): Promise<void> => {
    const { serialNumber, subject } = parseCertificate(der);
    const row = {
      serialNumber,
      authorityId: id,
      profile: role === "root" ? "root-ca" : "issuing-ca",
      subject: subject.text,
      requestDigest: keyIds[role],
      requestedBy: "pki",
      reservedAt: createdAt,
      issuer: rootUse,
    } as const;
    await unit.addCertificate(row, der);
  };
  await register("root", rootCertificate);
  await register("issuing", issuingCertificate);
  await unit.rings.putCertificate(rootUse, rootCertificate, []);
  await unit.rings.putCertificate(issuingUse, issuingCertificate, [rootCertificate]);
}

/**
 * Root and issuing authority with their first keys. Their serial numbers are in the register from the transaction on that makes the
 * authority: nothing that a crash before it leaves was ever given out.
 */
async function makeAuthority(deps: AuthorityCertificateDeps, algorithm: AuthorityAlgorithm): Promise<void> {
  const rootKey = await deps.rings.open(authorityRingOf("root", algorithm));
  const issuingKey = await deps.rings.open(authorityRingOf("issuing", algorithm));
  const createdAt = deps.clock.now();
  const root = await issueFirst(deps, createdAt, {
    profile: "root-ca",
    subject: authorityName(`印信测试根证书 ${algorithm}`),
    publicKey: rootKey.signer.publicKey,
    issuer: { signer: rootKey.signer },
  });
  const issuing = await issueFirst(deps, createdAt, {
    profile: "issuing-ca",
    subject: authorityName(`印信测试签发机构 ${algorithm}`),
    publicKey: issuingKey.signer.publicKey,
    issuer: { signer: rootKey.signer, certificate: root },
  });
  const record: AuthorityRecord = {
    id: `authority_${algorithm.toLowerCase()}`,
    algorithm,
    rootCertificate: root.raw,
    issuingCertificate: issuing.raw,
    issuingKeyUri: issuingKey.version.keyUris[0] ?? "",
    createdAt,
  };
  const isMade = await deps.store.transact(async (unit) => {
    if (!(await unit.addAuthority(record))) return false;
    await registerFirst(unit, record, { root: rootKey.version.keyId, issuing: issuingKey.version.keyId });
    await unit.audit.append({
      action: "authority.created",
      actor: "pki",
      subject: record.id,
      occurredAt: createdAt,
      key: rootKey.use,
      detail: {
        algorithm,
        root_serial_number: root.serialNumber,
        issuing_serial_number: issuing.serialNumber,
        root_digest: digestText("SM3", digest("SM3", root.raw)),
      },
    });
    return true;
  });
  // Another process that started at the same moment was faster; there is one authority, and it is that one.
  if (!isMade && (await deps.store.findAuthority(algorithm)) === undefined) {
    throw new Error(`there is neither room nor an authority for ${algorithm}`);
  }
}

async function issueFirst(
  { randomBytes }: AuthorityCertificateDeps,
  createdAt: Date,
  wanted: Pick<CertificateToIssue, "subject" | "publicKey" | "issuer"> & {
    readonly profile: "root-ca" | "issuing-ca";
  },
): Promise<Certificate> {
  const notBefore = backdated(createdAt);
  const notAfter = daysAfter(notBefore, certificateProfiles[wanted.profile].validityDays);
  const serialNumber = createSerialNumber(randomBytes);
  return parseCertificate(await issueCertificate({ ...wanted, serialNumber, notBefore, notAfter }));
}

function authorityName(commonName: string): NameInput {
  return [
    { type: "C", value: "CN" },
    { type: "O", value: "印信测试机构(仅供测试)" },
    { type: "CN", value: commonName },
  ];
}
