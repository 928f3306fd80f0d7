import { z } from "zod";

import { base64Text } from "./canonical-document.ts";
import { requestBytesMax, statementBytesMax } from "./change-request.ts";
import { logRecordSchema } from "./log-record.ts";
import { policyBytesMax } from "./officer-policy.ts";

/** A detached CMS with a certificate or three. */
export const signatureBytesMax = 32 * 1024;
/** More decisions than a policy has officers are not stored. */
const approvalsMax = 65;
/** A policy a month for twenty years. */
const policiesMax = 240;

/** A request, its proposer's signature, and every decision on it: bytes in base64, exactly as they were signed. */
export const signedChangeSchema = z.strictObject({
  request: base64Text(requestBytesMax),
  signature: base64Text(signatureBytesMax),
  approvals: z
    .array(
      z.strictObject({ statement: base64Text(statementBytesMax), signature: base64Text(signatureBytesMax) }),
    )
    .max(approvalsMax),
  /** What the service's audit log says of it; absent before a checkpoint covers that. */
  recorded: logRecordSchema.optional(),
});
export type SignedChange = z.infer<typeof signedChangeSchema>;

/**
 * The first policy, and the approved `policy.change` of each later one, which carries it as `parameters.policy`. That it was not only
 * approved but came into force is what `recorded` proves.
 */
export const policyChainSchema = z.strictObject({
  genesis: base64Text(policyBytesMax),
  changes: z.array(signedChangeSchema).max(policiesMax),
});
export type PolicyChain = z.infer<typeof policyChainSchema>;

/** Everything that proves a change to somebody who has only the trust file. */
export const changeExportSchema = z.strictObject({
  type: z.literal("yinxin-change-export"),
  change: signedChangeSchema,
  /** Up to the policy that the request names. */
  policies: policyChainSchema,
});
export type ChangeExport = z.infer<typeof changeExportSchema>;
