import { makerRing, makerRingDeclaration, ownerRingDeclaration, ownerRingOf } from "../domain/seal-rings.ts";
import type { KeyRings } from "@yinxin/service-kit/key-rings";

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
 */
export async function openRings({ store, rings }: OpenRingsDeps): Promise<void> {
  const maker = await rings.ensure(makerRingDeclaration);
  const old = await store.findMakerCertificate(keyUriOfOldMaker);
  if (maker.version === 1 && maker.certificate === undefined && old !== undefined) {
    await store.transact((unit) => unit.rings.putCertificate({ purpose: makerRing, version: 1 }, old));
  }
  const known = new Set((await rings.rings()).map(({ purpose }) => purpose));
  for (const { id, name } of await store.listIdentities()) {
    if (known.has(ownerRingOf(id))) continue;
    const { purpose, version } = await rings.ensure(ownerRingDeclaration(id, name));
    const seal = await store.find(id);
    if (seal === undefined) throw new Error(`the seal ${id} has no version`);
    await store.transact((unit) => unit.rings.putCertificate({ purpose, version }, seal.certificate));
  }
}
