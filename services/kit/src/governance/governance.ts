import type { Express } from "express";
import type { Kysely } from "kysely";
import type { z } from "zod";

import type { ChangeOperation } from "../approvals/index.ts";
import type { AuditCatalogue, AuditLog, AuditTrail } from "../audit/index.ts";
import type { Authenticator, Fetch } from "../auth/index.ts";
import type { Clock } from "../clock/index.ts";
import type { governanceEnvironment } from "../config/index.ts";
import type { HealthCheck, Metrics } from "../health/index.ts";
import type { KeyRings, RingKeys, RingOperationsDeps } from "../key-rings/index.ts";
import type { Log } from "../log/index.ts";
import type { ProblemTable } from "../problems/index.ts";
import type { PlanDefinition, Rotations, RotationsOptions, StepHook } from "../rotations/index.ts";
import type { RecordRead, Route } from "../routes/index.ts";

/** What {@link governanceEnvironment} gives. */
export type GovernanceConfig = Readonly<z.output<z.ZodObject<typeof governanceEnvironment>>>;

export interface GovernanceOptions<Schema, Catalogue extends AuditCatalogue> {
  /** `sso`; also the first word of the purposes of its audit, witness and client keys. */
  readonly service: string;
  /** With `governanceMigrations` among its migrations. */
  readonly db: Kysely<Schema>;
  readonly catalogue: Catalogue;
  readonly keys: RingKeys;
  readonly config: GovernanceConfig;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log: Log;
  readonly fetch: Fetch;
  readonly metrics?: Metrics;
}

/** What a service's own parts are made with. */
export interface Governance<Catalogue extends AuditCatalogue> {
  readonly trail: AuditTrail<Catalogue>;
  readonly rings: KeyRings;
  readonly auditLog: AuditLog;
  /** Called once, with what the service adds; gives what its application and its lifecycle need. */
  administer(parts?: AdministrationParts): Administration;
}

export interface AdministrationParts extends Partial<Pick<RotationsOptions<never>, "ownerOf" | "affected">> {
  /** Beside the standard ones. */
  readonly definitions?: readonly PlanDefinition[];
  readonly hooks?: Readonly<Record<string, StepHook>>;
  /** Whether a seal or unit is known here; without it none is. */
  readonly knowsScope?: RingOperationsDeps["knowsScope"];
  /** What stands still while a scope does, for the preview of stopping it. */
  readonly stopped?: RingOperationsDeps["stopped"];
  /** Beside the core ones. */
  readonly operations?: readonly ChangeOperation[];
}

/** Officers' side of a service, put together and not yet started. */
export interface Administration {
  readonly rotations: Rotations;
  /** Audit, witness, key rings, changes, plans: to be added to the service's own. */
  readonly routes: readonly Route[];
  readonly problems: ProblemTable;
  /** Writes who looked at what; for `createServiceApp`. */
  readonly recordRead: RecordRead;
  /** Adds what speaks no JSON: the witness, as C2SP tlog-witness has it. */
  readonly mount: (app: Express) => void;
  /** For readiness. */
  readonly checks: Readonly<Record<string, HealthCheck>>;
  /** Believes officers' signed requests; everything else goes to `inner`. */
  authenticator(inner: Authenticator): Authenticator;
  /** Takes up the officers' policy; begins checkpoints, plans that are due, alarms and the daily look at the keys. */
  start(): Promise<void>;
  /** Ends them; the last events get their checkpoint. */
  stop(): Promise<void>;
}
