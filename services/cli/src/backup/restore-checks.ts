import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { parseLogPolicy } from "@yinxin/crypto/tlog";
import type { GovernanceTrust } from "@yinxin/service-kit/approvals";
import { createAuditTrail, kitEvents, verifyAuditLog } from "@yinxin/service-kit/audit";
import type { AuditReport } from "@yinxin/service-kit/audit";
import { openDatabase, tableNames } from "@yinxin/service-kit/database";
import type { DatabaseLocation } from "@yinxin/service-kit/database";
import { inspectSqlite } from "@yinxin/service-kit/database-copy";
import { judgeContinuations } from "@yinxin/service-kit/governance";

import { trySoftKeys } from "../keys/try-soft-keys.ts";
import { CommandFailure } from "../terminal/index.ts";
import type { Bilingual, Terminal } from "../terminal/index.ts";
import type { BackupManifest } from "./backup-format.ts";
import { withDatabase } from "./database-failure.ts";
import type { StagedDatabases } from "./staged-databases.ts";

/** One thing that a restore test looked at. */
export interface RestoreCheck {
  readonly name: "files" | "database" | "audit" | "keys";
  /** The service; the whole backup if absent. */
  readonly service?: string;
  readonly result: "passed" | "failed" | "not-checked";
  readonly detail: Bilingual;
}

export interface RestoreTestDeps {
  readonly terminal: Terminal;
  /** Where databases for PostgreSQL are restored to be looked at. */
  readonly staged: Pick<StagedDatabases, "stage">;
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
      detail: {
        zh: `${String(manifest.files.length)} 个文件与清单一致`,
        en: `${String(manifest.files.length)} files are as the manifest says`,
      },
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
  if (opened.location === undefined)
    return [opened.check, ...(hasKeys ? [await testKeys(name, folder, new Map(), deps)] : [])];
  const { location } = opened;
  const keys = await withDatabase(name, () => recordedKeys(location));
  return [
    opened.check,
    await withDatabase(name, () => testAudit(service, location, join(folder, name, "audit"), deps)),
    ...(hasKeys ? [await testKeys(name, folder, keys, deps)] : []),
  ];
}

interface OpenedDatabase {
  readonly check: RestoreCheck;
  /** Absent if there is nothing to look into. */
  readonly location?: DatabaseLocation;
}

async function openRestored(
  { name, database, migrations: listed }: ListedService,
  folder: string,
  { staged }: RestoreTestDeps,
): Promise<OpenedDatabase> {
  const check = (result: RestoreCheck["result"], detail: Bilingual): RestoreCheck => ({
    name: "database",
    service: name,
    result,
    detail,
  });
  if (database === "postgres") {
    const found = await staged.stage(name, join(folder, name, "database.jsonl"));
    if (found === undefined) return { check: check("not-checked", serverNeeded) };
    const rows = String(found.rows);
    return { check: check("passed", { zh: `${rows} 行`, en: `${rows} rows` }), location: found.location };
  }
  const file = join(folder, name, "db.sqlite");
  const { problems, migrations, rows } = inspectSqlite(file);
  if (problems.length > 0) {
    const found = problems.join("; ");
    return { check: check("failed", { zh: `SQLite 检查：${found}`, en: found }) };
  }
  if (migrations.join() !== listed.join())
    return {
      check: check("failed", {
        zh: "迁移与清单所列不同",
        en: "its migrations are others than the manifest's",
      }),
    };
  const sum = String(Object.values(rows).reduce((total, count) => total + count, 0));
  const made = String(migrations.length);
  return {
    check: check("passed", { zh: `${sum} 行，${made} 个迁移`, en: `${sum} rows, ${made} migrations` }),
    location: { url: `sqlite:${file}`, schema: name },
  };
}

const serverNeeded: Bilingual = {
  zh: "需要 PostgreSQL 服务器：演练用 --scratch-database-file，恢复用 --database-file",
  en: "a PostgreSQL server is needed: --scratch-database-file for a test, --database-file for a restore",
};

async function testAudit(
  { name, migrations, checkpointed_events: inFolder = 0 }: ListedService,
  location: DatabaseLocation,
  folder: string,
  { trust, terminal }: RestoreTestDeps,
): Promise<RestoreCheck> {
  const check = { name: "audit", service: name } as const;
  if (!migrations.includes("0009-audit-log"))
    return {
      ...check,
      result: "not-checked",
      detail: { zh: "数据库没有审计日志", en: "the database has no audit log" },
    };
  const db = await openDatabase(location);
  try {
    const { events, brokenAt } = await createAuditTrail(db, kitEvents).verify();
    if (brokenAt !== undefined) return { ...check, result: "failed", detail: eventInWords(brokenAt) };
    const origin = trust === undefined ? undefined : await originIn(folder);
    if (trust === undefined || origin === undefined) {
      const count = String(events);
      const detail = {
        zh: `${count} 个事件的散列相符；核对签名用 --trust`,
        en: `${count} events by their own hashes; signatures: --trust`,
      };
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
    const [proven, all] = [String(provenEvents), String(events)];
    const detail = {
      zh: `${all} 个事件中 ${proven} 个在签名的检查点之下`,
      en: `${proven} of ${all} events under a signed checkpoint`,
    };
    return { result: "passed", detail };
  }
  const problems = [
    ...(firstBad === undefined ? [] : [eventInWords(firstBad)]),
    ...findings.map(({ code, detail }) => ({ zh: code, en: `${code}: ${detail}` })),
  ];
  const detail = {
    zh: problems.map(({ zh }) => zh).join("；"),
    en: problems.map(({ en }) => en).join("; "),
  };
  return { result: "failed", detail };
}

function eventInWords({ index, reason }: { readonly index: number; readonly reason: string }): Bilingual {
  return { zh: `事件 ${String(index)}：${reason}`, en: `event ${String(index)}: ${reason}` };
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
    if (!(await tableNames(db)).includes("key_versions")) return new Map();
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
      detail: {
        zh: `${String(signed)} 把密钥已试签，公钥与登记一致`,
        en: `${String(signed)} keys signed, and their public keys are the ones recorded`,
      },
    };
  } catch (cause) {
    if (!(cause instanceof CommandFailure)) throw cause;
    return { ...check, result: "failed", detail: cause.words };
  }
}
