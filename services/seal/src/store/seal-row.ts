import type { Kysely } from "kysely";
import { z } from "zod";

import type { SealId, SealRecord, SealVersion, SealVersionRecord } from "../domain/seal.ts";
import { sealStatuses } from "../domain/seal-status.ts";
import { sealTypeNumbers } from "../domain/seal-type.ts";
import type { SealSchema } from "./seal-schema.ts";

const typeSchema = z.literal([...sealTypeNumbers]);
const statusSchema = z.enum(sealStatuses);

/** Columns of a version without its bytes. */
export const versionColumns = [
  "seal_versions.version",
  "seal_versions.owner_key_version",
  "seal_versions.maker_key_version",
  "seal_versions.valid_from",
  "seal_versions.valid_until",
  "seal_versions.certificate",
] as const;

/** Seals with the version that is in force. */
export function selectSeals(db: Kysely<SealSchema>) {
  return db
    .selectFrom("seals")
    .innerJoin("seal_versions", (join) =>
      join
        .onRef("seal_versions.seal_id", "=", "seals.id")
        .onRef("seal_versions.version", "=", "seals.version"),
    )
    .select([
      "seals.id",
      "seals.code",
      "seals.name",
      "seals.type",
      "seals.organization_id",
      "seals.status",
      "seals.size_mm",
      ...versionColumns,
    ]);
}

type VersionRow = Omit<SealSchema["seal_versions"], "seal_id" | "seal" | "effective_from" | "closed_at">;
type SealRow = Omit<SealSchema["seals"], "picture" | "version"> & VersionRow;

export function recordOf(row: SealRow): SealRecord {
  return {
    id: row.id as SealId,
    code: row.code,
    name: row.name,
    type: typeSchema.parse(row.type),
    organizationId: row.organization_id,
    status: statusSchema.parse(row.status),
    sizeMm: row.size_mm,
    ...versionOf(row),
  };
}

function versionOf(row: VersionRow): SealVersion {
  return {
    version: row.version,
    ownerKeyVersion: row.owner_key_version,
    makerKeyVersion: row.maker_key_version,
    validFrom: new Date(row.valid_from),
    validUntil: new Date(row.valid_until),
    certificate: row.certificate,
  };
}

export function versionRecordOf(
  row: VersionRow & Pick<SealSchema["seal_versions"], "effective_from" | "closed_at">,
): SealVersionRecord {
  return {
    ...versionOf(row),
    ...(row.effective_from !== null && { effectiveFrom: new Date(row.effective_from) }),
    ...(row.closed_at !== null && { closedAt: new Date(row.closed_at) }),
  };
}
