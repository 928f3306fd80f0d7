import { z } from "zod";

import type { JsonValue } from "../audit/canonical-json.ts";
import { dotted, instant, name, readCanonical, sm3Text } from "./canonical-document.ts";
import type { CanonicalReading } from "./canonical-document.ts";

/** A `policy.change` carries the whole new policy; everything else is small. */
export const requestBytesMax = 1024 * 1024;
const texts = z.string().min(1).max(1000);

/** The form of a change request. */
export const changeRequestSchema = z.strictObject({
  type: z.literal("yinxin-change-request"),
  id: z.string().regex(/^chg_[0-9A-Za-z]{16,40}$/),
  deployment: name,
  /** Digest of the officer policy under which it is asked for and approved. */
  policy: sm3Text,
  service: dotted,
  operation: dotted,
  /** A purpose, a scope, a plan: what the operation is done to. */
  target: name,
  parameters: z.record(z.string().max(100), z.json()),
  reason: texts,
  /** Officer id, or `break-glass`. */
  proposer: name,
  /** Makes two requests for the same thing differ. */
  nonce: z.string().regex(/^[0-9a-f]{32,64}$/),
  created_at: instant,
  not_after: instant,
  /**
   * The service's audit log as the proposer saw it, signed by a key that they know: the request was not made before, and a service
   * whose log does not go on from there (restored, or forked) can neither take the request nor prove anything by it.
   */
  audit_head: z
    .strictObject({
      origin: name,
      size: z.int().min(0),
      root: z.string().regex(/^sha-256:[0-9a-f]{64}$/),
    })
    .optional(),
});

/** One exact change that an officer asks for, as canonical JSON and signed by them. */
export type ChangeRequest = z.infer<typeof changeRequestSchema>;

export type AuditHead = NonNullable<ChangeRequest["audit_head"]>;

/** A request from its canonical bytes. */
export function readChangeRequest(bytes: Uint8Array): CanonicalReading<ChangeRequest> {
  return readCanonical(bytes, changeRequestSchema, requestBytesMax);
}

/** The form of an approval or a rejection. */
export const approvalStatementSchema = z.strictObject({
  type: z.literal("yinxin-approval"),
  /** Digest of the request's canonical bytes. */
  request: sm3Text,
  decision: z.enum(["approve", "reject"]),
  /** Officer id, or `break-glass`. */
  officer: name,
  at: instant,
  comment: texts.optional(),
});

/** One officer's decision on one request, as canonical JSON and signed by them. */
export type ApprovalStatement = z.infer<typeof approvalStatementSchema>;

/** A sentence or two with digests. */
export const statementBytesMax = 16 * 1024;

/** A statement from its canonical bytes. */
export function readApprovalStatement(bytes: Uint8Array): CanonicalReading<ApprovalStatement> {
  return readCanonical(bytes, approvalStatementSchema, statementBytesMax);
}

/** Parameters of a change, as JSON. */
export type ChangeParameters = Readonly<Record<string, JsonValue>>;
