import { equalBytes } from "@yinxin/crypto/bytes";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { KeyRings, KeyVersion } from "@yinxin/service-kit/key-rings";

import type { SealId } from "../domain/seal.ts";
import { makerRing, makerRingDeclaration, ownerRingDeclaration, ownerRingOf } from "../domain/seal-rings.ts";
import type { SealStore } from "./seal-store.ts";

export interface OpenRingsDeps {
  readonly store: SealStore;
  readonly rings: KeyRings;
}

/** The maker's key as certificates named it before there were rings. */
const keyUriOfOldMaker = "file:maker";

/**
 * Opens the maker's ring, at every start, and a ring for each seal that was made before there were rings: the keys and
 * certificates of that time become first versions. A start that is cut short is taken up by the next one.
 *
 * @throws Error if such a key is not in the store any more: another one must not take its place unseen.
 */
export async function openRings({ store, rings }: OpenRingsDeps): Promise<void> {
  const maker = await rings.ensure(makerRingDeclaration);
  const old = await store.findMakerCertificate(keyUriOfOldMaker);
  // No seal was made without it, and each that was made since has had its ring from the beginning.
  if (old === undefined) return;
  if (maker.version === 1 && maker.certificate === undefined) {
    checkIsKeyOf(maker, old);
    await store.transact((unit) => unit.rings.putCertificate({ purpose: makerRing, version: 1 }, old));
  }
  for (const seal of await store.listIdentities()) await adoptOwner({ store, rings }, seal);
}

async function adoptOwner(
  { store, rings }: OpenRingsDeps,
  { id, name }: { readonly id: SealId; readonly name: string },
): Promise<void> {
  const use = { purpose: ownerRingOf(id), version: 1 };
  const first =
    (await rings.find(use.purpose, use.version)) ?? (await rings.ensure(ownerRingDeclaration(id, name)));
  if (first.certificate !== undefined) return;
  const made = await store.findVersionFor(id, use.version);
  if (made === undefined) throw new Error(`the seal ${id} has no version for its first key`);
  checkIsKeyOf(first, made.certificate);
  await store.transact((unit) => unit.rings.putCertificate(use, made.certificate));
}

function checkIsKeyOf({ purpose, publicKey }: KeyVersion, certificate: Uint8Array): void {
  if (equalBytes(parseCertificate(certificate).publicKey, publicKey)) return;
  throw new Error(`the key of ${purpose} is not in the key store`);
}
