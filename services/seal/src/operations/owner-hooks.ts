import { digest, digestText } from "@yinxin/crypto/digest";
import { nameInputOf } from "@yinxin/crypto/issuing";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";
import { certifiedResult, enrolCertificate, putCertified } from "@yinxin/service-kit/enrolment";
import type { EnrolmentProfile } from "@yinxin/service-kit/enrolment";
import type { StepContext, StepHook } from "@yinxin/service-kit/rotations";

import type { SealId, SealRecord } from "../domain/seal.ts";
import { makerRing, sealOfRing } from "../domain/seal-rings.ts";
import { sealValidity, wholeSecond } from "../domain/seal-validity.ts";
import { withMaker } from "./open-maker.ts";
import type { OpenMakerDeps } from "./open-maker.ts";
import { parallelMilliseconds, putInForce, reissueSeal } from "./reissue-seal.ts";

/** Enrols the certificate of the next key of a seal's owner or of the maker, under the name of the one before. */
export function certifyHook(deps: OpenMakerDeps): StepHook {
  return {
    run: async (context) => {
      const { rings, next } = context;
      if (next.certificate !== undefined) return null;
      const wanted = await enrolmentFor(deps, context);
      if (wanted === undefined) return null;
      const { signer } = await rings.openVersion(next.purpose, next.version);
      return certifiedResult(await enrolCertificate(deps.authority, { ...wanted, signer }));
    },
    finish: async (tx, context, result) => {
      const certified = await putCertified(tx, context, result);
      if (certified === undefined) return;
      const { next, at } = context;
      const { serialNumber, raw } = certified.certificate;
      await deps.store.in(tx).audit.append({
        action: next.purpose === makerRing ? "maker-certificate.enrolled" : "owner-certificate.enrolled",
        actor: "seal",
        subject: sealOfRing(next.purpose) ?? `${next.purpose}/${String(next.version)}`,
        occurredAt: at,
        key: { ...certified.use, kind: "possession" },
        detail: {
          certificate_serial_number: serialNumber,
          certificate_digest: digestText("SM3", digest("SM3", raw)),
        },
      });
    },
  };
}

/** Undefined for a ring whose keys have no certificates, like that of the audit log. */
async function enrolmentFor(
  deps: OpenMakerDeps,
  { next }: StepContext,
): Promise<{ profile: EnrolmentProfile; subject: OpenMakerDeps["makerName"] } | undefined> {
  if (next.purpose === makerRing) return { profile: "seal-maker", subject: deps.makerName };
  const id = sealOfRing(next.purpose);
  if (id === undefined) return undefined;
  const { certificate } = await findSeal(deps, id);
  return { profile: "seal-owner", subject: nameInputOf(parseCertificate(certificate).subject) };
}

/** Makes the seal again for the owner's next key; it waits until that key signs. */
export function reissueHook(deps: OpenMakerDeps): StepHook {
  return {
    run: async ({ next }) => {
      const id = sealOfRing(next.purpose);
      if (id === undefined) return null;
      await reissueFor(deps, await findSeal(deps, id), next);
      const made = await deps.store.findVersionFor(id, next.version, true);
      if (made === undefined) throw new Error(`the seal ${id} was not made again`);
      return { version: made.version };
    },
    undo: async ({ next }) => {
      const id = sealOfRing(next.purpose);
      if (id !== undefined) await deps.store.transact((unit) => unit.withdrawVersion(id, next.version));
    },
    affected: () => Promise.resolve([{ what: { zh: "印章（枚）", en: "seals" }, count: 1 }]),
  };
}

/**
 * Makes a seal again for an owner's key, unless that was done before.
 *
 * @param closesAt when the versions before are closed: then the new one is in force at once, also if a rotation had made it
 *   ahead and was overtaken. Absent: it waits for a later step.
 */
export async function reissueFor(
  deps: OpenMakerDeps,
  seal: SealRecord,
  key: { readonly version: number; readonly certificate?: Uint8Array },
  closesAt?: Date,
): Promise<void> {
  const made = await deps.store.findVersionFor(seal.id, key.version, true);
  if (made !== undefined) {
    if (closesAt !== undefined) await takePrepared(deps, seal.id, made.version, closesAt);
    return;
  }
  if (key.certificate === undefined) throw new Error(`the next key of ${seal.id} has no certificate`);
  const owner: Certificate = parseCertificate(key.certificate);
  const { validUntil } = sealValidity(wholeSecond(deps.clock.now()), owner.notAfter);
  await withMaker(deps, (maker) =>
    reissueSeal(deps, {
      seal,
      owner: { keyVersion: key.version, certificate: owner.raw, validUntil },
      maker,
      ...(closesAt !== undefined && { closesAt }),
    }),
  );
}

async function takePrepared(
  { store, clock }: OpenMakerDeps,
  id: SealId,
  version: number,
  closedAt: Date,
): Promise<void> {
  const at = wholeSecond(clock.now());
  await store.transact((unit) => putInForce(unit, id, version, { at, closedAt }));
}

/** Puts the new version in force in the transaction in which the new key begins to sign: no moment is between. */
export function closeOldHook(deps: OpenMakerDeps): StepHook {
  return {
    finish: async (tx, { next, at }) => {
      const id = sealOfRing(next.purpose);
      if (id === undefined) return;
      const version = await deps.store.in(tx).findVersion(id, next.version);
      if (version === undefined) throw new Error(`the seal ${id} has no version for its new key`);
      const closedAt = new Date(at.getTime() + parallelMilliseconds);
      await putInForce(deps.store.in(tx), id, version, { at, closedAt });
    },
  };
}

/** @throws Error if there is no such seal, though there is a ring for it. */
export async function findSeal({ store }: Pick<OpenMakerDeps, "store">, id: SealId): Promise<SealRecord> {
  const seal = await store.find(id);
  if (seal === undefined) throw new Error(`there is no seal ${id} for its keys`);
  return seal;
}
