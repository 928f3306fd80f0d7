import { hexOf } from "@yinxin/crypto/bytes";
import type { Transaction } from "kysely";

import type { JsonValue, KitTrail } from "../audit/index.ts";
import { isUniqueViolation } from "../database/index.ts";
import type { KeyRings, KeyUse, KeyVersion } from "../key-rings/index.ts";
import { refuse } from "../problems/index.ts";
import type { Refusal } from "../problems/index.ts";
import type { PlanRequest } from "./rotations.ts";
import { drillOf } from "./drill-definition.ts";
import type { PlanDefinition } from "./plan-definition.ts";
import { doomOf } from "./doomed-version.ts";
import { fitDefinition } from "./fit-definition.ts";
import { hasStep, obstaclesTo, oldVersionOf } from "./plan-request.ts";
import type { PlanSubject } from "./plan-request.ts";
import type { PlanAuthority } from "./plan-row.ts";
import { insertPlan, openPlanOf } from "./plan-store.ts";
import type { PlanId } from "./plan.ts";
import type { RotationRefusalCode } from "./rotation-problems.ts";
import type { RotationTables } from "./rotation-tables.ts";
import { moveFacts, useOf } from "./step-action.ts";
import type { StepHook } from "./step-hook.ts";
import { supersedePlans } from "./supersede-plans.ts";

export interface CreatePlanDeps {
  readonly rings: KeyRings;
  readonly trail: KitTrail;
  readonly hooks: Readonly<Record<string, StepHook>>;
  readonly definitions: ReadonlyMap<string, PlanDefinition>;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** Twelve bytes, so that nobody guesses another plan's name. */
const idBytes = 12;

/** Stores a plan, and for a compromise stops the key in the same breath: what follows may take time, that must not. */
export async function createPlan(
  deps: CreatePlanDeps,
  tx: Transaction<RotationTables>,
  asked: PlanDefinition,
  request: PlanRequest,
): Promise<PlanId> {
  const subject = await subjectOf(deps, tx, asked, request);
  const [obstacle] = obstaclesTo(subject);
  if (obstacle !== undefined) throw obstacle;
  const id: PlanId = `plan_${hexOf(deps.randomBytes(idBytes))}`;
  const isDrill = request.isDrill === true;
  const { definition, purpose, parameters } = isDrill
    ? drillOf(asked, subject.ring, id)
    : { definition: subject.definition, purpose: request.purpose, parameters: {} };
  const old = isDrill ? undefined : oldVersionOf(subject);
  await announce(deps, tx, { id, definition, purpose, request });
  const stopped = { id, purpose, old, authority: authorityOf(request), at: request.at };
  const clock = hasStep(asked, "compromise") ? await stopAtOnce(deps, tx, stopped) : {};
  const doom = hasStep(asked, "destroy") ? doomOf(old) : {};
  const exclusion = exclusionOf(definition, purpose, old);
  await refuseSecond(tx, purpose, exclusion);
  await insertOnce(tx, purpose, {
    ...{ id, purpose, exclusion },
    definition_name: definition.name,
    definition: JSON.stringify(definition),
    is_drill: isDrill ? 1 : 0,
    old_version: old?.version ?? null,
    stepNames: definition.steps.map(({ name }) => name),
    parameters: { ...request.parameters, ...parameters, ...clock, ...doom },
    authority: stopped.authority,
    at: request.at,
  });
  return id;
}

async function subjectOf(
  { rings, hooks, definitions }: CreatePlanDeps,
  tx: Transaction<RotationTables>,
  asked: PlanDefinition,
  { purpose, version, parameters = {} }: PlanRequest,
): Promise<PlanSubject> {
  const ring = await rings.in(tx).ring(purpose);
  if (ring === undefined) throw noRing(purpose);
  const versions = await rings.in(tx).versions(purpose);
  const definition = fitDefinition(asked, ring, definitions);
  return { definition, ring, versions, version, parameters, hooks };
}

/** Comes before other plans are looked at: its place in the log is what two requests for one ring take turns at. */
async function announce(
  { trail }: CreatePlanDeps,
  tx: Transaction<RotationTables>,
  plan: {
    readonly id: PlanId;
    readonly definition: PlanDefinition;
    readonly purpose: string;
    readonly request: PlanRequest;
  },
): Promise<void> {
  const { requestedBy, changeId, at } = plan.request;
  await trail.in(tx).append({
    action: "plan.started",
    actor: requestedBy,
    subject: plan.id,
    occurredAt: at,
    detail: {
      plan: plan.definition.name,
      target: plan.purpose,
      ...(changeId !== undefined && { change: changeId }),
    },
  });
}

export function authorityOf(
  request: Pick<PlanRequest, "reason" | "requestedBy" | "changeId" | "persons" | "isBreakGlass">,
): PlanAuthority {
  const { reason, requestedBy, changeId, persons, isBreakGlass } = request;
  return {
    reason,
    requestedBy,
    ...(changeId !== undefined && { changeId }),
    ...(persons !== undefined && { persons }),
    ...(isBreakGlass !== undefined && { isBreakGlass }),
  };
}

export function noRing(purpose: string): Refusal<RotationRefusalCode> {
  return refuse("plan-not-applicable", {
    zh: `没有用途为 ${purpose} 的密钥环。`,
    en: `There is no key ring ${purpose}.`,
  });
}

interface Stopping {
  readonly id: PlanId;
  readonly purpose: string;
  readonly old: KeyVersion | undefined;
  readonly authority: PlanAuthority;
  readonly at: Date;
}

/** Suspends an active version and ends what is under way with its ring; the clock runs from when it was first stopped. */
async function stopAtOnce(
  deps: CreatePlanDeps,
  tx: Transaction<RotationTables>,
  { id, purpose, old, authority, at }: Stopping,
): Promise<Readonly<Record<string, JsonValue>>> {
  await supersedePlans(deps, tx, { purpose, by: id, authority, at });
  if (old === undefined) return {};
  if (old.state === "active") {
    await deps.rings.in(tx).move(useOf(old), "suspended", moveFacts({ id }, authority, at));
  }
  const stoppedAt = ((old.state === "suspended" ? old.suspendedAt : undefined) ?? at).toISOString();
  return { reported_at: stoppedAt, suspended_at: stoppedAt };
}

function exclusionOf(definition: PlanDefinition, purpose: string, old: KeyVersion | undefined): string {
  if (hasStep(definition, "compromise")) return stopOf(purpose);
  if (definition.excludes === "version") return versionExclusion({ purpose, version: old?.version ?? 0 });
  return `ring:${purpose}`;
}

/** What two plans for one version cannot both have. */
export function versionExclusion({ purpose, version }: KeyUse): string {
  return `version:${purpose}:${String(version)}`;
}

function stopOf(purpose: string): string {
  return `stop:${purpose}`;
}

/** A rotation must not start while a compromise is dealt with; the other way round the compromise goes first. */
async function refuseSecond(
  tx: Transaction<RotationTables>,
  purpose: string,
  exclusion: string,
): Promise<void> {
  const inTheWay = exclusion.startsWith("ring:") ? [exclusion, stopOf(purpose)] : [exclusion];
  for (const each of inTheWay) {
    const other = await openPlanOf(tx, each);
    if (other !== undefined) throw underWay(purpose, other);
  }
}

function underWay(purpose: string, id: string): Refusal<RotationRefusalCode> {
  return refuse("plan-under-way", {
    zh: `${purpose} 已有计划 ${id} 在执行。`,
    en: `The plan ${id} is under way for ${purpose}.`,
  });
}

async function insertOnce(
  tx: Transaction<RotationTables>,
  purpose: string,
  plan: Parameters<typeof insertPlan>[1],
): Promise<void> {
  try {
    await insertPlan(tx, plan);
  } catch (cause) {
    if (isUniqueViolation(cause)) throw underWay(purpose, "—");
    throw cause;
  }
}

/** The tables of plans in a transaction of whoever asked. */
export function planTables(tx: Transaction<unknown>): Transaction<RotationTables> {
  return tx;
}
