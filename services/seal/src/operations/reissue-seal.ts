import { digest, digestText } from "@yinxin/crypto/digest";
import type { Clock } from "@yinxin/service-kit/clock";

import type { SealRecord, SealVersion } from "../domain/seal.ts";
import { wholeSecond } from "../domain/seal-validity.ts";
import type { Maker } from "./open-maker.ts";
import type { SealStore, SealUnit } from "./seal-store.ts";
import { signSeal } from "./sign-seal.ts";

export interface ReissueSealDeps {
  readonly store: SealStore;
  readonly clock: Clock;
}

/**
 * Documents that are under way are finished with the version they were begun with: after this time nobody should meet a
 * signature that was made with the old one later than that.
 */
export const parallelMilliseconds = 7 * 86_400_000;

export interface ReissueSealRequest {
  /** As it is in force now. */
  readonly seal: SealRecord;
  /** Whose signatures the new version is for; those of before if absent. */
  readonly owner?: {
    readonly keyVersion: number;
    readonly certificate: Uint8Array;
    readonly validUntil: Date;
  };
  readonly maker: Maker;
  /** When the versions before are closed, if the new one is in force at once; absent: it waits for a later step. */
  readonly closesAt?: Date;
}

/**
 * Makes a seal again: same code, name and face, the next version, for a new key of its owner or of its maker. What was sealed
 * with the versions before stays good, by the seal that is in those documents.
 *
 * @returns the new version's number; undefined if it was made before, by this run or another.
 */
export async function reissueSeal(
  { store, clock }: ReissueSealDeps,
  { seal, owner, maker, closesAt }: ReissueSealRequest,
): Promise<number | undefined> {
  const files = await store.findFiles(seal.id);
  if (files === undefined) throw new Error(`the seal ${seal.id} has a row and no bytes`);
  const at = wholeSecond(clock.now());
  const next: SealVersion = {
    version: ((await store.versions(seal.id)).at(-1)?.version ?? 0) + 1,
    ownerKeyVersion: owner?.keyVersion ?? seal.ownerKeyVersion,
    makerKeyVersion: maker.use.version,
    validFrom: at,
    // A new maker's signature is no renewal: the seal ends when it was to end.
    validUntil: owner?.validUntil ?? seal.validUntil,
    certificate: owner?.certificate ?? seal.certificate,
  };
  const bytes = await signSeal(maker, { ...seal, ...next }, files.picture);
  return store.transact(async (unit) => {
    if (!(await unit.addVersion(seal.id, next, bytes))) return undefined;
    await unit.audit.append({
      action: "seal.reissued",
      actor: "seal",
      subject: seal.id,
      occurredAt: at,
      key: maker.use,
      detail: {
        version: next.version,
        owner_key_version: next.ownerKeyVersion,
        maker_key_version: next.makerKeyVersion,
        seal_digest: digestText("SM3", digest("SM3", bytes)),
      },
    });
    if (closesAt !== undefined) await putInForce(unit, seal.id, next.version, { at, closedAt: closesAt });
    return next.version;
  });
}

/** From `at` on the seal is this version; false if it was put in force before. */
export async function putInForce(
  unit: SealUnit,
  id: SealRecord["id"],
  version: number,
  times: { readonly at: Date; readonly closedAt: Date },
): Promise<boolean> {
  if (!(await unit.putInForce(id, version, times))) return false;
  await unit.audit.append({
    action: "seal.version-effective",
    actor: "seal",
    subject: id,
    occurredAt: times.at,
    detail: { version, previous_closes_at: times.closedAt.toISOString() },
  });
  return true;
}
