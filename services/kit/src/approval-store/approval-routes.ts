import { base64Of } from "@yinxin/crypto/bytes";
import { z } from "zod";

import { changeExportSchema, policyChainSchema } from "../approvals/index.ts";
import type { ChangeVerification } from "../approvals/index.ts";
import { refuse } from "../problems/index.ts";
import { defineRoute } from "../routes/index.ts";
import type { Route } from "../routes/index.ts";
import { base64Bytes, dateTimeText } from "../wire/index.ts";
import { changeEndings, changeStates } from "./stored-change.ts";
import type { Approvals } from "./approvals.ts";
import type { StoredChange } from "./stored-change.ts";

/** A request with a whole policy in it, its base64, and a signature. */
const bodyLimitBytes = 2 * 1024 * 1024;
/** Every policy there was, with its approvals. */
const chainLimitBytes = 16 * 1024 * 1024;
const requestBytesMax = 1024 * 1024;
const statementBytesMax = 16 * 1024;
const signatureBytesMax = 32 * 1024;

const text = z.string().max(1000);
/** JSON of whatever form the operation has; `z.json()` refers to itself, which inside a description points nowhere. */
const anyJson = z.unknown();
const localized = z.object({ zh: z.string(), en: z.string() });
const parameters = z.record(z.string().max(100), anyJson);

const previewReply = z.object({
  effect: z.array(localized),
  numbers: z.record(z.string(), z.number()),
  steps: z.array(z.object({ name: z.string(), title: localized, at: dateTimeText.optional() })),
});

const changeReply = z.object({
  id: z.string(),
  state: z.enum(changeStates),
  /** Why it is over, where it was neither rejected nor done as often as it might be. */
  ended_by: z.enum(changeEndings).optional(),
  service: z.string(),
  operation: z.string(),
  target: z.string(),
  parameters,
  reason: z.string(),
  proposer: z.string(),
  created_at: dateTimeText,
  not_after: dateTimeText,
  /** Of the request: what each approval names. */
  digest: z.string(),
  policy_version: z.int(),
  persons: z.object({ counted: z.int(), needed: z.int() }),
  break_glass: z.boolean(),
  signatures: z.array(
    z.object({
      officer: z.string(),
      name: z.string(),
      unit: z.string(),
      role: z.string(),
      decision: z.enum(["propose", "approve", "reject"]),
      at: dateTimeText,
      certificate: z.string(),
      counts: z.boolean(),
    }),
  ),
  window: z.object({ from: dateTimeText, until: dateTimeText, uses: z.int() }).optional(),
  uses: z.int(),
  results: z.array(z.object({ at: dateTimeText, executor: z.string(), result: anyJson })),
  review_before: dateTimeText.optional(),
  reviewed_by: z.string().optional(),
  /** What is wrong with the stored change, where it is not what was signed. */
  problems: z.array(z.object({ name: z.string(), where: z.string(), detail: z.string() })),
});
type ChangeReply = z.input<typeof changeReply>;

const params = z.strictObject({ changeId: z.string().max(60) });

/** How officers ask, approve and act over HTTP; the same in every service. */
export function approvalRoutes(approvals: Approvals): readonly Route[] {
  return [
    previewRoute(approvals),
    ...changeRoutes(approvals),
    executionRoute(approvals),
    ...policyRoutes(approvals),
  ];
}

function previewRoute(approvals: Approvals): Route {
  return defineRoute({
    method: "post",
    path: "/v1/change-previews",
    summary: "What a change would do; nothing is changed",
    permission: "change:read",
    body: z.strictObject({ operation: text, target: text, parameters }),
    reply: { status: 200, schema: previewReply },
    handle: async ({ body }) => {
      const preview = await approvals.preview(body.operation, body.target, body.parameters);
      return {
        effect: [...preview.effect],
        numbers: preview.numbers,
        steps: preview.steps.map((step) => ({ ...step })),
      };
    },
  });
}

function changeRoutes(approvals: Approvals): readonly Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/v1/changes",
      summary: "Ask for a change, with a signed request",
      permission: "change:propose",
      body: z.strictObject({
        request: base64Bytes(requestBytesMax),
        signature: base64Bytes(signatureBytesMax),
      }),
      bodyLimitBytes,
      reply: { status: 201, schema: changeReply },
      handle: async ({ body }) => replyOf(await approvals.propose(body)),
    }),
    defineRoute({
      method: "get",
      path: "/v1/changes",
      summary: "Changes and where they stand, newest first",
      permission: "change:read",
      query: z.strictObject({ state: z.enum(changeStates).optional() }),
      reply: { status: 200, schema: z.object({ changes: z.array(changeReply) }) },
      handle: async ({ query: { state } }) => {
        const changes = await approvals.list(state === undefined ? {} : { state });
        return { changes: changes.map(replyOf) };
      },
    }),
    defineRoute({
      method: "get",
      path: "/v1/changes/:changeId",
      summary: "A change, and the export that proves it to anybody",
      permission: "change:read",
      params,
      reply: { status: 200, schema: z.object({ change: changeReply, export: changeExportSchema }) },
      handle: async ({ params: { changeId } }) => ({
        change: replyOf(await approvals.find(changeId)),
        export: await approvals.exportChange(changeId),
      }),
    }),
    defineRoute({
      method: "post",
      path: "/v1/changes/:changeId/approvals",
      summary: "Approve or reject a change, with a signed statement",
      // Whoever may ask may take it back; whether an approval is theirs to give is judged by its signature.
      permission: "change:propose",
      params,
      body: z.strictObject({
        statement: base64Bytes(statementBytesMax),
        signature: base64Bytes(signatureBytesMax),
      }),
      bodyLimitBytes,
      reply: { status: 201, schema: changeReply },
      handle: async ({ params: { changeId }, body }) => replyOf(await approvals.decide(changeId, body)),
    }),
  ];
}

function executionRoute(approvals: Approvals): Route {
  return defineRoute({
    method: "post",
    path: "/v1/changes/:changeId/execution",
    summary: "Do an approved change, once",
    permission: "change:execute",
    params,
    body: z.strictObject({}),
    reply: { status: 200, schema: z.object({ change: changeReply, result: anyJson }) },
    handle: async ({ params: { changeId }, caller }) => {
      // A token is not an officer: only somebody of the policy acts, however a client is called.
      if (caller.isOfficer !== true) throw notAnOfficer();
      const { change, result } = await approvals.execute(changeId, caller.subject);
      return { change: replyOf(change), result };
    },
  });
}

const policyReply = z.object({
  version: z.int(),
  digest: z.string(),
  deployment: z.string(),
  officers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      unit: z.string(),
      role: z.string(),
      certificate: z.string(),
      /** SM3 of the certificate. */
      key_id: z.string(),
    }),
  ),
  operations: z.array(z.object({ name: z.string(), title: localized, persons: z.int().optional() })),
  /** Canonical JSON, base64. */
  chain: policyChainSchema,
});

async function policyOnWire(approvals: Approvals): Promise<z.input<typeof policyReply>> {
  const { policy, digest, signatories } = await approvals.policy();
  return {
    version: policy.version,
    digest,
    deployment: policy.deployment,
    officers: signatories.map(({ id, name, unit, role, certificate, certificateDigest }) => {
      return { id, name, unit, role, certificate: base64Of(certificate.raw), key_id: certificateDigest };
    }),
    operations: approvals.operations().map(({ name, title }) => {
      const persons = policy.rules[name]?.persons;
      return { name, title, ...(persons !== undefined && { persons }) };
    }),
    chain: await approvals.policyChain(),
  };
}

function policyRoutes(approvals: Approvals): readonly Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/v1/officer-policy",
      summary: "The officer policy in force, with the chain that proves it",
      permission: "change:read",
      reply: { status: 200, schema: policyReply },
      handle: () => policyOnWire(approvals),
    }),
    defineRoute({
      method: "post",
      path: "/v1/officer-policy",
      summary: "Take over policies that officers approved at another service; the chain proves itself",
      permission: "change:execute",
      body: z.strictObject({ chain: policyChainSchema }),
      bodyLimitBytes: chainLimitBytes,
      reply: { status: 200, schema: policyReply },
      handle: async ({ body: { chain }, caller }) => {
        if (caller.isOfficer !== true) throw notAnOfficer();
        await approvals.importPolicy(chain);
        return policyOnWire(approvals);
      },
    }),
  ];
}

function notAnOfficer(): Error {
  return refuse("role-not-permitted", {
    zh: "只有审批策略中的人员，用自己的密钥签名请求，才能执行变更。",
    en: "Only an officer of the policy, who signs the request with their own key, does a change.",
  });
}

/** What stands in the place of a request that cannot be read any more, beside the problems that say so. */
const unreadable = {
  service: "",
  operation: "",
  target: "",
  parameters: {},
  reason: "",
  proposer: "",
  created_at: "1970-01-01T00:00:00.000Z",
  not_after: "1970-01-01T00:00:00.000Z",
};

function replyOf({ id, state, endedBy, verification, uses, results, ...review }: StoredChange): ChangeReply {
  const { request = unreadable, window, counted, needed, isBreakGlass } = verification;
  const { service, operation, target, parameters: asked, reason, proposer, created_at, not_after } = request;
  return {
    id,
    state,
    ...(endedBy && { ended_by: endedBy }),
    ...{ service, operation, target, parameters: asked, reason, proposer, created_at, not_after },
    digest: verification.digest ?? "",
    policy_version: verification.policy?.version ?? 0,
    persons: { counted, needed },
    break_glass: isBreakGlass,
    signatures: signaturesOf(verification),
    ...(window !== undefined && { window }),
    uses,
    results: [...results],
    ...(review.reviewBefore !== undefined && { review_before: review.reviewBefore }),
    ...(review.reviewedBy !== undefined && { reviewed_by: review.reviewedBy }),
    problems: problemsOf(verification),
  };
}

function problemsOf({ checks }: ChangeVerification): ChangeReply["problems"] {
  return checks
    .filter(({ result }) => result === "failed")
    .map(({ name, where, detail }) => ({ name, where, detail }));
}

function signaturesOf({ signatures }: ChangeVerification): ChangeReply["signatures"] {
  return signatures.map(({ officer, name, unit, role, decision, at, certificate, counts }) => {
    return { officer, name, unit, role, decision, at, certificate, counts };
  });
}
