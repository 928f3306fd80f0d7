import { base64Of } from "@yinxin/crypto/bytes";
import { z } from "zod";

import type { Localized } from "../problems/index.ts";
import { dateTimeText } from "../wire/index.ts";
import { keyDriftKinds } from "./key-drift.ts";
import type { KeyDrift } from "./key-drift.ts";
import type { InventoryRow } from "./key-inventory.ts";
import { certificateFacts } from "./key-inventory.ts";
import type { Freeze, KeyRing } from "./ring-facts.ts";
import { keyStateNames } from "./key-states.ts";
import type { KeyState } from "./key-states.ts";
import type { KeyVersion } from "./key-version.ts";

/** How rings and their versions stand on the wire. A public key is public; nothing of a private one is here. */

const count = z.int().min(0);
const localized = z.strictObject({ zh: z.string(), en: z.string() });
export const keyVersionNumber = z.int().min(1);

export const driftSchema = z.strictObject({
  kind: z.enum(keyDriftKinds),
  key_uri: z.string(),
  purpose: z.string().optional(),
  version: keyVersionNumber.optional(),
  found: z.string(),
  since: dateTimeText,
});

export const freezeSchema = z.strictObject({
  scope: z.string(),
  reason: z.string(),
  since: dateTimeText,
  change_id: z.string().optional(),
});

export const dueSchema = z.strictObject({
  kind: z.enum([
    "certificate-expires",
    "crypto-period-ends",
    "limit-near",
    "limit-reached",
    "unused",
    "no-backup",
    "no-standby",
    "restore-test-old",
  ]),
  at: dateTimeText.optional(),
  detail: localized,
});

const certificateSchema = z.strictObject({
  subject: z.string(),
  serial_number: z.string(),
  not_after: dateTimeText,
  days_left: z.int(),
  /** DER, base64. */
  der: z.string(),
});

export const versionSchema = z.strictObject({
  purpose: z.string(),
  version: keyVersionNumber,
  state: z.enum(keyStateNames as readonly [KeyState, ...KeyState[]]),
  algorithm: z.string(),
  key_id: z.string(),
  key_uris: z.array(z.string()),
  /** SubjectPublicKeyInfo, base64. */
  public_key: z.string(),
  certificate: certificateSchema.optional(),
  is_standby: z.boolean(),
  is_frozen: z.boolean(),
  signatures: count,
  usage_limit: count.optional(),
  created_at: dateTimeText,
  published_at: dateTimeText.optional(),
  activated_at: dateTimeText.optional(),
  suspended_at: dateTimeText.optional(),
  retiring_at: dateTimeText.optional(),
  deactivated_at: dateTimeText.optional(),
  compromised_at: dateTimeText.optional(),
  destroyed_at: dateTimeText.optional(),
  crypto_period_ends_at: dateTimeText.optional(),
  served_until: dateTimeText.optional(),
  last_used_at: dateTimeText.optional(),
  self_tested_at: dateTimeText.optional(),
  invalid_from: dateTimeText.optional(),
  origin: z.strictObject({
    generated_by: z.string(),
    label: z.string(),
    device: z.string().optional(),
    local: z.boolean().optional(),
    extractable: z.boolean().optional(),
  }),
  backup: z
    .strictObject({
      backup_id: z.string(),
      made_at: dateTimeText,
      restore_tested_at: dateTimeText.optional(),
    })
    .optional(),
  change_id: z.string().optional(),
});
export type VersionBody = z.output<typeof versionSchema>;

export const inventorySchema = versionSchema.extend({
  ring_title: localized,
  plan: z.string(),
  device: z.strictObject({
    name: z.string(),
    state: z.string(),
    /** Of the PIN, where few are left. */
    remaining_tries: count.optional(),
  }),
  crypto_period_days_left: z.int().optional(),
  signatures_today: count,
  limit_share: z.number().optional(),
  restore_tested_days_ago: z.int().optional(),
  is_standby_ready: z.boolean(),
  due: z.array(dueSchema),
  drift: z.array(driftSchema),
});

export const ringSchema = z.strictObject({
  purpose: z.string(),
  title: localized,
  algorithm: z.string(),
  crypto_period_days: count,
  usage_limit: count.optional(),
  propagation_seconds: count,
  /** Absent: for ever. */
  overlap_seconds: count.optional(),
  plan: z.string(),
  created_at: dateTimeText,
});

export function ringBody(ring: KeyRing): z.output<typeof ringSchema> {
  return {
    purpose: ring.purpose,
    title: localizedBody(ring.title),
    algorithm: ring.algorithm,
    crypto_period_days: ring.cryptoPeriodDays,
    ...optional("usage_limit", ring.usageLimit),
    propagation_seconds: ring.propagationSeconds,
    ...optional("overlap_seconds", ring.overlapSeconds),
    plan: ring.plan,
    created_at: ring.createdAt.toISOString(),
  };
}

export function versionBody(version: KeyVersion, at: Date): VersionBody {
  return {
    purpose: version.purpose,
    version: version.version,
    state: version.state,
    algorithm: version.algorithm,
    key_id: version.keyId,
    key_uris: [...version.keyUris],
    public_key: base64Of(version.publicKey),
    ...optional("certificate", version.certificate && certificateBody(version.certificate, at)),
    is_standby: version.isStandby,
    is_frozen: version.isFrozen,
    signatures: version.signatures,
    ...optional("usage_limit", version.usageLimit),
    created_at: version.createdAt.toISOString(),
    ...momentsBody(version),
    origin: originBody(version),
    ...optional("backup", backupBody(version)),
    ...optional("change_id", version.changeId),
  };
}

function certificateBody(der: Uint8Array, at: Date): z.output<typeof certificateSchema> {
  const { subject, serialNumber, notAfter, daysLeft } = certificateFacts(der, at);
  return {
    subject,
    serial_number: serialNumber,
    not_after: notAfter.toISOString(),
    days_left: daysLeft,
    der: base64Of(der),
  };
}

function momentsBody(version: KeyVersion) {
  return {
    ...moment("published_at", version.publishedAt),
    ...moment("activated_at", version.activatedAt),
    ...moment("suspended_at", version.suspendedAt),
    ...moment("retiring_at", version.retiringAt),
    ...moment("deactivated_at", version.deactivatedAt),
    ...moment("compromised_at", version.compromisedAt),
    ...moment("destroyed_at", version.destroyedAt),
    ...moment("crypto_period_ends_at", version.cryptoPeriodEndsAt),
    ...moment("served_until", version.servedUntil),
    ...moment("last_used_at", version.lastUsedAt),
    ...moment("self_tested_at", version.selfTestedAt),
    ...moment("invalid_from", version.invalidFrom),
  };
}

function originBody({ origin }: KeyVersion): VersionBody["origin"] {
  return {
    generated_by: origin.generatedBy,
    label: origin.label,
    ...optional("device", origin.device),
    ...optional("local", origin.local),
    ...optional("extractable", origin.extractable),
  };
}

function backupBody({ backup }: KeyVersion): VersionBody["backup"] {
  return (
    backup && {
      backup_id: backup.backupId,
      made_at: backup.madeAt.toISOString(),
      ...moment("restore_tested_at", backup.restoreTestedAt),
    }
  );
}

export function inventoryBody(row: InventoryRow, at: Date): z.output<typeof inventorySchema> {
  return {
    ...versionBody(row.version, at),
    ring_title: localizedBody(row.ringTitle),
    plan: row.plan,
    device: {
      name: row.device.name,
      state: row.device.state,
      ...optional("remaining_tries", row.device.remainingTries),
    },
    ...optional("crypto_period_days_left", row.cryptoPeriodDaysLeft),
    signatures_today: row.signaturesToday,
    ...optional("limit_share", row.limitShare),
    ...optional("restore_tested_days_ago", row.restoreTestedDaysAgo),
    is_standby_ready: row.isStandbyReady,
    due: row.due.map(({ kind, at: when, detail }) => ({
      kind,
      ...moment("at", when),
      detail: localizedBody(detail),
    })),
    drift: row.drift.map(driftBody),
  };
}

export function driftBody(drift: KeyDrift): z.output<typeof driftSchema> {
  return {
    kind: drift.kind,
    key_uri: drift.keyUri,
    ...optional("purpose", drift.purpose),
    ...optional("version", drift.version),
    found: drift.found,
    since: drift.since.toISOString(),
  };
}

export function freezeBody(freeze: Freeze): z.output<typeof freezeSchema> {
  return {
    scope: freeze.scope,
    reason: freeze.reason,
    since: freeze.since.toISOString(),
    ...optional("change_id", freeze.changeId),
  };
}

function localizedBody({ zh, en }: Localized): { zh: string; en: string } {
  return { zh, en };
}

/** A member that is left out where there is no value. */
function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): Partial<Record<Name, Value>> {
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<Name, Value>>);
}

function moment<Name extends string>(name: Name, value: Date | undefined): Partial<Record<Name, string>> {
  return optional(name, value?.toISOString());
}
