import { hexOf } from "@yinxin/crypto/bytes";
import type { Kysely } from "kysely";

import type { KeyRing } from "../key-rings/index.ts";
import { refuse } from "../problems/index.ts";
import type { Localized } from "../problems/index.ts";
import { createPlan, noRing, planTables, versionExclusion } from "./create-plan.ts";
import { createEngine } from "./engine.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { parsePlanDefinition } from "./plan-definition.ts";
import type { PlanDefinition } from "./plan-definition.ts";
import { listDocuments, readDocument } from "./plan-documents.ts";
import { fitDefinition, fitRing } from "./fit-definition.ts";
import { missingHooks } from "./plan-request.ts";
import { listPlans, openPlanOf, readPlan } from "./plan-store.ts";
import { rollBackPlan } from "./roll-back-plan.ts";
import type { RotationRefusalCode } from "./rotation-problems.ts";
import type { RotationTables } from "./rotation-tables.ts";
import type { Rotations, RotationsOptions } from "./rotations.ts";
import { simulatePlan } from "./simulate-plan.ts";
import { standardPlans } from "./standard-plans/index.ts";
import type { StepHook } from "./step-hook.ts";

/** The plans of one service. */
export function createRotations<Schema>(options: RotationsOptions<Schema>): Rotations {
  const { rings, trail, hooks, randomBytes, affected } = options;
  const db = options.db as unknown as Kysely<RotationTables>;
  const definitions = definitionsOf(options.definitions);
  const engine = createEngine(engineDeps(options, db), options.holder ?? hexOf(randomBytes(holderBytes)));
  return {
    definitions,
    simulate: async (name, target, at) => {
      const { purpose, version, parameters = {} } = target;
      const definition = definitionOf(definitions, name);
      const ring = await rings.ring(purpose);
      if (ring === undefined) throw noRing(purpose);
      const versions = await rings.versions(purpose);
      const fitting = fitDefinition(definition, ring, definitions);
      const fitted = { definition: fitting, ring: fitRing(ring, fitting) };
      const subject = { ...fitted, versions, version, parameters, hooks };
      return simulatePlan({ subject, at, affected });
    },
    createIn: (tx, request) =>
      createPlan(
        { rings, trail, hooks, definitions, randomBytes },
        planTables(tx),
        definitionOf(definitions, request.definition),
        request,
      ),
    advance: () => engine.advance(),
    find: async (id) => (await readPlan(db, id))?.plan,
    list: (query = {}) => listPlans(db, query),
    rollBackIn: (tx, id, request) => rollBackPlan(planTables(tx), id, request),
    documents: (id) => listDocuments(db, id),
    document: (id, name) => readDocument(db, id, name),
    definitionIn: async (tx, purpose) => {
      const ring = await rings.in(tx).ring(purpose);
      if (ring === undefined) throw noRing(purpose);
      return ring.plan;
    },
    openDestructionIn: (tx, use) => openPlanOf(planTables(tx), versionExclusion(use)),
    planOfRing: async (purpose) => (await rings.ring(purpose))?.plan,
    problems: async () => ringProblems(await rings.rings(), definitions, hooks),
    start: () => {
      engine.start();
    },
    stop: () => engine.stop(),
  };
}

/** Tells this process from every other that has ever held a lease. */
const holderBytes = 16;

function definitionsOf(own: readonly PlanDefinition[]): ReadonlyMap<string, PlanDefinition> {
  const checked = [...standardPlans, ...own].map((definition) => parsePlanDefinition(definition));
  return new Map(checked.map((definition) => [definition.name, definition]));
}

function definitionOf(definitions: ReadonlyMap<string, PlanDefinition>, name: string): PlanDefinition {
  const definition = definitions.get(name);
  if (definition !== undefined) return definition;
  throw refuse<RotationRefusalCode>("plan-unknown", {
    zh: `没有名为 ${name} 的计划。`,
    en: `There is no plan called ${name}.`,
  });
}

function engineDeps<Schema>(options: RotationsOptions<Schema>, db: Kysely<RotationTables>): EngineDeps {
  const { rings, keys, trail, clock, log, hooks, onStuck, onPoint } = options;
  return {
    ...{ db, rings, keys, trail, clock, log, hooks },
    ownerOf: options.ownerOf ?? (({ onBehalfOf, actor }) => onBehalfOf ?? actor),
    ...(onStuck !== undefined && { onStuck }),
    ...(onPoint !== undefined && { onPoint }),
  };
}

function ringProblems(
  rings: readonly KeyRing[],
  definitions: ReadonlyMap<string, PlanDefinition>,
  hooks: Readonly<Record<string, StepHook>>,
): readonly Localized[] {
  return rings.flatMap(({ purpose, plan }) => {
    const definition = definitions.get(plan);
    if (definition === undefined) {
      return [
        { zh: `${purpose} 的计划 ${plan} 没有定义。`, en: `The plan ${plan} of ${purpose} is not defined.` },
      ];
    }
    return missingHooks(definition, hooks).map((call) => ({
      zh: `${purpose} 的计划 ${plan} 缺少处理程序 ${call}。`,
      en: `The plan ${plan} of ${purpose} lacks the hook ${call}.`,
    }));
  });
}
