import type { Kysely, Transaction } from "kysely";

import type { JsonValue, KitTrail } from "../audit/index.ts";
import type { Clock } from "../clock/index.ts";
import type { KeyRings, KeyUse, RingKeys } from "../key-rings/index.ts";
import type { Log } from "../log/index.ts";
import type { Localized } from "../problems/index.ts";
import type { StepPoint } from "./engine-deps.ts";
import type { PlanDefinition } from "./plan-definition.ts";
import type { DocumentEntry, StoredDocument } from "./plan-documents.ts";
import type { SignatureEvent } from "./signature-events.ts";
import type { Plan, PlanId, PlanSimulation, PlanState } from "./plan.ts";
import type { Affected, StepHook } from "./step-hook.ts";

export interface RotationsOptions<Schema> {
  readonly db: Kysely<Schema>;
  readonly rings: KeyRings;
  readonly keys: RingKeys;
  readonly trail: KitTrail;
  readonly clock: Clock;
  /** Beside the standard ones; one of the same name takes its place. */
  readonly definitions: readonly PlanDefinition[];
  readonly hooks: Readonly<Record<string, StepHook>>;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log: Log;
  /** Who holds the leases of this process: unique to it. Random if absent. */
  readonly holder?: string;
  /** Who the owner of a signed document is, from the event of the signature; the actor if absent. */
  readonly ownerOf?: (event: SignatureEvent) => string;
  /** Numbers that hold for every plan on a ring, whatever its steps. */
  readonly affected?: (purpose: string) => Promise<readonly Affected[]>;
  /** Called when a plan gets stuck and each time it is found stuck again. */
  readonly onStuck?: (plan: Plan) => void;
  /** Called as steps go on. */
  readonly onPoint?: (point: StepPoint) => void;
}

/** What an approved change asks for. */
export interface PlanRequest {
  readonly definition: string;
  readonly purpose: string;
  /** The version that the plan is about; the active one if absent. */
  readonly version?: number;
  readonly parameters?: Readonly<Record<string, JsonValue>>;
  readonly isDrill?: boolean;
  readonly reason: string;
  readonly requestedBy: string;
  readonly changeId?: string;
  /** Who agreed; every move of a key that the plan makes names them. */
  readonly persons?: readonly string[];
  readonly isBreakGlass?: boolean;
  readonly at: Date;
}

/** What an approved roll-back says. */
export type RollBackRequest = Pick<
  PlanRequest,
  "reason" | "requestedBy" | "changeId" | "persons" | "isBreakGlass" | "at"
>;

export interface Rotations {
  readonly definitions: ReadonlyMap<string, PlanDefinition>;
  /** @throws Refusal `plan-unknown`, `plan-not-applicable`. */
  simulate(
    definition: string,
    target: { purpose: string; version?: number; parameters?: PlanRequest["parameters"] },
    at: Date,
  ): Promise<PlanSimulation>;
  /**
   * Stores a plan in the caller's transaction; its steps run afterwards, by {@link Rotations.advance}.
   *
   * @throws Refusal `plan-unknown`, `plan-under-way`, `plan-not-applicable`.
   */
  createIn(tx: Transaction<unknown>, request: PlanRequest): Promise<PlanId>;
  /** Runs every step that is due, of every plan that no other process works on. Never rejects for a step that fails. */
  advance(): Promise<void>;
  find(id: string): Promise<Plan | undefined>;
  list(query?: {
    readonly purpose?: string;
    readonly states?: readonly PlanState[];
  }): Promise<readonly Plan[]>;
  /** @throws Refusal `plan-not-found`, `plan-past-roll-back`. */
  rollBackIn(tx: Transaction<unknown>, id: string, request: RollBackRequest): Promise<void>;
  /** The files that a plan made: the list of signatures, notices, the report. */
  documents(id: string): Promise<readonly DocumentEntry[]>;
  document(id: string, name: string): Promise<StoredDocument | undefined>;
  /** The name of the definition by which a ring is rotated. */
  planOfRing(purpose: string): Promise<string | undefined>;
  /** The same inside a transaction. @throws Refusal `plan-not-applicable` if there is no such ring. */
  definitionIn(tx: Transaction<unknown>, purpose: string): Promise<string>;
  /** The destruction of a version that waits. */
  openDestructionIn(tx: Transaction<unknown>, use: KeyUse): Promise<string | undefined>;
  /** Rings that could not be rotated: their plan is not defined, or the service lacks a hook of it. For a look at the start. */
  problems(): Promise<readonly Localized[]>;
  /** Calls {@link Rotations.advance} every second until {@link Rotations.stop}. */
  start(): void;
  /** Ends when no step of this process runs any more. */
  stop(): Promise<void>;
}
