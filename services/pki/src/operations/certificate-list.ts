import { digest, digestText } from "@yinxin/crypto/digest";
import { issueCertificateList } from "@yinxin/crypto/issuing";
import { parseCertificateList } from "@yinxin/crypto/revocation";
import type { Clock } from "@yinxin/service-kit/clock";
import type { KeyRings, KeyVersion, OpenKey } from "@yinxin/service-kit/key-rings";
import { isRefusal, refuse } from "@yinxin/service-kit/problems";

import { authorityAlgorithms } from "../domain/authority.ts";
import type { AuthorityRole } from "../domain/authority.ts";
import { authorityRingOf } from "../domain/authority-rings.ts";
import type { RevokedCertificate } from "../domain/certificate-register.ts";
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
 * The newest revocation list of an authority (RFC 5280 §5), signed now if one is revoked that is not on the last, or a day has
 * gone by. It names every certificate under the authority's name that was revoked, whichever of its keys issued it, until a list
 * has named it after its end (RFC 5280 §3.3); a retiring key keeps signing its own for those who know only that key.
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
  const wanted = signerOf(await deps.rings.versions(purpose), version);
  if (wanted?.certificate === undefined) throw authorityNotFound(authorityId);
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const kept = await deps.store.latestCertificateList({ purpose, version: wanted.version });
    const revoked = await deps.store.listRevoked(purpose, kept?.thisUpdate);
    if (kept !== undefined && isFresh(kept, revoked, deps.clock.now())) return kept.list;
    const list = await signList(deps, wanted, revoked, kept);
    if (list !== undefined) return list;
  }
  throw new Error(`no number for a list of ${purpose} could be taken`);
}

/** The version that is asked for; without one the active one, or the last that there was. */
function signerOf(versions: readonly KeyVersion[], version: number | undefined): KeyVersion | undefined {
  if (version !== undefined) return versions.find((candidate) => candidate.version === version);
  return versions.findLast(({ state }) => state === "active") ?? versions.at(-1);
}

/** Times do not tell: a revocation may be stored after a list was begun and carry a time before it. */
function isFresh(
  { thisUpdate, nextUpdate, list }: StoredCertificateList,
  revoked: readonly RevokedCertificate[],
  now: Date,
): boolean {
  if (now.getTime() - thisUpdate.getTime() >= renewedAfterMilliseconds || now >= nextUpdate) return false;
  const { entries } = parseCertificateList(list);
  return revoked.every(({ serialNumber }) => entries.has(serialNumber));
}

/** Undefined if somebody else took the number: what they signed may do. */
async function signList(
  deps: CertificateListDeps,
  version: KeyVersion,
  revoked: readonly RevokedCertificate[],
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
  revoked: readonly RevokedCertificate[],
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
    revoked: revoked.map(({ serialNumber, revokedAt, reason, invalidFrom }) => {
      return { serialNumber, revokedAt, reason, ...(invalidFrom && { invalidAt: invalidFrom }) };
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
