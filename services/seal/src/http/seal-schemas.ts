import { base64Of } from "@yinxin/crypto/bytes";
import type { Caller } from "@yinxin/service-kit/auth";
import { isUscc } from "@yinxin/service-kit/identifiers";
import { dateTimeText } from "@yinxin/service-kit/wire";
import { z } from "zod";

import type { SealId, SealRecord, SealVersionRecord } from "../domain/seal.ts";
import { sealStatuses } from "../domain/seal-status.ts";
import { sealTypeNumbers } from "../domain/seal-type.ts";
import type { SealUser } from "../domain/use-of-seal.ts";

/** With 18 characters of the credit code before it, it must fit the 64 of an X.509 organization name, and the face. */
const organizationNameLengthMax = 40;
const sealNameLengthMax = 60;

/** Nothing that a face cannot show: no white space, no control or format character. */
const visibleText = /^[^\s\p{C}\p{Z}\p{DI}]+$/u;

/** Lengths count characters, not UTF-16 code units. */
function textUpTo(lengthMax: number) {
  return z
    .string()
    .regex(visibleText)
    .refine((text) => Array.from(text).length <= lengthMax, `at most ${String(lengthMax)} characters`);
}

const organizationBody = z.strictObject({
  id: z.string().regex(/^org_[A-Za-z0-9_-]{1,60}$/),
  name: textUpTo(organizationNameLengthMax),
  uscc: z.string().refine(isUscc, "not a unified social credit code (GB 32100-2015)"),
});

export const makeSealBody = z.strictObject({
  organization: organizationBody,
  /** 1 legal name, 2 finance, 3 invoice, 4 contract, 6 business. */
  type: z.literal([...sealTypeNumbers]),
  /** The organization's name and the type's if absent. */
  name: textUpTo(sealNameLengthMax).optional(),
  /** Administrative division, GB/T 2260. */
  division_code: z.string().regex(/^[1-9][0-9]{5}$/),
});

export const sealParams = z.strictObject({
  seal_id: z
    .string()
    .regex(/^seal_[A-Za-z0-9]{1,64}$/)
    .transform((id) => id as SealId),
});

export const sealReply = z.strictObject({
  id: z.string(),
  /** 14 digits, also the common name of the certificate. */
  code: z.string(),
  name: z.string(),
  organization_id: z.string(),
  type: z.int(),
  status: z.enum(sealStatuses),
  /** Of the seal that is in force: it is made again when a key of its owner or its maker changes. */
  version: z.int(),
  valid_from: dateTimeText,
  valid_until: dateTimeText,
  /** Diameter. */
  size_mm: z.number(),
  /** The owner's, DER. */
  certificate: z.string().meta({ contentEncoding: "base64" }),
});

export const sealVersionReply = z.strictObject({
  version: z.int(),
  valid_from: dateTimeText,
  valid_until: dateTimeText,
  /** Absent: made, and not in force yet. */
  effective_from: dateTimeText.exactOptional(),
  /** Nothing is sealed with it after this time; what was sealed before stays good. */
  closed_at: dateTimeText.exactOptional(),
  owner_key_version: z.int(),
  maker_key_version: z.int(),
  /** The owner's, DER. */
  certificate: z.string().meta({ contentEncoding: "base64" }),
});

export function sealVersionReplyOf(version: SealVersionRecord): z.input<typeof sealVersionReply> {
  const { effectiveFrom, closedAt } = version;
  return {
    version: version.version,
    valid_from: version.validFrom.toISOString(),
    valid_until: version.validUntil.toISOString(),
    ...(effectiveFrom && { effective_from: effectiveFrom.toISOString() }),
    ...(closedAt && { closed_at: closedAt.toISOString() }),
    owner_key_version: version.ownerKeyVersion,
    maker_key_version: version.makerKeyVersion,
    certificate: base64Of(version.certificate),
  };
}

export function sealReplyOf(seal: SealRecord): z.input<typeof sealReply> {
  return {
    id: seal.id,
    code: seal.code,
    name: seal.name,
    organization_id: seal.organizationId,
    type: seal.type,
    status: seal.status,
    version: seal.version,
    valid_from: seal.validFrom.toISOString(),
    valid_until: seal.validUntil.toISOString(),
    size_mm: seal.sizeMm,
    certificate: base64Of(seal.certificate),
  };
}

/** Who applies: their own organization's seals, or any. */
export function applierOf({ subject, permissions }: Caller): SealUser {
  return { subject, mayUseAny: permissions.has("seal:apply-any") };
}

/** Who looks: besides those who may apply any seal, those who make them. */
export function readerOf(caller: Caller): SealUser {
  return { ...applierOf(caller), ...(caller.permissions.has("seal:make") && { mayUseAny: true }) };
}
