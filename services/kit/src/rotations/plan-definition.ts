import { z } from "zod";

import type { Localized } from "../problems/index.ts";

/** What a step of a definition does. Each is one action of the engine; `call` is only the service's own hook. */
export const stepActions = [
  "generate",
  "certify",
  "publish",
  "wait",
  "activate",
  "retire",
  "deactivate",
  "destroy-private",
  "destroy",
  "self-test",
  "call",
  "suspend",
  "find-boundary",
  "compromise",
  "list-signatures",
  "report",
] as const;

/** With what the engine puts around a drill. */
export type StepAction = (typeof stepActions)[number] | "prepare-drill" | "clear-drill";

const name = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
  .max(40);
const text = z.strictObject({ zh: z.string().min(1).max(400), en: z.string().min(1).max(400) });
/** A year: a wait longer than that is a mistake in units. */
const waitSecondsMax = 366 * 24 * 60 * 60;
/** Nobody reviews more steps than this in one preview. */
const stepsMax = 40;

const stepSchema = z.strictObject({
  name,
  title: text,
  do: z.enum(stepActions),
  /** The service's hook that this step calls: all of it for `call`, the work itself for `certify`, else a part of it. */
  call: z
    .string()
    .regex(/^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*$/)
    .max(80)
    .optional(),
  /** A service without this hook still runs the plan; the step's result then says that it was not offered. */
  is_optional: z.boolean().optional(),
  /** Not before this long after the end of an earlier step. A name stands for the ring's own figure. */
  after: z
    .strictObject({
      step: name.optional(),
      seconds: z.union([z.int().min(0).max(waitSecondsMax), z.enum(["propagation", "overlap", "requested"])]),
    })
    .optional(),
  /** False if a roll-back leaves what this step did as it is. */
  rolls_back: z.boolean().optional(),
  /** What those who verify or call notice when this step is done. */
  notice: text.optional(),
});

const definitionSchema = z.strictObject({
  name,
  title: text,
  /** What a second plan must wait for: `ring` (the default) the whole ring, `version` only this version of it. */
  excludes: z.enum(["ring", "version"]).optional(),
  /** What it generates waits as the ring's stand-by key. */
  makes_stand_by: z.boolean().optional(),
  /** A stand-by key of the rings of this plan is published at once: those who verify keep copies of the public keys. */
  shows_stand_by: z.boolean().optional(),
  /** After a compromise the successor signs at once: whoever verifies learns of it from people, and no cache knows it. */
  replaced_at_once: z.boolean().optional(),
  steps: z.array(stepSchema).min(1).max(stepsMax),
  /** A plan can be rolled back until this step begins; without it, never. */
  roll_back_until: name.optional(),
});

/** One step of a plan, as data. */
export interface PlanStepDefinition {
  readonly name: string;
  readonly title: Localized;
  readonly do: StepAction;
  readonly call?: string | undefined;
  readonly is_optional?: boolean | undefined;
  readonly after?:
    | {
        readonly step?: string | undefined;
        readonly seconds: number | "propagation" | "overlap" | "requested";
      }
    | undefined;
  readonly rolls_back?: boolean | undefined;
  readonly notice?: Localized | undefined;
}

/**
 * A rotation or a compromise as data: what is done, in which order, how early, and until where it can be undone.
 *
 * The engine keeps a copy with every plan, so a definition that changes later changes no plan that runs.
 */
export interface PlanDefinition {
  readonly name: string;
  readonly title: Localized;
  readonly excludes?: "ring" | "version" | undefined;
  readonly makes_stand_by?: boolean | undefined;
  readonly shows_stand_by?: boolean | undefined;
  readonly replaced_at_once?: boolean | undefined;
  readonly steps: readonly PlanStepDefinition[];
  readonly roll_back_until?: string | undefined;
}

/** A definition does not fit. The message says where. */
export class PlanDefinitionError extends Error {
  readonly code = "plan-definition-malformed";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PlanDefinitionError";
  }
}

/**
 * Reads a definition from data that came from a file or from code.
 *
 * @throws PlanDefinitionError for a form that does not fit, a name used twice, a reference to a step that is not there or
 *   stands later, or an order that could leave a ring with no key to sign.
 */
export function parsePlanDefinition(data: unknown): PlanDefinition {
  const parsed = definitionSchema.safeParse(data);
  if (!parsed.success) throw new PlanDefinitionError(z.prettifyError(parsed.error), { cause: parsed.error });
  checkReferences(parsed.data);
  return parsed.data;
}

function checkReferences(definition: PlanDefinition): void {
  const { name: plan, steps, roll_back_until: end } = definition;
  const seen = new Set<string>();
  for (const step of steps) {
    checkStep(plan, step, seen);
    seen.add(step.name);
  }
  if (end !== undefined && !seen.has(end)) {
    throw new PlanDefinitionError(`plan ${plan}: no step is called ${end}, the end of its roll-back`);
  }
  checkOrder(definition);
}

function checkStep(plan: string, step: PlanStepDefinition, before: ReadonlySet<string>): void {
  const where = `plan ${plan}, step ${step.name}`;
  if (before.has(step.name)) throw new PlanDefinitionError(`${where}: the name is used twice`);
  if (step.after?.step !== undefined && !before.has(step.after.step)) {
    throw new PlanDefinitionError(`${where}: no earlier step is called ${step.after.step}`);
  }
  if ((step.do === "call" || step.do === "certify") && step.call === undefined) {
    throw new PlanDefinitionError(`${where}: ${step.do} needs the name of a hook in "call"`);
  }
}

/** What must have been done before: a key signs after it was made, and leaves after another one signs. */
const neededBefore: Partial<Record<StepAction, StepAction>> = {
  publish: "generate",
  activate: "generate",
  retire: "generate",
  deactivate: "retire",
  "destroy-private": "deactivate",
  "find-boundary": "suspend",
  compromise: "suspend",
  "list-signatures": "compromise",
  report: "list-signatures",
};

function checkOrder({ name: plan, steps, roll_back_until: end }: PlanDefinition): void {
  const done = new Set<StepAction>();
  let isEnded = end === undefined;
  for (const step of steps) {
    const needed = neededBefore[step.do];
    if (needed !== undefined && !done.has(needed)) {
      throw new PlanDefinitionError(`plan ${plan}, step ${step.name}: ${step.do} comes before any ${needed}`);
    }
    isEnded ||= step.name === end;
    if (!isEnded && (step.do === "activate" || step.do === "retire" || step.do === "destroy")) {
      throw new PlanDefinitionError(`plan ${plan}, step ${step.name}: ${step.do} cannot be rolled back`);
    }
    done.add(step.do);
  }
}
