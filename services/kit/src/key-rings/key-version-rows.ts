import { base64Of, bytesOfBase64 } from "@yinxin/crypto/bytes";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { CompiledQuery } from "kysely";
import type { Kysely, Selectable } from "kysely";
import { z } from "zod";

import { isPostgres } from "../database/index.ts";
import type { KeyRingTables } from "./key-ring-tables.ts";
import type { KeyRing } from "./ring-facts.ts";
import type { KeyState } from "./key-states.ts";
import type { KeyBackup, KeyOrigin, KeyVersion } from "./key-version.ts";

type VersionRow = Selectable<KeyRingTables["key_versions"]> & {
  readonly crypto_period_days: number;
  readonly overlap_seconds: number | null;
};

/** Which versions to read; everything that is given must fit. */
export interface VersionQuery {
  readonly purpose?: string;
  readonly version?: number;
  readonly states?: readonly KeyState[];
  /** Whether their rows are held until the transaction ends, where the database has locks for rows. */
  readonly isLocking?: boolean;
}

/** Versions with what their rings say of them, by purpose and then oldest first. */
export async function readVersions(
  db: Kysely<KeyRingTables>,
  { purpose, version, states, isLocking = false }: VersionQuery,
): Promise<readonly KeyVersion[]> {
  const rows = await db
    .selectFrom("key_versions")
    .innerJoin("key_rings", "key_rings.purpose", "key_versions.purpose")
    .selectAll("key_versions")
    .select(["key_rings.crypto_period_days", "key_rings.overlap_seconds"])
    .$if(isLocking && isPostgres(db), (query) => query.forUpdate("key_versions"))
    .$if(purpose !== undefined, (query) => query.where("key_versions.purpose", "=", purpose ?? ""))
    .$if(version !== undefined, (query) => query.where("key_versions.version", "=", version ?? 0))
    .$if(states !== undefined, (query) => query.where("key_versions.state", "in", states ?? []))
    .orderBy("key_versions.purpose")
    .orderBy("key_versions.version")
    .execute();
  return rows.map(versionOf);
}

export async function readVersion(
  db: Kysely<KeyRingTables>,
  { purpose, version }: { readonly purpose: string; readonly version: number },
): Promise<KeyVersion | undefined> {
  const [found] = await readVersions(db, { purpose, version });
  return found;
}

/** The version that signs now, or else those that are suspended. Read at every use of a key, so it is written out as the counting is. */
export async function readSigning(
  db: Kysely<KeyRingTables>,
  purpose: string,
): Promise<KeyVersion | undefined> {
  const query = CompiledQuery.raw(isPostgres(db) ? signingVersions("$1") : signingVersions("?"), [purpose]);
  const { rows } = await db.executeQuery<VersionRow>(query);
  const row = rows.find(({ state }) => state === "active") ?? rows.at(-1);
  return row && versionOf(row);
}

function signingVersions(purpose: string): string {
  return `select v.*, r.crypto_period_days, r.overlap_seconds
    from key_versions v join key_rings r on r.purpose = v.purpose
    where v.purpose = ${purpose} and v.state in ('active', 'suspended') order by v.version`;
}

/** A database is a place that others can write to, so what is JSON there is read like anything from outside. */
const uriList = z.array(z.string()).min(1);
const certificateList = z.array(z.string());

function versionOf(row: VersionRow): KeyVersion {
  const { crypto_period_days: days } = row;
  return {
    purpose: row.purpose,
    version: row.version,
    state: row.state,
    algorithm: row.algorithm as SignatureAlgorithmName,
    keyUris: uriList.parse(JSON.parse(row.key_uris)),
    publicKey: row.public_key,
    keyId: row.key_id as `sm3:${string}`,
    ...(row.certificate !== null && { certificate: row.certificate }),
    ...(row.chain !== null && { chain: certificateList.parse(JSON.parse(row.chain)).map(bytesOfBase64) }),
    isStandby: row.is_standby === 1,
    isFrozen: row.is_frozen === 1,
    signatures: Number(row.signatures),
    ...(row.usage_limit !== null && { usageLimit: Number(row.usage_limit) }),
    ...(row.overlap_seconds !== null && { overlapSeconds: row.overlap_seconds }),
    createdAt: new Date(row.created_at),
    ...momentsOf(row),
    ...(row.activated_at !== null && { cryptoPeriodEndsAt: daysAfter(row.activated_at, days) }),
    origin: originOf(row),
    ...backupOf(row),
    ...(row.change_id !== null && { changeId: row.change_id }),
  };
}

const moments = {
  publishedAt: "published_at",
  activatedAt: "activated_at",
  suspendedAt: "suspended_at",
  retiringAt: "retiring_at",
  deactivatedAt: "deactivated_at",
  compromisedAt: "compromised_at",
  destroyedAt: "destroyed_at",
  servedUntil: "served_until",
  lastUsedAt: "last_used_at",
  selfTestedAt: "self_tested_at",
  invalidFrom: "invalid_from",
} as const satisfies Partial<Record<keyof KeyVersion, keyof VersionRow>>;

function momentsOf(row: VersionRow): Partial<Record<keyof typeof moments, Date>> {
  return Object.fromEntries(
    Object.entries(moments).flatMap(([name, column]) => {
      const text = row[column];
      return text === null ? [] : [[name, new Date(text)]];
    }),
  );
}

function originOf(row: VersionRow): KeyOrigin {
  return {
    generatedBy: row.generated_by,
    label: row.label,
    ...(row.generated_in !== null && { device: row.generated_in }),
    ...(row.is_local !== null && { local: row.is_local === 1 }),
    ...(row.is_extractable !== null && { extractable: row.is_extractable === 1 }),
  };
}

function backupOf(row: VersionRow): { readonly backup?: KeyBackup } {
  if (row.backup_id === null || row.backup_made_at === null) return {};
  return {
    backup: {
      backupId: row.backup_id,
      madeAt: new Date(row.backup_made_at),
      ...(row.restore_tested_at !== null && { restoreTestedAt: new Date(row.restore_tested_at) }),
    },
  };
}

const dayMilliseconds = 24 * 60 * 60 * 1000;

function daysAfter(text: string, days: number): Date {
  return new Date(new Date(text).getTime() + days * dayMilliseconds);
}

export async function readRings(db: Kysely<KeyRingTables>, purpose?: string): Promise<readonly KeyRing[]> {
  const rows = await db
    .selectFrom("key_rings")
    .selectAll()
    .$if(purpose !== undefined, (query) => query.where("purpose", "=", purpose ?? ""))
    .orderBy("purpose")
    .execute();
  return rows.map(ringOf);
}

function ringOf(row: Selectable<KeyRingTables["key_rings"]>): KeyRing {
  return {
    purpose: row.purpose,
    title: { zh: row.title_zh, en: row.title_en },
    algorithm: row.algorithm as SignatureAlgorithmName,
    cryptoPeriodDays: row.crypto_period_days,
    ...(row.usage_limit !== null && { usageLimit: Number(row.usage_limit) }),
    propagationSeconds: row.propagation_seconds,
    ...(row.overlap_seconds !== null && { overlapSeconds: row.overlap_seconds }),
    plan: row.plan,
    createdAt: new Date(row.created_at),
  };
}

/** Certificates as a column holds them. */
export function chainText(chain: readonly Uint8Array[] | undefined): string | null {
  return chain === undefined ? null : JSON.stringify(chain.map((der) => base64Of(der)));
}
