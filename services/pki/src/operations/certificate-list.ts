import { digest, digestText } from "@yinxin/crypto/digest";
import { issueCertificateList } from "@yinxin/crypto/issuing";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { Clock } from "@yinxin/service-kit/clock";
import type { KeyRings, KeyVersion, OpenKey } from "@yinxin/service-kit/key-rings";
import { isRefusal, refuse } from "@yinxin/service-kit/problems";

import { authorityAlgorithms } from "../domain/authority.ts";
import type { AuthorityRole } from "../domain/authority.ts";
import { authorityRingOf } from "../domain/authority-rings.ts";
import type { IssuedCertificate } from "../domain/certificate-register.ts";
import { certificateOf } from "./certify-authority.ts";
import type { PkiStore, StoredCertificateList } from "./pki-store.ts";

export interface CertificateListDeps {
  readonly store: PkiStore;
  readonly rings: KeyRings;
  readonly clock: Clock;
}

export interface CertificateListRequest {
  readonly authorityId: string;
  readonly role: AuthorityRole;
  /** The key that is to sign it; the active one if absent. */
  readonly version?: number;
}

const hourMilliseconds = 3_600_000;
/** A list is signed again after this, also if nothing was revoked, so that the next one never comes late. */
const renewedAfterMilliseconds = 24 * hourMilliseconds;
const validMilliseconds = 7 * 24 * hourMilliseconds;
/** More losers in a row than this means that the table is not what it should be. */
const attemptsMax = 10;

/**
 * The newest revocation list of an authority (RFC 5280 §5), signed now if something was revoked since, or a day has gone by.
 * It names every certificate under the authority's name that was revoked and has not ended, whichever of its keys issued it;
 * a retiring key keeps signing its own for those who know only that key.
 *
 * @throws Refusal `authority-not-found`, `certificate-list-not-available`
 */
export async function readCertificateList(
  deps: CertificateListDeps,
  { authorityId, role, version }: CertificateListRequest,
): Promise<Uint8Array> {
  const algorithm = authorityAlgorithms.find(
    (candidate) => authorityId === `authority_${candidate.toLowerCase()}`,
  );
  if (algorithm === undefined) throw authorityNotFound(authorityId);
  const purpose = authorityRingOf(role, algorithm);
  const versions = await deps.rings.versions(purpose);
  const wanted =
    version === undefined
      ? (versions.findLast(({ state }) => state === "active") ?? versions.at(-1))
      : versions.find((candidate) => candidate.version === version);
  if (wanted?.certificate === undefined) throw authorityNotFound(authorityId);
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const kept = await deps.store.latestCertificateList({ purpose, version: wanted.version });
    const revoked = await revokedUnder(deps, purpose);
    if (kept !== undefined && isFresh(kept, revoked, deps.clock.now())) return kept.list;
    const list = await signList(deps, wanted, revoked, kept);
    if (list !== undefined) return list;
  }
  throw new Error(`no number for a list of ${purpose} could be taken`);
}

async function revokedUnder(
  { store, clock }: CertificateListDeps,
  purpose: string,
): Promise<readonly IssuedCertificate[]> {
  const now = clock.now();
  const revoked = await store.listRevoked(purpose);
  return revoked.filter(({ certificate }) => parseCertificate(certificate).notAfter >= now);
}

function isFresh(
  { thisUpdate, nextUpdate }: StoredCertificateList,
  revoked: readonly IssuedCertificate[],
  now: Date,
): boolean {
  const isYoung = now.getTime() - thisUpdate.getTime() < renewedAfterMilliseconds && now < nextUpdate;
  return isYoung && revoked.every(({ revocation }) => (revocation?.revokedAt ?? now) <= thisUpdate);
}

/** Undefined if somebody else took the number: what they signed may do. */
async function signList(
  deps: CertificateListDeps,
  version: KeyVersion,
  revoked: readonly IssuedCertificate[],
  kept: StoredCertificateList | undefined,
): Promise<Uint8Array | undefined> {
  try {
    // The key of an authority that is still to come may prove that it is there, and nothing else.
    if (version.activatedAt === undefined) throw notActive(version);
    return version.state === "active"
      ? await deps.rings.withKey(version.purpose, (key) => signWith(deps, key, revoked))
      : await signWith(deps, await deps.rings.openVersion(version.purpose, version.version), revoked);
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    // The key is stopped. The last list it signed still says the truth until its time is over.
    if (kept !== undefined && deps.clock.now() < kept.nextUpdate) return kept.list;
    throw refuse(
      "certificate-list-not-available",
      `The key ${version.purpose} version ${String(version.version)} signs no lists now.`,
      { cause },
    );
  }
}

async function signWith(
  { store, clock }: CertificateListDeps,
  key: OpenKey,
  revoked: readonly IssuedCertificate[],
): Promise<Uint8Array | undefined> {
  const { purpose, version } = key.use;
  const number = (await store.lastListNumber(purpose)) + 1;
  const thisUpdate = clock.now();
  const nextUpdate = new Date(thisUpdate.getTime() + validMilliseconds);
  const list = await issueCertificateList({
    issuer: { signer: key.signer, certificate: certificateOf(key.version) },
    number: BigInt(number),
    thisUpdate,
    nextUpdate,
    revoked: revoked.flatMap(({ serialNumber, revocation }) => {
      if (revocation === undefined) return [];
      const { revokedAt, reason, invalidFrom } = revocation;
      return [{ serialNumber, revokedAt, reason, ...(invalidFrom && { invalidAt: invalidFrom }) }];
    }),
  });
  const isFirst = await store.transact(async (unit) => {
    const stored = { issuer: { purpose, version }, number, thisUpdate, nextUpdate, list };
    if (!(await unit.addCertificateList(stored))) return false;
    await unit.audit.append({
      action: "certificate-list.issued",
      actor: "pki",
      subject: purpose,
      occurredAt: thisUpdate,
      key: key.use,
      detail: {
        number,
        revoked: revoked.length,
        next_update: nextUpdate.toISOString(),
        list_digest: digestText("SM3", digest("SM3", list)),
      },
    });
    return true;
  });
  return isFirst ? list : undefined;
}

function notActive({ purpose, version }: KeyVersion): Error {
  return refuse("key-not-active", `The key ${purpose} version ${String(version)} signs nothing yet.`);
}

function authorityNotFound(authorityId: string): Error {
  return refuse("authority-not-found", `There is no authority ${authorityId} with such a key.`);
}
