import { equalBytes } from "@yinxin/crypto/bytes";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { KeyRings } from "@yinxin/service-kit/key-rings";

import { signingRing } from "../domain/signing-ring.ts";
import type { SigningStore } from "./signing-store.ts";

export interface AdoptPurposesDeps {
  readonly store: SigningStore;
  readonly rings: Pick<KeyRings, "ensure" | "versions">;
}

/**
 * Declares the ring of every purpose, at every start. A purpose that was made before there were rings gets one, whose
 * first version is the key that it has, with the certificate that it has.
 *
 * @throws Error if that key is not in the store any more: another one must not take its place unseen.
 */
export async function adoptPurposes({ store, rings }: AdoptPurposesDeps): Promise<void> {
  for (const purpose of await store.listPurposes()) {
    const { name, keyUri, certificate, chain } = purpose;
    await rings.ensure({ ...signingRing(purpose), adopt: labelOf(keyUri) });
    const [first] = await rings.versions(signingRing(purpose).purpose);
    if (first === undefined || first.certificate !== undefined) continue;
    if (!equalBytes(first.publicKey, parseCertificate(certificate).publicKey)) {
      throw new Error(`the key of purpose ${name}, ${keyUri}, is not in the key store`);
    }
    const use = { purpose: first.purpose, version: first.version };
    await store.transact((unit) => unit.rings.putCertificate(use, certificate, chain));
  }
}

/** Keys of purposes were made as `file:LABEL`. */
function labelOf(keyUri: string): string {
  return keyUri.replace(/^file:/, "");
}
