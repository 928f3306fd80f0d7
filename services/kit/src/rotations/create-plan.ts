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
import { hasStep, obstaclesTo, oldVersionOf } from "./plan-request.ts";
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
  readonly randomBytes: (length: number) => Uint8Array;
}

/** Twelve bytes, so that nobody guesses another plan's name. */
const idBytes = 12;

/** Stores a plan, and for a compromise stops the key in the same breath: what follows may take time, that must not. */
export async function createPlan(
  deps: CreatePlanDeps,
  tx: Transaction<RotationTables>,
  definition: PlanDefinition,
  request: PlanRequest,
): Promise<PlanId> {
  const { purpose, at } = request;
  const inRings = deps.rings.in(tx);
  const ring = await inRings.ring(purpose);
  if (ring === undefined) throw noRing(purpose);
  const parameters = request.parameters ?? {};
  const subject = {
    definition,
    ring,
    versions: await inRings.versions(purpose),
    version: request.version,
    parameters,
    hooks: deps.hooks,
  };
  const [obstacle] = obstaclesTo(subject);
  if (obstacle !== undefined) throw obstacle;
  const id: PlanId = `plan_${hexOf(deps.randomBytes(idBytes))}`;
  const planned =
    request.isDrill === true ? drillOf(definition, ring, id) : { definition, purpose, parameters: {} };
  const authority = authorityOf(request);
  // The event comes first: its place in the log is what two requests for one ring take turns at.
  await deps.trail.in(tx).append({
    action: "plan.started",
    actor: request.requestedBy,
    subject: id,
    occurredAt: at,
    detail: {
      plan: planned.definition.name,
      target: planned.purpose,
      ...(request.changeId !== undefined && { change: request.changeId }),
    },
  });
  const old = request.isDrill === true ? undefined : oldVersionOf(subject);
  const isStop = hasStep(definition, "compromise");
  const clock = isStop && old !== undefined ? await stopAtOnce(deps, tx, { id, old, authority, at }) : {};
  if (isStop) await supersedePlans(deps, tx, { purpose: planned.purpose, by: id, authority, at });
  const exclusion = exclusionOf(planned, old);
  await refuseSecond(tx, planned.purpose, exclusion);
  await insertOnce(tx, purpose, {
    id,
    definition_name: planned.definition.name,
    definition: JSON.stringify(planned.definition),
    purpose: planned.purpose,
    exclusion,
    is_drill: request.isDrill === true ? 1 : 0,
    old_version: old?.version ?? null,
    stepNames: planned.definition.steps.map(({ name }) => name),
    parameters: { ...parameters, ...planned.parameters, ...clock },
    authority,
    at,
  });
  return id;
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
  readonly old: KeyVersion;
  readonly authority: PlanAuthority;
  readonly at: Date;
}

/** Suspends an active version; the clock runs from when it was stopped, by this or before. */
async function stopAtOnce(
  { rings }: CreatePlanDeps,
  tx: Transaction<RotationTables>,
  { id, old, authority, at }: Stopping,
): Promise<Readonly<Record<string, JsonValue>>> {
  if (old.state === "active") {
    await rings.in(tx).move(useOf(old), "suspended", moveFacts({ id }, authority, at));
  }
  const stoppedAt = ((old.state === "suspended" ? old.suspendedAt : undefined) ?? at).toISOString();
  return { reported_at: stoppedAt, suspended_at: stoppedAt };
}

function exclusionOf(
  { definition, purpose }: { readonly definition: PlanDefinition; readonly purpose: string },
  old: KeyVersion | undefined,
): string {
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
  return tx as unknown as Transaction<RotationTables>;
}
