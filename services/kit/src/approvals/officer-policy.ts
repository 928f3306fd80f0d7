import { z } from "zod";

import { base64Text, dotted, name, readCanonical, sm3Text } from "./canonical-document.ts";
import type { CanonicalReading } from "./canonical-document.ts";

/** 三员: who administers, who approves, who watches. Nobody is two of them. */
export const officerRoles = ["system-administrator", "security-officer", "auditor"] as const;
export type OfficerRole = (typeof officerRoles)[number];

/** A large deployment has a dozen officers. */
const officersMax = 64;
/** The core operations and what services add. */
const rulesMax = 200;
/** DER of a certificate with many extensions. */
const certificateBytesMax = 8 * 1024;
const yearSeconds = 366 * 86_400;

const officerSchema = z.strictObject({
  /** Names the account: `wang-lei`. */
  id: z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
    .max(64),
  /** Names the human being, e.g. by the number of the staff record; two accounts of one person have the same. */
  person: name,
  name,
  unit: name,
  role: z.enum(officerRoles),
  /** DER in base64; the officer signs with this key and no other. */
  certificate: base64Text(certificateBytesMax),
});

const ruleSchema = z.strictObject({
  persons: z.int().min(1).max(officersMax),
  distinct_units: z.boolean().optional(),
  window: z.strictObject({
    seconds: z
      .int()
      .min(60)
      .max(30 * 86_400),
    uses: z.int().min(1).max(1000),
  }),
  not_after_seconds: z
    .int()
    .min(300)
    .max(90 * 86_400),
});

/** The form of a policy; what it must also hold is {@link judgePolicy}'s. */
export const officerPolicySchema = z.strictObject({
  type: z.literal("yinxin-officer-policy"),
  version: z.int().min(1).max(1_000_000),
  /** Digest of the policy before; the first has none. */
  previous: sm3Text.optional(),
  deployment: name,
  officers: z.array(officerSchema).min(1).max(officersMax),
  /** Certificates between the officers' and the roots, DER in base64. They are not trusted. */
  intermediates: z.array(base64Text(certificateBytesMax)).max(officersMax).optional(),
  rules: z
    .record(dotted, ruleSchema)
    .refine((rules) => Object.keys(rules).length <= rulesMax, { message: "too many rules" }),
  break_glass: z
    .strictObject({
      certificate: base64Text(certificateBytesMax),
      review_within_hours: z
        .int()
        .min(1)
        .max(yearSeconds / 3600),
    })
    .optional(),
});

/** Who the officers of a deployment are and what it takes to do what: canonical JSON, named by its SM3. */
export type OfficerPolicy = z.infer<typeof officerPolicySchema>;
export type Officer = OfficerPolicy["officers"][number];

/** Larger than a policy of {@link officersMax} officers. */
export const policyBytesMax = 1024 * 1024;

/** A policy from its canonical bytes. */
export function readOfficerPolicy(bytes: Uint8Array): CanonicalReading<OfficerPolicy> {
  return readCanonical(bytes, officerPolicySchema, policyBytesMax);
}
