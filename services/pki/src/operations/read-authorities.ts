import { equalBytes } from "@yinxin/crypto/bytes";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";
import type { KeyRings } from "@yinxin/service-kit/key-rings";

import { authorityAlgorithms, isBelieved } from "../domain/authority.ts";
import type { Authority, AuthorityKeyVersion, AuthorityRecord, AuthorityRole } from "../domain/authority.ts";
import { authorityRingOf } from "../domain/authority-rings.ts";
import type { PkiStore } from "./pki-store.ts";

export interface ReadAuthoritiesDeps {
  readonly store: PkiStore;
  readonly rings: Pick<KeyRings, "versions">;
}

/** The authorities as they are at this moment: a key that was rotated a second ago is there, in this and every process. */
export async function readAuthorities(deps: ReadAuthoritiesDeps): Promise<readonly Authority[]> {
  const authorities: Authority[] = [];
  for (const algorithm of authorityAlgorithms) {
    const record = await deps.store.findAuthority(algorithm);
    if (record !== undefined) authorities.push(await readAuthority(deps, record));
  }
  return authorities;
}

async function readAuthority(deps: ReadAuthoritiesDeps, record: AuthorityRecord): Promise<Authority> {
  const { id, algorithm } = record;
  const roots = await readVersions(deps, "root", record);
  const issuers = await readVersions(deps, "issuing", record);
  return {
    id,
    algorithm,
    roots,
    issuers,
    intermediates: await readIntermediates(deps, record, roots, issuers),
  };
}

async function readVersions(
  { rings }: ReadAuthoritiesDeps,
  role: AuthorityRole,
  { algorithm }: AuthorityRecord,
): Promise<AuthorityKeyVersion[]> {
  const versions = await rings.versions(authorityRingOf(role, algorithm));
  return versions.flatMap(({ version, state, certificate }) =>
    certificate === undefined ? [] : [{ role, version, state, certificate: parseCertificate(certificate) }],
  );
}

/** Nothing by or for a key that is in other hands: whoever builds a path with it would believe a forger. */
async function readIntermediates(
  { store }: ReadAuthoritiesDeps,
  { id, algorithm }: AuthorityRecord,
  roots: readonly AuthorityKeyVersion[],
  issuers: readonly AuthorityKeyVersion[],
): Promise<readonly Certificate[]> {
  const lost = [...roots, ...issuers].filter(({ state }) => !isBelieved(state));
  const isLostKey = ({ publicKey }: Certificate): boolean =>
    lost.some(({ certificate }) => equalBytes(certificate.publicKey, publicKey));
  const rootRing = authorityRingOf("root", algorithm);
  const lostIssuers = new Set(
    lost.filter(({ role }) => role === "root").map(({ version }) => `${rootRing}/${String(version)}`),
  );
  const registered = [
    ...(await store.listOwnCertificates(id, "issuing-ca")),
    ...(await store.listOwnCertificates(id, "cross-ca")),
  ];
  return registered
    .filter(({ issuer }) => !lostIssuers.has(`${issuer.purpose}/${String(issuer.version)}`))
    .map(({ certificate }) => parseCertificate(certificate))
    .filter((certificate) => !isLostKey(certificate));
}
