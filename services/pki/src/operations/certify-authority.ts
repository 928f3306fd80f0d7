import { equalBytes } from "@yinxin/crypto/bytes";
import { certificateProfiles, issueCertificate, issueRollOver } from "@yinxin/crypto/issuing";
import type { NameInput } from "@yinxin/crypto/issuing";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";
import type { KeyVersion, OpenKey } from "@yinxin/service-kit/key-rings";

import type { AuthorityId } from "../domain/authority.ts";
import { backdated, daysAfter, earlier } from "../domain/validity.ts";
import { reserveOwn, storeOwn } from "./issue-authority-certificate.ts";
import type { AuthorityCertificate, AuthorityCertificateDeps } from "./issue-authority-certificate.ts";

/** An authority, and the name that it keeps through all its keys (RFC 4210 §4.4). */
export interface AuthorityName {
  readonly authorityId: AuthorityId;
  readonly name: NameInput;
}

/** The certificate with which a root signs itself; that of before if it was made already. */
export async function certifyRoot(
  deps: AuthorityCertificateDeps,
  { authorityId, name }: AuthorityName,
  key: OpenKey,
): Promise<Certificate> {
  const wanted: AuthorityCertificate = {
    authorityId,
    profile: "root-ca",
    subject: key.version,
    subjectName: textOf(name),
    issuer: key.use,
  };
  const known = await findOwn(deps, wanted, key.version.publicKey);
  if (known !== undefined) return known;
  const notBefore = backdated(deps.clock.now());
  const der = await issueCertificate({
    profile: "root-ca",
    subject: name,
    publicKey: key.signer.publicKey,
    issuer: { signer: key.signer },
    serialNumber: await reserveOwn(deps, wanted),
    notBefore,
    notAfter: daysAfter(notBefore, certificateProfiles["root-ca"].validityDays),
  });
  const certificate = parseCertificate(der);
  await storeOwn(deps, [{ ...wanted, certificate }]);
  return certificate;
}

/** The certificate of an issuing authority's key under the root; that of before if this root issued it already. */
export async function certifyIssuing(
  deps: AuthorityCertificateDeps,
  { authorityId, name }: AuthorityName,
  subject: KeyVersion,
  root: OpenKey,
): Promise<Certificate> {
  const wanted: AuthorityCertificate = {
    authorityId,
    profile: "issuing-ca",
    subject,
    subjectName: textOf(name),
    issuer: root.use,
  };
  const known = await findOwn(deps, wanted, subject.publicKey);
  if (known !== undefined) return known;
  const rootCertificate = certificateOf(root.version);
  const notBefore = backdated(deps.clock.now());
  const wantedEnd = daysAfter(notBefore, certificateProfiles["issuing-ca"].validityDays);
  const der = await issueCertificate({
    profile: "issuing-ca",
    subject: name,
    publicKey: subject.publicKey,
    issuer: { signer: root.signer, certificate: rootCertificate },
    serialNumber: await reserveOwn(deps, wanted),
    notBefore: notBefore < rootCertificate.notBefore ? rootCertificate.notBefore : notBefore,
    notAfter: earlier(wantedEnd, rootCertificate.notAfter),
  });
  const certificate = parseCertificate(der);
  await storeOwn(deps, [{ ...wanted, certificate }]);
  return certificate;
}

/** By which those who trust only one root reach the other. */
export interface RollOver {
  readonly oldWithNew: Certificate;
  readonly newWithOld: Certificate;
}

/**
 * The two cross certificates of RFC 4210 §4.4.1; those of before if they were made already. Both are there before anybody is
 * told of the new root, so that no moment is without a path.
 */
export async function crossCertify(
  deps: AuthorityCertificateDeps,
  { authorityId }: AuthorityName,
  old: OpenKey,
  next: OpenKey & { readonly certificate: Certificate },
): Promise<RollOver> {
  const oldCertificate = certificateOf(old.version);
  const about = { authorityId, profile: "cross-ca", subjectName: oldCertificate.subject.text } as const;
  const oldWithNew: AuthorityCertificate = { ...about, subject: old.version, issuer: next.use };
  const newWithOld: AuthorityCertificate = { ...about, subject: next.version, issuer: old.use };
  const known = {
    oldWithNew: await findOwn(deps, oldWithNew, old.version.publicKey),
    newWithOld: await findOwn(deps, newWithOld, next.version.publicKey),
  };
  if (known.oldWithNew !== undefined && known.newWithOld !== undefined) {
    return { oldWithNew: known.oldWithNew, newWithOld: known.newWithOld };
  }
  const until = daysAfter(deps.clock.now(), certificateProfiles["cross-ca"].validityDays);
  const made = await issueRollOver({
    old: { signer: old.signer, certificate: oldCertificate },
    next: { signer: next.signer, certificate: next.certificate },
    serialNumbers: {
      oldWithNew: await reserveOwn(deps, oldWithNew),
      newWithOld: await reserveOwn(deps, newWithOld),
    },
    newWithOldUntil: earlier(until, oldCertificate.notAfter),
  });
  const rollOver = {
    oldWithNew: parseCertificate(made.oldWithNew),
    newWithOld: parseCertificate(made.newWithOld),
  };
  await storeOwn(deps, [
    { ...oldWithNew, certificate: rollOver.oldWithNew },
    { ...newWithOld, certificate: rollOver.newWithOld },
  ]);
  return rollOver;
}

/** @throws Error if it has none, which no key of an authority is without once it is in use. */
export function certificateOf({ purpose, version, certificate }: KeyVersion): Certificate {
  if (certificate === undefined) throw new Error(`${purpose} version ${String(version)} has no certificate`);
  return parseCertificate(certificate);
}

/** A step that was cut short after its transaction runs again and must not certify twice. */
async function findOwn(
  { store }: AuthorityCertificateDeps,
  { authorityId, profile, issuer }: AuthorityCertificate,
  publicKey: Uint8Array,
): Promise<Certificate | undefined> {
  const own = await store.listOwnCertificates(authorityId, profile);
  return own
    .filter((found) => found.issuer.purpose === issuer.purpose && found.issuer.version === issuer.version)
    .map(({ certificate }) => parseCertificate(certificate))
    .find((certificate) => equalBytes(certificate.publicKey, publicKey));
}

function textOf(name: NameInput): string {
  return [...name]
    .reverse()
    .map(({ type, value }) => `${type}=${value}`)
    .join(", ");
}
