import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { hexOf } from "@yinxin/crypto/bytes";
import { parseLogPolicy } from "@yinxin/crypto/tlog";
import type { GovernanceTrust } from "@yinxin/service-kit/approvals";
import { createAuditTrail, kitEvents, verifyAuditLog } from "@yinxin/service-kit/audit";
import type { AuditReport } from "@yinxin/service-kit/audit";
import { openDatabase } from "@yinxin/service-kit/database";
import type { DatabaseLocation } from "@yinxin/service-kit/database";
import { dropPostgresSchema, inspectSqlite, restorePostgres } from "@yinxin/service-kit/database-copy";
import { judgeContinuations } from "@yinxin/service-kit/governance";

import { trySoftKeys } from "../keys/try-soft-keys.ts";
import { CommandFailure } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import type { BackupManifest } from "./backup-format.ts";

/** One thing that a restore test looked at. */
export interface RestoreCheck {
  readonly name: "files" | "database" | "audit" | "keys";
  /** The service; the whole backup if absent. */
  readonly service?: string;
  readonly result: "passed" | "failed" | "not-checked";
  readonly detail: string;
}

export interface RestoreTestDeps {
  readonly terminal: Terminal;
  /** A PostgreSQL server where a schema may be made and dropped. */
  readonly scratchDatabase: string | undefined;
  /** Which logs' keys and which officers are believed; without it signatures of checkpoints are not looked at. */
  readonly trust: GovernanceTrust | undefined;
}

/** Tests what `extractBackup` wrote to a folder: opens each database, follows its audit log, signs with each key. */
export async function testRestored(
  manifest: BackupManifest,
  folder: string,
  deps: RestoreTestDeps,
): Promise<RestoreCheck[]> {
  const checks: RestoreCheck[] = [
    {
      name: "files",
      result: "passed",
      detail: `${String(manifest.files.length)} files are as the manifest says`,
    },
  ];
  for (const service of manifest.services) {
    checks.push(...(await testService(manifest, service, folder, deps)));
  }
  return checks;
}

type ListedService = BackupManifest["services"][number];

async function testService(
  manifest: BackupManifest,
  service: ListedService,
  folder: string,
  deps: RestoreTestDeps,
): Promise<RestoreCheck[]> {
  const { name, database } = service;
  const hasKeys = manifest.files.some((file) => file.kind === "key-store" && file.service === name);
  if (database === undefined) return hasKeys ? [await testKeys(name, folder, new Map(), deps)] : [];
  const opened = await openRestored(service, folder, deps);
  if (!("location" in opened))
    return [opened.check, ...(hasKeys ? [await testKeys(name, folder, new Map(), deps)] : [])];
  try {
    const keys = await recordedKeys(opened.location);
    return [
      opened.check,
      await testAudit(service, opened.location, join(folder, name, "audit"), deps),
      ...(hasKeys ? [await testKeys(name, folder, keys, deps)] : []),
    ];
  } finally {
    await opened.close();
  }
}

interface OpenedDatabase {
  readonly check: RestoreCheck;
  readonly location: DatabaseLocation;
  close(): Promise<void>;
}

async function openRestored(
  service: ListedService,
  folder: string,
  { scratchDatabase, terminal }: RestoreTestDeps,
): Promise<OpenedDatabase | { readonly check: RestoreCheck }> {
  const { name } = service;
  const check = (result: RestoreCheck["result"], detail: string): RestoreCheck => ({
    name: "database",
    service: name,
    result,
    detail,
  });
  if (service.database === "postgres") {
    if (scratchDatabase === undefined)
      return { check: check("not-checked", "a PostgreSQL server is needed: --scratch-database-file") };
    const location = { url: scratchDatabase, schema: `restore_test_${hexOf(terminal.randomBytes(6))}` };
    const rows = await restorePostgres(
      location,
      createInterface(createReadStream(join(folder, name, "database.jsonl"))),
    );
    const sum = Object.values(rows).reduce((total, count) => total + count, 0);
    return {
      check: check("passed", `${String(sum)} rows`),
      location,
      close: () => dropPostgresSchema(location),
    };
  }
  const file = join(folder, name, "db.sqlite");
  const { problems, migrations, rows } = inspectSqlite(file);
  if (problems.length > 0) return { check: check("failed", problems.join("; ")) };
  if (migrations.join() !== service.migrations.join())
    return { check: check("failed", "its migrations are others than the manifest's") };
  const sum = Object.values(rows).reduce((total, count) => total + count, 0);
  const detail = `${String(sum)} rows, ${String(migrations.length)} migrations`;
  return {
    check: check("passed", detail),
    location: { url: `sqlite:${file}`, schema: name },
    close: () => Promise.resolve(),
  };
}

async function testAudit(
  { name, migrations, checkpointed_events: inFolder = 0 }: ListedService,
  location: DatabaseLocation,
  folder: string,
  { trust, terminal }: RestoreTestDeps,
): Promise<RestoreCheck> {
  const check = { name: "audit", service: name } as const;
  if (!migrations.includes("0009-audit-log"))
    return { ...check, result: "not-checked", detail: "the database has no audit log" };
  const db = await openDatabase(location);
  try {
    const { events, brokenAt } = await createAuditTrail(db, kitEvents).verify();
    if (brokenAt !== undefined)
      return { ...check, result: "failed", detail: `event ${String(brokenAt.index)}: ${brokenAt.reason}` };
    const origin = trust === undefined ? undefined : await originIn(folder);
    if (trust === undefined || origin === undefined) {
      const detail = `${String(events)} events by their own hashes; signatures: --trust`;
      return { ...check, result: "passed", detail };
    }
    const report = await verifyAuditLog({
      ...{ db, folder, origin },
      keys: parseLogPolicy(new TextEncoder().encode(trust.logs)),
      isApproved: judgeContinuations({ db, trust, service: name, clock: { now: terminal.now } }),
    });
    return { ...check, ...outcomeOf(report, inFolder) };
  } finally {
    await db.destroy();
  }
}

/** The folder is copied after the database, which others write to: it may know of later events, and that is no fault. */
function outcomeOf(
  { isWhole, events, provenEvents, firstBad, findings }: AuditReport,
  inFolder: number,
): Pick<RestoreCheck, "result" | "detail"> {
  const isAhead = firstBad?.index === events && inFolder > events && findings.length === 0;
  if (isWhole || isAhead) {
    const detail = `${String(provenEvents)} of ${String(events)} events under a signed checkpoint`;
    return { result: "passed", detail };
  }
  const problems = findings.map(({ code, detail }) => `${code}: ${detail}`);
  if (firstBad !== undefined) problems.unshift(`event ${String(firstBad.index)}: ${firstBad.reason}`);
  return { result: "failed", detail: problems.join("; ") };
}

/** The first line of a checkpoint names its log (C2SP tlog-checkpoint); that of a later epoch ends with its number. */
async function originIn(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, "checkpoint"), "utf8").catch(() => undefined);
  return text?.split("\n")[0];
}

interface RecordedKeys {
  readonly key_versions: {
    readonly key_uris: string;
    readonly public_key: Uint8Array;
    readonly state: string;
  };
}

/** A version in another state has signed its last: its private key may have been destroyed, as by the end of a rotation. */
const statesWithKey = ["pre-active", "published", "active", "suspended", "retiring"];

/** Public keys as the rings know them, by URI, of the versions whose private key has to be there. */
async function recordedKeys(location: DatabaseLocation): Promise<ReadonlyMap<string, Uint8Array>> {
  const db = await openDatabase<RecordedKeys>(location);
  try {
    const tables = await db.introspection.getTables();
    if (!tables.some(({ name }) => name === "key_versions")) return new Map();
    const rows = await db
      .selectFrom("key_versions")
      .select(["key_uris", "public_key"])
      .where("state", "in", statesWithKey)
      .execute();
    return new Map(
      rows.flatMap((row) => (JSON.parse(row.key_uris) as string[]).map((uri) => [uri, row.public_key])),
    );
  } finally {
    await db.destroy();
  }
}

async function testKeys(
  service: string,
  folder: string,
  recorded: ReadonlyMap<string, Uint8Array>,
  { terminal }: RestoreTestDeps,
): Promise<RestoreCheck> {
  const check = { name: "keys", service } as const;
  const place = join(folder, service);
  try {
    const { signed, problem } = await trySoftKeys(
      { folder: join(place, "keys"), passphraseFile: join(place, "key-passphrase"), recorded },
      terminal,
    );
    if (problem !== undefined) return { ...check, result: "failed", detail: problem };
    return {
      ...check,
      result: "passed",
      detail: `${String(signed)} keys signed, and their public keys are the ones recorded`,
    };
  } catch (cause) {
    if (!(cause instanceof CommandFailure)) throw cause;
    return { ...check, result: "failed", detail: cause.message };
  }
}
