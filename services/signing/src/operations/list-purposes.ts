import type { KeyRings } from "@yinxin/service-kit/key-rings";

import type { CertifiedPurpose, PurposeCertificate } from "../domain/purpose.ts";
import { ringOfPurpose } from "../domain/signing-ring.ts";
import type { SigningStore } from "./signing-store.ts";

export interface ListPurposesDeps {
  readonly store: SigningStore;
  readonly rings: Pick<KeyRings, "versions">;
}

/** The purposes in the order of their names, each with the certificate that is in force. */
export async function listPurposes(deps: ListPurposesDeps): Promise<readonly CertifiedPurpose[]> {
  const purposes = await deps.store.listPurposes();
  return await Promise.all(
    purposes.map(async ({ name, algorithm, createdAt, certificate, chain }) => ({
      ...{ name, algorithm, createdAt, certificate, chain },
      ...(await certificateInForce(deps, name)),
    })),
  );
}

/** That of the active version; while none is active, of the one that was last. */
async function certificateInForce(
  { rings }: ListPurposesDeps,
  name: string,
): Promise<PurposeCertificate | undefined> {
  const signed = (await rings.versions(ringOfPurpose(name))).filter(
    ({ activatedAt }) => activatedAt !== undefined,
  );
  const version = signed.find(({ state }) => state === "active") ?? signed.at(-1);
  return version?.certificate && { certificate: version.certificate, chain: version.chain ?? [] };
}
