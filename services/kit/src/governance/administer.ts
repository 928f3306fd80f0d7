import type { Alarms } from "../alarms/index.ts";
import { createApprovals, createChangeLog, createRequestNonces } from "../approval-store/index.ts";
import type { Approvals } from "../approval-store/index.ts";
import { recordReads } from "../audit/index.ts";
import type { AuditCatalogue } from "../audit/index.ts";
import { createOfficerAuthenticator } from "../auth/index.ts";
import { createKeyWatch, ringOperations } from "../key-rings/index.ts";
import { createRotations, rotationOperations, standardPlans } from "../rotations/index.ts";
import type { Affected, Rotations } from "../rotations/index.ts";
import { callersOfRing, stoppedBy } from "./affected-by-ring.ts";
import { auditContinueOperation } from "./audit-continue.ts";
import { auditKeyHooks } from "./audit-key-hooks.ts";
import type { GovernanceFiles } from "./governance-files.ts";
import { governanceProblems, governanceRoutes } from "./governance-routes.ts";
import type { Administration, AdministrationParts } from "./governance.ts";
import { keyRingReaders } from "./key-ring-readers.ts";
import { openAlarms } from "./open-alarms.ts";
import { evidenceSources } from "./evidence-parts.ts";
import type { OpenedGovernance } from "./opened-governance.ts";
import { replaceLogKeyOperation } from "./replace-log-key.ts";
import { witnessKeyHooks } from "./witness-key-hooks.ts";
import { mountWitness } from "./witness-parts.ts";

/** Puts officers' side together. */
export function administer<Schema, Catalogue extends AuditCatalogue>(
  opened: OpenedGovernance<Schema, Catalogue>,
  parts: AdministrationParts,
): Administration {
  const { db, rings, trail, auditLog, clock, log, files } = opened;
  const numbers = affectedNumbers(opened, parts);
  const rotations = openRotations(opened, { ...parts, affected: numbers });
  const approvals = openApprovals(
    opened,
    { ...parts, stopped: stoppedNumbers(numbers, parts) },
    rotations,
    () => void alarms.look(),
  );
  const alarms: Alarms = openAlarms(opened, { approvals, rotations });
  const watch = createKeyWatch({ rings, log });
  return {
    rotations,
    routes: governanceRoutes({
      ...{ approvals, rotations, alarms },
      audit: { db, folder: opened.config.AUDIT_FOLDER, auditLog },
      keyRings: { rings, clock, ...keyRingReaders(opened, rotations) },
      evidence: evidenceSources(opened, { approvals, rotations }),
    }),
    problems: governanceProblems,
    recordRead: recordReads(db, trail.kit, clock),
    mount: (app) => {
      mountWitness(opened, app);
    },
    checks: { audit: auditLog.check },
    authenticator: (inner) =>
      createOfficerAuthenticator({
        inner,
        policy: () => approvals.policy(),
        nonces: createRequestNonces(db, clock),
        crls: opened.officerCrls,
        onRefused: (attempt) => approvals.recordRefused(attempt),
      }),
    start: async () => {
      await takePolicy(approvals, files);
      auditLog.start();
      rotations.start();
      alarms.start();
      for (const problem of await rotations.problems())
        log.error({ problem: problem.en }, "a ring has no plan");
      // Devices may be slow to read; what is found becomes an alarm.
      void watch.start();
    },
    stop: async () => {
      await Promise.all([rotations.stop(), alarms.stop(), watch.stop()]);
      // Last: what the others did in their last moments is in the log too.
      await auditLog.stop();
    },
  };
}

/** Who calls, which the audit log of every service knows, and what the service itself counts. */
function affectedNumbers<Schema, Catalogue extends AuditCatalogue>(
  { db, clock }: OpenedGovernance<Schema, Catalogue>,
  { affected }: AdministrationParts,
): (purpose: string) => Promise<readonly Affected[]> {
  return async (purpose) => [
    await callersOfRing(db, purpose, clock.now()),
    ...((await affected?.(purpose)) ?? []),
  ];
}

function stoppedNumbers(
  numbers: (purpose: string) => Promise<readonly Affected[]>,
  { stopped }: AdministrationParts,
): NonNullable<AdministrationParts["stopped"]> {
  const ofRing = stoppedBy(numbers);
  return async (scope) => [...(await ofRing(scope)), ...((await stopped?.(scope)) ?? [])];
}

function openApprovals<Schema, Catalogue extends AuditCatalogue>(
  opened: OpenedGovernance<Schema, Catalogue>,
  parts: AdministrationParts,
  rotations: Rotations,
  onBreakGlass: () => void,
): Approvals {
  const { service, db, rings, trail, clock, log, files, auditLog, config } = opened;
  return createApprovals({
    db,
    trail: trail.kit,
    trust: files.trust,
    crls: opened.officerCrls,
    log: createChangeLog({ db, folder: config.AUDIT_FOLDER, origin: config.AUDIT_ORIGIN, auditLog }),
    operations: [
      ...ringOperations({
        rings,
        knowsScope: parts.knowsScope ?? (() => Promise.resolve(false)),
        ...(parts.stopped && { stopped: parts.stopped }),
      }),
      ...rotationOperations({ rotations, clock }),
      auditContinueOperation(opened),
      replaceLogKeyOperation(opened),
      ...(parts.operations ?? []),
    ],
    clock,
    service,
    onBreakGlass: ({ id, operation, target }) => {
      log.error({ change: id, operation, target }, "the break-glass key was used");
      onBreakGlass();
    },
  });
}

function openRotations<Schema, Catalogue extends AuditCatalogue>(
  opened: OpenedGovernance<Schema, Catalogue>,
  { definitions = [], hooks = {}, ownerOf, affected }: AdministrationParts,
): Rotations {
  const { db, rings, keys, trail, clock, randomBytes, log, files } = opened;
  return createRotations({
    ...{ db, rings, keys, clock, randomBytes, log },
    trail: trail.kit,
    definitions: [...standardPlans, ...definitions, ...files.plans],
    hooks: { ...auditKeyHooks(opened), ...witnessKeyHooks(opened), ...hooks },
    ...(ownerOf && { ownerOf }),
    ...(affected && { affected }),
    onStuck: ({ id, purpose, problem }) => {
      log.error({ plan: id, purpose, step: problem?.step, code: problem?.code }, "a plan is stuck");
    },
  });
}

/** The policy of the deployment's file, if it is newer than the one that is known; a wrong one stops the start. */
async function takePolicy(approvals: Approvals, { trust, policyChain }: GovernanceFiles): Promise<void> {
  if (trust !== undefined && policyChain !== undefined) await approvals.importPolicy(policyChain);
}
