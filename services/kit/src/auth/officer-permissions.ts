import type { Signatory } from "../approvals/index.ts";

/**
 * What only officers do, with their own key under each request. No token has these, whatever the sign-on service wrote into it:
 * who runs that service would otherwise be every officer. Reading the audit log is among them: it is the auditor's work, and whoever
 * gives out permissions must not be able to give themselves that one (三员分立).
 */
export const officersOnly: ReadonlySet<string> = new Set([
  "change:propose",
  "change:approve",
  "change:execute",
  "backup:make",
  "audit:read",
  "evidence:export",
]);

/** What each role may do over HTTP. Whether a signature counts under a change is the policy's question, not this table's. */
export const officerPermissions: Readonly<Record<Signatory["role"], readonly string[]>> = {
  "system-administrator": [
    "key:read",
    "change:propose",
    "change:read",
    "change:execute",
    "alarm:read",
    "backup:make",
  ],
  "security-officer": [
    "key:read",
    "change:propose",
    "change:approve",
    "change:read",
    "change:execute",
    "alarm:read",
  ],
  auditor: ["audit:read", "evidence:export", "key:read", "change:read", "alarm:read"],
  "break-glass": ["key:read", "change:propose", "change:approve", "change:read", "change:execute"],
};
