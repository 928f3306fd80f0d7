import type { AuditActor } from "@yinxin/service-kit/audit";
import type { Clock } from "@yinxin/service-kit/clock";
import { refuse } from "@yinxin/service-kit/problems";

import type { LicenseId } from "../domain/license.ts";
import type { LedgerStore, LicenseRecord } from "./ledger-store.ts";

export interface ReadLicenseDeps {
  readonly store: LedgerStore;
  readonly clock: Clock;
}

/** A license with its data; that it was read, and by whom, is recorded first. @throws Refusal `license-not-found` */
export async function readLicense(
  deps: ReadLicenseDeps,
  id: LicenseId,
  actors: AuditActor,
): Promise<LicenseRecord> {
  const license = await findLicense(deps.store, id);
  await recordReading(deps, id, actors, "metadata");
  return license;
}

/** The sealed document of a license; recorded likewise. @throws Refusal `license-not-found` */
export async function readLicenseDocument(
  deps: ReadLicenseDeps,
  id: LicenseId,
  actors: AuditActor,
): Promise<{ readonly license: LicenseRecord; readonly document: Uint8Array }> {
  const license = await findLicense(deps.store, id);
  const document = await deps.store.readDocument(id);
  if (document === undefined) throw new Error(`license ${id} has no document`);
  await recordReading(deps, id, actors, "document");
  return { license, document };
}

/** @throws Refusal `license-not-found` */
export async function findLicense(store: LedgerStore, id: LicenseId): Promise<LicenseRecord> {
  const license = await store.findLicense(id);
  if (license === undefined) {
    throw refuse("license-not-found", { zh: `没有证照 ${id}。`, en: `There is no license ${id}.` });
  }
  return license;
}

async function recordReading(
  { store, clock }: ReadLicenseDeps,
  id: LicenseId,
  actors: AuditActor,
  part: "metadata" | "document",
): Promise<void> {
  await store.transact((unit) =>
    unit.audit.append({
      action: "license.read",
      ...actors,
      subject: id,
      occurredAt: clock.now(),
      detail: { part },
    }),
  );
}
