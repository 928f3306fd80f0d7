import type { Clock } from "@yinxin/service-kit/clock";
import { certificateProfiles, issueCertificate } from "@yinxin/crypto/issuing";
import type { CertificateToIssue, NameInput } from "@yinxin/crypto/issuing";
import { digest, digestText } from "@yinxin/crypto/digest";
import { parseCertificate } from "@yinxin/crypto/x509";

import { authorityAlgorithms } from "../domain/authority.ts";
import type { Authority, AuthorityAlgorithm, AuthorityRecord } from "../domain/authority.ts";
import { createSerialNumber } from "../domain/serial-number.ts";
import { backdated, daysAfter } from "../domain/validity.ts";
import type { AuthorityKeys } from "./authority-keys.ts";
import type { PkiStore } from "./pki-store.ts";

export interface OpenAuthoritiesDeps {
  readonly store: PkiStore;
  readonly keys: AuthorityKeys;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
}

/**
 * Opens the authorities that exist. With `makesTestAuthority` it first makes those that are missing: a test root and
 * an issuing authority for each algorithm, whose names say that they are tests.
 *
 * A crash between key and row leaves a key without certificate, which the next start takes up.
 */
export async function openAuthorities(
  deps: OpenAuthoritiesDeps,
  options: { readonly makesTestAuthority: boolean },
): Promise<Authority[]> {
  const opened: Authority[] = [];
  for (const algorithm of authorityAlgorithms) {
    const found = await deps.store.findAuthority(algorithm);
    const record = found ?? (options.makesTestAuthority ? await makeAuthority(deps, algorithm) : undefined);
    if (record !== undefined) opened.push(await openAuthority(deps, record));
  }
  return opened;
}

async function openAuthority(deps: OpenAuthoritiesDeps, record: AuthorityRecord): Promise<Authority> {
  return {
    id: record.id,
    algorithm: record.algorithm,
    root: parseCertificate(record.rootCertificate),
    issuing: parseCertificate(record.issuingCertificate),
    signer: await deps.keys.open(record.issuingKeyUri),
  };
}

async function makeAuthority(
  deps: OpenAuthoritiesDeps,
  algorithm: AuthorityAlgorithm,
): Promise<AuthorityRecord> {
  const name = algorithm.toLowerCase();
  const issuingKeyUri = `file:issuing-${name}`;
  const rootSigner = await deps.keys.openOrCreate(`file:root-${name}`, algorithm);
  const issuingSigner = await deps.keys.openOrCreate(issuingKeyUri, algorithm);
  const createdAt = deps.clock.now();
  const root = await issue(deps, createdAt, {
    profile: "root-ca",
    subject: authorityName(`印信测试根证书 ${algorithm}`),
    publicKey: rootSigner.publicKey,
    issuer: { signer: rootSigner },
  });
  const issuing = await issue(deps, createdAt, {
    profile: "issuing-ca",
    subject: authorityName(`印信测试签发机构 ${algorithm}`),
    publicKey: issuingSigner.publicKey,
    issuer: { signer: rootSigner, certificate: parseCertificate(root) },
  });
  const record: AuthorityRecord = {
    id: `authority_${name}`,
    algorithm,
    rootCertificate: root,
    issuingCertificate: issuing,
    issuingKeyUri,
    createdAt,
  };
  return await keepAuthority(deps, record);
}

function issue(
  deps: OpenAuthoritiesDeps,
  createdAt: Date,
  wanted: {
    profile: "root-ca" | "issuing-ca";
    subject: NameInput;
    publicKey: Uint8Array;
    issuer: CertificateToIssue["issuer"];
  },
): Promise<Uint8Array> {
  const notBefore = backdated(createdAt);
  const notAfter = daysAfter(notBefore, certificateProfiles[wanted.profile].validityDays);
  const serialNumber = createSerialNumber(deps.randomBytes);
  return issueCertificate({ ...wanted, serialNumber, notBefore, notAfter });
}

async function keepAuthority(deps: OpenAuthoritiesDeps, record: AuthorityRecord): Promise<AuthorityRecord> {
  const isAdded = await deps.store.transact(async (unit) => {
    if (!(await unit.addAuthority(record))) return false;
    await unit.audit.append({
      action: "authority.created",
      actor: "pki",
      subject: record.id,
      occurredAt: record.createdAt,
      detail: {
        algorithm: record.algorithm,
        root_serial_number: parseCertificate(record.rootCertificate).serialNumber,
        issuing_serial_number: parseCertificate(record.issuingCertificate).serialNumber,
        root_digest: digestText("SM3", digest("SM3", record.rootCertificate)),
      },
    });
    return true;
  });
  if (isAdded) return record;
  // Another process that started at the same moment was faster; there is one authority, and it is that one.
  const other = await deps.store.findAuthority(record.algorithm);
  if (other === undefined) throw new Error(`there is neither room nor an authority for ${record.algorithm}`);
  return other;
}

function authorityName(commonName: string): NameInput {
  return [
    { type: "C", value: "CN" },
    { type: "O", value: "印信测试机构(仅供测试)" },
    { type: "CN", value: commonName },
  ];
}
