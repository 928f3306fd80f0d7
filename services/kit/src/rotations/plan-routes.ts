import { z } from "zod";

import { refuse } from "../problems/index.ts";
import { defineRoute } from "../routes/index.ts";
import type { Route } from "../routes/index.ts";
import { dateTimeText } from "../wire/index.ts";
import type { DocumentEntry } from "./plan-documents.ts";
import { planStates, planStepStates } from "./plan.ts";
import type { Plan, PlanStep } from "./plan.ts";
import { canRollBack, planNotFound } from "./roll-back-plan.ts";
import type { RotationRefusalCode } from "./rotation-problems.ts";
import type { Rotations } from "./rotations.ts";

const localized = z.strictObject({ zh: z.string(), en: z.string() });

const stepReply = z.strictObject({
  name: z.string(),
  title: localized,
  do: z.string(),
  state: z.enum(planStepStates),
  started_at: dateTimeText.optional(),
  done_at: dateTimeText.optional(),
  attempts: z.int(),
  result: z.json().optional(),
});

const planReply = z.strictObject({
  id: z.string(),
  definition: z.string(),
  title: localized,
  purpose: z.string(),
  state: z.enum(planStates),
  is_drill: z.boolean(),
  can_roll_back: z.boolean(),
  old_version: z.int().optional(),
  next_version: z.int().optional(),
  parameters: z.record(z.string(), z.json()),
  reason: z.string(),
  requested_by: z.string(),
  change: z.string().optional(),
  created_at: dateTimeText,
  finished_at: dateTimeText.optional(),
  /** When the engine looks at it next: its next step is never taken before. */
  next_at: dateTimeText.optional(),
  problem: z
    .strictObject({
      step: z.string(),
      code: z.string(),
      detail: localized,
      attempts: z.int(),
      since: dateTimeText,
    })
    .optional(),
  steps: z.array(stepReply),
  result: z.json().optional(),
});
type PlanReply = z.input<typeof planReply>;

const oneReply = planReply.extend({
  documents: z.array(z.strictObject({ name: z.string(), media_type: z.string(), size_bytes: z.int() })),
});

const planParams = z.strictObject({ planId: z.string().max(60) });

/** How officers and their programs see plans; the same in every service. */
export function planRoutes(rotations: Rotations): readonly Route[] {
  return [listRoute(rotations), planRoute(rotations), documentRoute(rotations)];
}

function listRoute(rotations: Rotations): Route {
  return defineRoute({
    method: "get",
    path: "/v1/plans",
    summary: "List rotations and other plans of key rings, newest first",
    permission: "key:read",
    query: z.strictObject({
      purpose: z.string().max(128).optional(),
      state: z.enum(planStates).optional(),
    }),
    reply: { status: 200, schema: z.strictObject({ plans: z.array(planReply) }) },
    handle: async ({ query: { purpose, state } }) => {
      const plans = await rotations.list({
        ...(purpose !== undefined && { purpose }),
        ...(state !== undefined && { states: [state] }),
      });
      return { plans: plans.map(planOnWire) };
    },
  });
}

function planRoute(rotations: Rotations): Route {
  return defineRoute({
    method: "get",
    path: "/v1/plans/:planId",
    summary: "Read a plan with its steps and documents",
    permission: "key:read",
    params: planParams,
    reply: { status: 200, schema: oneReply },
    handle: async ({ params: { planId } }) => {
      const plan = await rotations.find(planId);
      if (plan === undefined) throw planNotFound(planId);
      const documents = await rotations.documents(planId);
      return { ...planOnWire(plan), documents: documents.map(documentOnWire) };
    },
  });
}

function documentRoute(rotations: Rotations): Route {
  return defineRoute({
    method: "get",
    path: "/v1/plans/:planId/documents/:name",
    summary: "Read a document that a plan made: a list of signatures, a notice, a report",
    permission: "key:read",
    params: z.strictObject({ planId: z.string().max(60), name: z.string().max(60) }),
    reply: { status: 200, contentType: ["application/jsonl", "text/markdown; charset=utf-8"] },
    handle: async ({ params: { planId, name } }) => {
      const document = await rotations.document(planId, name);
      if (document === undefined) {
        throw refuse<RotationRefusalCode>("plan-document-not-found", {
          zh: `计划 ${planId} 没有文件 ${name}。`,
          en: `The plan ${planId} has no document ${name}.`,
        });
      }
      return { content: document.content, contentType: document.mediaType, fileName: `${planId}-${name}` };
    },
  });
}

/** A plan as routes and evidence write it. */
export function planOnWire(plan: Plan): PlanReply {
  const { oldVersion, nextVersion, changeId, finishedAt, nextAt, problem, result } = plan;
  return {
    id: plan.id,
    definition: plan.definition.name,
    title: plan.definition.title,
    purpose: plan.purpose,
    state: plan.state,
    is_drill: plan.isDrill,
    can_roll_back: canRollBack(plan),
    old_version: oldVersion,
    next_version: nextVersion,
    parameters: z.record(z.string(), z.json()).parse(plan.parameters),
    reason: plan.reason,
    requested_by: plan.requestedBy,
    change: changeId,
    created_at: plan.createdAt.toISOString(),
    finished_at: finishedAt?.toISOString(),
    next_at: nextAt?.toISOString(),
    problem: problem && { ...problem, since: problem.since.toISOString() },
    steps: plan.steps.map(stepOnWire),
    ...(result !== undefined && { result: z.json().parse(result) }),
  };
}

function stepOnWire({ startedAt, doneAt, result, ...step }: PlanStep): PlanReply["steps"][number] {
  return {
    name: step.name,
    title: step.title,
    do: step.do,
    state: step.state,
    attempts: step.attempts,
    started_at: startedAt?.toISOString(),
    done_at: doneAt?.toISOString(),
    ...(result !== undefined && { result: z.json().parse(result) }),
  };
}

function documentOnWire({ name, mediaType, sizeBytes }: DocumentEntry) {
  return { name, media_type: mediaType, size_bytes: sizeBytes };
}
