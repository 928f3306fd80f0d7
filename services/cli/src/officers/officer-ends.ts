import type { OfficerSession } from "../officer/index.ts";
import type { Bilingual } from "../terminal/index.ts";
import { newestOf, readPolicies } from "./share-policy.ts";

/** A certificate by which somebody acts as an officer, and when it ends. */
export interface OfficerEnd {
  readonly officer: string;
  /** RFC 3339. */
  readonly at: string;
  readonly detail: Bilingual;
}

/** Officers, and the sealed key, who can sign no more by some time unless their certificates are replaced; the soonest first. */
export async function readOfficerEnds(
  session: OfficerSession,
  service: string | undefined,
  until: number,
): Promise<readonly OfficerEnd[]> {
  // Services that do not answer were told of with their keys.
  const newest = newestOf(await readPolicies(session, session.services(service)));
  return (newest?.policy.signatories ?? [])
    .filter(({ certificate }) => certificate.notAfter.getTime() <= until)
    .map(({ id, name, certificate }) => ({
      officer: id,
      at: certificate.notAfter.toISOString(),
      detail: { zh: `${name} 的管理人员证书到期。`, en: `The officer's certificate of ${name} ends.` },
    }))
    .toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
}
