import type { JsonValue } from "../audit/index.ts";
import type { Affected, StepHook } from "./step-hook.ts";
import type { KeyVersion } from "../key-rings/index.ts";
import { successorsAmong } from "./make-key.ts";
import { hasStep, obstaclesTo, oldVersionOf } from "./plan-request.ts";
import type { PlanSubject } from "./plan-request.ts";
import { earliestTime } from "./plan-times.ts";
import type { PlanSimulation, SimulatedStep } from "./plan.ts";

export interface Simulation {
  readonly subject: PlanSubject;
  readonly at: Date;
  readonly affected: ((purpose: string) => Promise<readonly Affected[]>) | undefined;
}

/** Goes through a plan on paper: every step at the earliest moment that the engine would take it. */
export async function simulatePlan({ subject, at, affected }: Simulation): Promise<PlanSimulation> {
  const { definition, ring } = subject;
  const obstacles = obstaclesTo(subject).map(({ detail }) =>
    typeof detail === "string" ? { zh: detail, en: detail } : detail,
  );
  const steps = obstacles.length === 0 ? timesOf(subject, at) : [];
  const end = steps.find((step) => step.name === definition.roll_back_until)?.at;
  return {
    definition: definition.name,
    title: definition.title,
    purpose: ring.purpose,
    at,
    steps,
    affected: await affectedBy(subject, affected),
    ...(end !== undefined && { rollBackUntil: end }),
    endsAt: steps.at(-1)?.at ?? at,
    obstacles,
  };
}

function timesOf(subject: PlanSubject, startedAt: Date): SimulatedStep[] {
  const { definition, ring, parameters } = subject;
  const shownSince = hasStep(definition, "compromise") ? shownSuccessor(subject)?.publishedAt : undefined;
  const taken: SimulatedStep[] = [];
  const atOf = (fits: (step: SimulatedStep) => boolean) => taken.find(fits)?.at;
  for (const [position, step] of definition.steps.entries()) {
    const { at, because } = earliestTime(
      {
        definition,
        ring,
        parameters: parameters satisfies Readonly<Record<string, JsonValue>>,
        startedAt,
        doneAt: (name) => atOf((done) => done.name === name),
        nextPublishedAt: shownSince ?? atOf((done) => done.do === "publish"),
        oldRetiringAt: atOf((done) => done.do === "retire"),
      },
      position,
    );
    const { name, title, do: action, notice } = step;
    taken.push({
      name,
      title,
      do: action,
      at,
      ...(because !== undefined && { because }),
      ...(notice !== undefined && { notice }),
    });
  }
  return taken;
}

function shownSuccessor(subject: PlanSubject): KeyVersion | undefined {
  return successorsAmong(subject.versions, oldVersionOf(subject)?.version)[0];
}

/** The ring's own numbers, and those of the hooks that would be called; each thing once. */
async function affectedBy(
  { definition, ring, hooks }: PlanSubject,
  ofRing: Simulation["affected"],
): Promise<readonly Affected[]> {
  const called = definition.steps.flatMap(({ call }): StepHook[] => {
    const hook = call === undefined ? undefined : hooks[call];
    return hook === undefined ? [] : [hook];
  });
  const lists = await Promise.all([
    ofRing?.(ring.purpose) ?? [],
    ...called.map((hook) => hook.affected?.(ring.purpose) ?? []),
  ]);
  const byName = new Map(lists.flat().map((affected) => [affected.what.en, affected]));
  return [...byName.values()];
}
