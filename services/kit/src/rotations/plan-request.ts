import type { JsonValue } from "../audit/index.ts";
import { leavingOf } from "../key-rings/index.ts";
import type { KeyRing, KeyVersion } from "../key-rings/index.ts";
import { refuse } from "../problems/index.ts";
import type { Localized, Refusal } from "../problems/index.ts";
import type { PlanDefinition } from "./plan-definition.ts";
import { secondsOf } from "./plan-times.ts";
import type { RotationRefusalCode } from "./rotation-problems.ts";
import type { StepHook } from "./step-hook.ts";

/** Everything that says whether a plan can be made. */
export interface PlanSubject {
  readonly definition: PlanDefinition;
  readonly ring: KeyRing;
  readonly versions: readonly KeyVersion[];
  /** The one that was asked for. */
  readonly version?: number | undefined;
  readonly parameters: Readonly<Record<string, JsonValue>>;
  readonly hooks: Readonly<Record<string, StepHook>>;
}

/** Whether a definition has a step of this kind. */
export function hasStep({ steps }: PlanDefinition, action: PlanDefinition["steps"][number]["do"]): boolean {
  return steps.some((step) => step.do === action);
}

/** The version that the plan is about: the one that was asked for, or the one that signs, or that was stopped. */
export function oldVersionOf({ versions, version }: PlanSubject): KeyVersion | undefined {
  if (version !== undefined) return versions.find((candidate) => candidate.version === version);
  return (
    versions.find(({ state }) => state === "active") ??
    versions.findLast(({ state }) => state === "suspended")
  );
}

/** Why a plan cannot be made, the first reason first; empty if it can. */
export function obstaclesTo(subject: PlanSubject): readonly Refusal<RotationRefusalCode>[] {
  return [...obstaclesOfKey(subject), ...obstaclesOfTime(subject), ...obstaclesOfHooks(subject)].map(
    (detail) => refuse("plan-not-applicable", detail),
  );
}

function obstaclesOfKey(subject: PlanSubject): Localized[] {
  const { definition, ring, versions } = subject;
  const old = oldVersionOf(subject);
  const saying = (zh: string, en: string) => [cannot(ring, old?.state ?? "—", zh, en)];
  if (hasStep(definition, "compromise")) {
    return canBeCompromised(old) ? [] : saying("不能处置为泄露", "cannot be dealt with as compromised");
  }
  if (hasStep(definition, "destroy")) {
    return canBeDestroyed(old) ? [] : saying("不能销毁", "cannot be destroyed");
  }
  if (hasStep(definition, "retire") && old?.state !== "active") {
    return saying("没有可以轮换的启用版本", "has no active version to rotate");
  }
  if (definition.makes_stand_by !== true || !versions.some(isStandbyReady)) return [];
  return [
    { zh: `${ring.purpose} 已有备用密钥。`, en: `The ring ${ring.purpose} has a stand-by key already.` },
  ];
}

function canBeCompromised(version: KeyVersion | undefined): boolean {
  return version !== undefined && leavingOf(version.state, "compromised") !== undefined;
}

function canBeDestroyed(version: KeyVersion | undefined): boolean {
  if (version === undefined) return false;
  return (["destroyed", "destroyed-compromised"] as const).some(
    (end) => leavingOf(version.state, end) !== undefined,
  );
}

function isStandbyReady({ isStandby, state }: KeyVersion): boolean {
  return isStandby && (state === "pre-active" || state === "published");
}

function cannot({ purpose }: KeyRing, state: string, zh: string, en: string): Localized {
  return {
    zh: `${purpose} 的密钥处于 ${state} 状态，${zh}。`,
    en: `The key of ${purpose} is ${state} and ${en}.`,
  };
}

function obstaclesOfTime({ definition, ring, parameters }: PlanSubject): Localized[] {
  return definition.steps.flatMap(({ name, after }) => {
    if (after === undefined) return [];
    try {
      secondsOf({ ring, parameters }, after.seconds);
      return [];
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      return [
        {
          zh: `步骤 ${name} 的等待没有期限：${ring.purpose} 签发的内容永久有效。`,
          en: `The wait of step ${name} never ends: what ${ring.purpose} signs is kept for ever.`,
        },
      ];
    }
  });
}

function obstaclesOfHooks({ definition, hooks }: PlanSubject): Localized[] {
  return missingHooks(definition, hooks).map((call) => ({
    zh: `本服务没有计划所需的处理程序 ${call}。`,
    en: `This service has no hook ${call}, which the plan needs.`,
  }));
}

/** The hooks that a plan must have and the service does not. */
export function missingHooks(
  { steps }: PlanDefinition,
  hooks: Readonly<Record<string, StepHook>>,
): readonly string[] {
  return steps.flatMap(({ call, is_optional: isOptional }) =>
    call === undefined || isOptional === true || Object.hasOwn(hooks, call) ? [] : [call],
  );
}
