import { canonicalJson } from "@yinxin/service-kit/audit";
import { z } from "zod";

import { holderCodeTypeNames } from "../domain/holder-code.ts";
import type { LicenseContent, LicenseId } from "../domain/license.ts";
import type { LicenseRecord } from "../operations/ledger-store.ts";
import type { LicenseRow } from "./ledger-schema.ts";

/** Every column but the document. */
export const licenseColumns = [
  "id",
  "identifier",
  "type_code",
  "issuer_code",
  "number",
  "content",
  "salted_fields",
  "leaf_salt",
  "fields_root",
  "leaf_index",
  "document_sha256",
  "document_sm3",
  "seal_id",
  "recorded_at",
] as const satisfies readonly (keyof LicenseRow)[];

/** Rows are data too: one that somebody wrote by hand is noticed here. */
const contentSchema = z.strictObject({
  name: z.string(),
  typeCode: z.string(),
  number: z.string(),
  holder: z.strictObject({ name: z.string(), code: z.string(), codeType: z.enum(holderCodeTypeNames) }),
  issuingAuthority: z.strictObject({ name: z.string(), code: z.string() }),
  issuedOn: z.string(),
  validFrom: z.string(),
  validUntil: z.string().exactOptional(),
}) satisfies z.ZodType<LicenseContent>;

const saltedFieldsSchema = z.array(z.strictObject({ name: z.string(), value: z.string(), salt: z.string() }));

export function rowOfRecord(license: LicenseRecord): LicenseRow {
  const { content, file } = license;
  return {
    id: license.id,
    identifier: license.identifier,
    type_code: content.typeCode,
    issuer_code: content.issuingAuthority.code,
    number: content.number,
    content: canonicalJson(content),
    salted_fields: canonicalJson(license.fields),
    leaf_salt: license.leafSalt,
    fields_root: license.fieldsRoot,
    leaf_index: license.leafIndex,
    document_sha256: file.sha256,
    document_sm3: file.sm3,
    seal_id: license.sealId,
    recorded_at: license.recordedAt.toISOString(),
  };
}

export function recordOfRow(row: LicenseRow): LicenseRecord {
  return {
    id: row.id as LicenseId,
    identifier: row.identifier,
    content: contentSchema.parse(JSON.parse(row.content)),
    fields: saltedFieldsSchema.parse(JSON.parse(row.salted_fields)),
    leafSalt: row.leaf_salt,
    fieldsRoot: row.fields_root,
    leafIndex: row.leaf_index,
    file: { sha256: row.document_sha256, sm3: row.document_sm3 },
    sealId: row.seal_id,
    recordedAt: new Date(row.recorded_at),
  };
}
