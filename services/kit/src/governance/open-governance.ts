import { createAuditLog, createAuditTrail, createStopRule } from "../audit/index.ts";
import type { AuditCatalogue, AuditLogKey, AuditTrail } from "../audit/index.ts";
import { createKeyRings } from "../key-rings/index.ts";
import type { KeyRings, KeyVersion } from "../key-rings/index.ts";
import { createWitnessClient } from "../witness/index.ts";
import { administer } from "./administer.ts";
import type { Governance, GovernanceOptions } from "./governance.ts";
import { judgeContinuations } from "./approved-continuations.ts";
import { openOfficerCrls } from "./officer-crls.ts";
import { readGovernanceFiles } from "./governance-files.ts";
import { ownRings } from "./own-rings.ts";

/**
 * Opens a service's key rings and audit log, with the two keys that every service has for logs.
 *
 * @throws StartError for a file that the configuration names and that cannot be used.
 */
export async function openGovernance<Schema, const Catalogue extends AuditCatalogue>(
  options: GovernanceOptions<Schema, Catalogue>,
): Promise<Governance<Catalogue>> {
  const { service, db, catalogue, keys, config, clock, randomBytes, log, fetch } = options;
  const files = await readGovernanceFiles(config);
  const officerCrls = await openOfficerCrls(config.OFFICER_CRLS_FILE, { clock, log });
  const witnessAbsenceSecondsMax = config.AUDIT_WITNESS_ABSENCE_SECONDS_MAX;
  const stopRule = createStopRule(witnessAbsenceSecondsMax);
  const trail: AuditTrail<Catalogue> = createAuditTrail(db, catalogue, {
    recordKeyUse: async (tx, use, at) => {
      await stopRule(tx, at);
      await rings.in(tx).recordUse(use, at);
    },
  });
  const rings: KeyRings = createKeyRings({ db, keys, trail: trail.kit, clock, randomBytes, service });
  const own = ownRings(service);
  await rings.ensure(own.audit);
  await rings.ensure(own.witness);
  const auditLog = createAuditLog({
    db,
    origin: config.AUDIT_ORIGIN,
    folder: config.AUDIT_FOLDER,
    isApproved: judgeContinuations({ db, trust: files.trust, service, clock }),
    openKeys: () => openLogKeys(rings, own.audit.purpose),
    knownKeys: async () => (await rings.versions(own.audit.purpose)).map(({ publicKey }) => publicKey),
    recordKeyUse: (tx, use, at) => rings.in(tx).recordUse(use, at),
    witnesses: files.witnesses.map(({ url, vkey }) => createWitnessClient({ url, key: vkey, fetch })),
    ...(witnessAbsenceSecondsMax !== undefined && { witnessAbsenceSecondsMax }),
    clock,
    log,
    randomBytes,
  });
  const core = { trail, rings, auditLog };
  return {
    ...core,
    administer: (parts = {}) => administer({ ...options, ...core, files, officerCrls, own }, parts),
  };
}

/**
 * Who signs checkpoints now: the active key; and while its successor is shown but does not sign yet, both, the old one first, so
 * that whoever knows only one of them can follow the log across the change.
 */
async function openLogKeys(rings: KeyRings, purpose: string): Promise<readonly AuditLogKey[]> {
  const versions = await rings.versions(purpose);
  const isShown = ({ state }: KeyVersion): boolean => state === "published";
  const next = await Promise.all(
    versions.filter(isShown).map(({ version }) => rings.openVersion(purpose, version)),
  );
  const active = await rings.open(purpose);
  return [active, ...next].map(({ signer, use }) => ({ signer, use }));
}
