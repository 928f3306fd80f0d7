import { z } from "zod";

import { breakGlassName, defineChangeOperation } from "../approvals/index.ts";
import type { ApprovedChange, ChangeOperation, ChangePreview } from "../approvals/index.ts";
import type { Clock } from "../clock/index.ts";
import { refuse } from "../problems/index.ts";
import type { Localized } from "../problems/index.ts";
import type { PlanSimulation } from "./plan.ts";
import { canRollBack, planNotFound } from "./roll-back-plan.ts";
import type { RotationRefusalCode } from "./rotation-problems.ts";
import type { PlanRequest, Rotations } from "./rotations.ts";

export interface RotationOperationsDeps {
  readonly rotations: Rotations;
  readonly clock: Clock;
}

/** keys.md's waiting time: long enough that a mistake is noticed, short enough that nobody forgets. */
const destroyDays = { least: 7, most: 30 } as const;
const daySeconds = 24 * 60 * 60;

const version = z.int().min(1).max(1_000_000);
const nothing = z.strictObject({});

/** Everything about keys that takes a plan: two officers ask for it, the engine does it. The target is the ring's purpose. */
export function rotationOperations(deps: RotationOperationsDeps): ChangeOperation[] {
  return [
    rotateOperation(deps),
    standbyOperation(deps),
    compromiseOperation(deps),
    drillOperation(deps),
    destroyOperation(deps),
    destroyCancelOperation(deps),
    rollBackOperation(deps),
  ];
}

function rotateOperation({ rotations, clock }: RotationOperationsDeps): ChangeOperation {
  return defineChangeOperation({
    name: "key.rotate",
    title: { zh: "轮换密钥", en: "Rotate a key" },
    parameters: nothing,
    preview: async (purpose) => {
      const definition = await definitionOfRing(rotations, purpose);
      return previewOf(await rotations.simulate(definition, { purpose }, clock.now()));
    },
    execute: async ({ tx, change, at }) => {
      const definition = await rotations.definitionIn(tx, change.target);
      return { plan: await rotations.createIn(tx, { definition, ...requestOf(change, at) }) };
    },
  });
}

function standbyOperation(deps: RotationOperationsDeps): ChangeOperation {
  return planOperation(deps, {
    name: "key.standby",
    title: { zh: "准备备用密钥", en: "Prepare a stand-by key" },
    definition: "stand-by",
    parameters: nothing,
    planned: () => ({}),
  });
}

const compromised = z.strictObject({
  /** The first moment at which the key may have been in other hands. */
  since: z.iso.datetime({ offset: true }),
  version: version.optional(),
});

function compromiseOperation(deps: RotationOperationsDeps): ChangeOperation {
  return planOperation(deps, {
    name: "key.compromise",
    title: { zh: "处置密钥泄露", en: "Deal with a compromised key" },
    definition: "compromise",
    parameters: compromised,
    planned: ({ since, version: lost }) => ({
      parameters: { since },
      ...(lost !== undefined && { version: lost }),
    }),
  });
}

function drillOperation(deps: RotationOperationsDeps): ChangeOperation {
  return planOperation(deps, {
    name: "key.drill",
    title: { zh: "演练密钥泄露处置", en: "Drill the compromise of a key" },
    definition: "compromise",
    parameters: nothing,
    planned: (_parameters, at) => ({ isDrill: true, parameters: { since: at.toISOString() } }),
  });
}

const destroyed = z.strictObject({
  version,
  after_days: z.int().min(destroyDays.least).max(destroyDays.most),
});

function destroyOperation(deps: RotationOperationsDeps): ChangeOperation {
  return planOperation(deps, {
    name: "key.destroy",
    title: { zh: "销毁密钥版本", en: "Destroy a key version" },
    definition: "destroy",
    parameters: destroyed,
    planned: ({ version: doomed, after_days: days }) => ({
      version: doomed,
      parameters: { after_seconds: days * daySeconds },
    }),
  });
}

interface PlanOperation<Parameters extends z.ZodObject> {
  readonly name: string;
  readonly title: Localized;
  readonly definition: string;
  readonly parameters: Parameters;
  readonly planned: (
    parameters: z.output<Parameters>,
    at: Date,
  ) => Pick<PlanRequest, "parameters" | "version" | "isDrill">;
}

/** An operation that makes a plan of one definition. */
function planOperation<Parameters extends z.ZodObject>(
  { rotations, clock }: RotationOperationsDeps,
  { name, title, definition, parameters, planned }: PlanOperation<Parameters>,
): ChangeOperation {
  return defineChangeOperation({
    name,
    title,
    parameters,
    preview: async (purpose, given) => {
      const at = clock.now();
      const plan = planned(given, at);
      const preview = previewOf(await rotations.simulate(definition, { purpose, ...plan }, at));
      return plan.isDrill === true ? drillPreview(purpose, preview) : preview;
    },
    execute: async ({ tx, change, at }) => ({
      plan: await rotations.createIn(tx, {
        definition,
        ...requestOf(change, at),
        ...planned(change.parameters, at),
      }),
    }),
  });
}

/** Of the real thing only the steps are shown: its numbers would frighten, or teach to wave a real one through. */
function drillPreview(purpose: string, { steps }: ChangePreview): ChangePreview {
  return {
    effect: [
      {
        zh: `演练：在为此新建、用后销毁的密钥上进行，${purpose} 照常签名，不受影响。`,
        en: `A drill: it runs on a key made for it and destroyed afterwards; ${purpose} goes on signing, untouched.`,
      },
    ],
    numbers: {},
    steps,
  };
}

function destroyCancelOperation({ rotations }: RotationOperationsDeps): ChangeOperation {
  return defineChangeOperation({
    name: "key.destroy-cancel",
    title: { zh: "取消销毁", en: "Cancel a destruction" },
    parameters: z.strictObject({ version }),
    preview: async (purpose, { version: doomed }) => {
      const plans = await rotations.list({ purpose, states: ["running", "stuck"] });
      const plan = plans.find((one) => isDestruction(one.definition.name) && one.oldVersion === doomed);
      if (plan === undefined || !canRollBack(plan)) throw noDestruction(purpose, doomed);
      return {
        effect: [
          {
            zh: `${purpose} 第 ${String(doomed)} 版不再销毁。`,
            en: `Version ${String(doomed)} of ${purpose} will not be destroyed.`,
          },
        ],
        numbers: {},
        steps: [{ name: "roll-back", title: { zh: "撤销等待中的销毁", en: "Take back the destruction" } }],
      };
    },
    execute: async ({ tx, change, at }) => {
      const { version: doomed } = change.parameters;
      const plan = await rotations.openDestructionIn(tx, { purpose: change.target, version: doomed });
      if (plan === undefined) throw noDestruction(change.target, doomed);
      await rotations.rollBackIn(tx, plan, requestOf(change, at));
      return { plan };
    },
  });
}

function isDestruction(definition: string): boolean {
  return definition === "destroy";
}

function noDestruction(purpose: string, doomed: number) {
  return refuse<RotationRefusalCode>("plan-not-found", {
    zh: `${purpose} 第 ${String(doomed)} 版没有可取消的销毁。`,
    en: `There is no destruction of version ${String(doomed)} of ${purpose} that could be cancelled.`,
  });
}

function rollBackOperation({ rotations }: RotationOperationsDeps): ChangeOperation {
  return defineChangeOperation({
    name: "plan.roll-back",
    title: { zh: "回退计划", en: "Roll a plan back" },
    parameters: nothing,
    preview: async (id) => {
      const plan = await rotations.find(id);
      if (plan === undefined) throw planNotFound(id);
      if (!canRollBack(plan)) {
        throw refuse<RotationRefusalCode>("plan-past-roll-back", {
          zh: `计划 ${id} 处于 ${plan.state} 状态，不能回退。`,
          en: `The plan ${id} is ${plan.state} and cannot be rolled back.`,
        });
      }
      const undone = plan.steps.filter(({ state }) => state === "done" || state === "running").toReversed();
      return {
        effect: [
          {
            zh: `计划 ${plan.definition.title.zh}（${plan.purpose}）回退 ${String(undone.length)} 步，新密钥销毁。`,
            en: `Takes back ${String(undone.length)} steps of "${plan.definition.title.en}" for ${plan.purpose}; its new key is destroyed.`,
          },
        ],
        numbers: { steps: undone.length },
        steps: undone.map(({ name, title }) => ({ name, title })),
      };
    },
    execute: async ({ tx, change, at }) => {
      await rotations.rollBackIn(tx, change.target, requestOf(change, at));
      return { plan: change.target };
    },
  });
}

async function definitionOfRing(rotations: Rotations, purpose: string): Promise<string> {
  const definition = await rotations.planOfRing(purpose);
  if (definition !== undefined) return definition;
  throw refuse<RotationRefusalCode>("plan-not-applicable", {
    zh: `没有用途为 ${purpose} 的密钥环。`,
    en: `There is no key ring ${purpose}.`,
  });
}

/** What the change says of who asked and who agreed; each approver is another person, the approvals see to that. */
function requestOf(change: ApprovedChange, at: Date) {
  return {
    purpose: change.target,
    reason: change.reason,
    requestedBy: change.executor,
    changeId: change.id,
    persons: change.approvers,
    isBreakGlass: change.approvers.includes(breakGlassName),
    at,
  };
}

/** A simulation for the person who asks and the one who approves. @throws Refusal for what stands in its way. */
function previewOf(simulation: PlanSimulation): ChangePreview {
  const [obstacle] = simulation.obstacles;
  if (obstacle !== undefined) throw refuse<RotationRefusalCode>("plan-not-applicable", obstacle);
  const { title, purpose, endsAt, rollBackUntil, affected } = simulation;
  const lines: Localized[] = [
    {
      zh: `${title.zh}：${purpose}，${endsAt.toISOString()} 完成。`,
      en: `${title.en}: ${purpose}, done at ${endsAt.toISOString()}.`,
    },
    ...(rollBackUntil === undefined
      ? [{ zh: "不能回退。", en: "It cannot be rolled back." }]
      : [
          {
            zh: `${rollBackUntil.toISOString()} 之前可以回退。`,
            en: `It can be rolled back until ${rollBackUntil.toISOString()}.`,
          },
        ]),
    ...affected.map(({ what, count }) => ({
      zh: `${what.zh}：${count.toLocaleString("en")}`,
      en: `${what.en}: ${count.toLocaleString("en")}`,
    })),
    ...simulation.steps.flatMap(({ at, notice }) =>
      notice === undefined
        ? []
        : [{ zh: `${at.toISOString()} ${notice.zh}`, en: `${at.toISOString()} ${notice.en}` }],
    ),
  ];
  return {
    effect: lines,
    numbers: Object.fromEntries(affected.map(({ what, count }) => [numberName(what.en), count])),
    steps: simulation.steps.map((step) => ({
      name: step.name,
      title: step.title,
      at: step.at.toISOString(),
    })),
  };
}

/** "Live tokens" → `live_tokens`. */
function numberName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "");
}
