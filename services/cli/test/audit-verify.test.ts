import { randomBytes } from "node:crypto";
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";

import { isPostgres, openDatabase } from "@yinxin/service-kit/database";
import { isEverythingRequired, postgresForTests } from "@yinxin/service-kit/testing";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { AuditBadReason } from "@yinxin/service-kit/audit";

import type { AuditTables } from "../../kit/src/audit/audit-tables.ts";
import type { KeyRingTables } from "../../kit/src/key-rings/key-ring-tables.ts";
import {
  cutEvents,
  cutEventsAndHead,
  editEvent,
  insertEvent,
  rehashEvents,
  removeEvent,
  swapEvents,
} from "../../kit/src/audit/testing/audit-frauds.ts";
import { auditOriginOf, openAuditedDeployment } from "./audited-deployment.ts";
import type { AuditedDeployment, ServicePlace } from "./audited-deployment.ts";

type Db = Kysely<AuditTables>;

/** What somebody does by hand to a copy of the database, and what `yinxin audit verify` must say of it. */
interface Fraud {
  /** What the copy is called in the deployment, so that the command can be asked about it. */
  readonly name: string;
  /** Which day's database and folder the copy is made of; today's if absent. */
  readonly database?: "yesterday";
  readonly folder?: "yesterday";
  readonly commit?: (db: Db) => Promise<void>;
  /** Whether the service is started on what is left, and stopped again. */
  readonly isStartedAgain?: boolean;
  readonly index: number | "yesterday";
  readonly reason: AuditBadReason;
}

const frauds: readonly Fraud[] = [
  {
    name: "changed",
    commit: async (db) => {
      await editEvent(db, 17, { actor: "nobody" });
      await rehashEvents(db, 17);
    },
    ...{ index: 17, reason: "changed" },
  },
  { name: "deleted", commit: (db) => removeEvent(db, 9), index: 9, reason: "missing" },
  { name: "reordered", commit: (db) => swapEvents(db, 12, 20), index: 12, reason: "moved" },
  { name: "inserted", commit: (db) => insertEvent(db, 14), index: 14, reason: "added" },
  { name: "cut", commit: (db) => cutEvents(db, 15), index: 15, reason: "cut" },
  {
    name: "started",
    commit: (db) => cutEventsAndHead(db, 15),
    ...{ isStartedAgain: true, index: 15, reason: "cut" },
  },
  { name: "restored", database: "yesterday", index: "yesterday", reason: "rolled-back" },
  {
    name: "both",
    ...{ database: "yesterday", folder: "yesterday", index: "yesterday", reason: "rolled-back" },
  },
];

const words: Readonly<Record<AuditBadReason, { readonly zh: string; readonly en: string }>> = {
  changed: { zh: "被改动", en: "it was changed" },
  missing: { zh: "被删除", en: "it is gone" },
  moved: { zh: "被移动", en: "it was moved" },
  added: { zh: "是后来加入的", en: "it was put in" },
  cut: { zh: "从此处起被截断", en: "from here on the end was cut off" },
  "rolled-back": { zh: "从此处起数据库是旧的", en: "from here on the database is an older one" },
};

/** A log with a yesterday and a today, and a copy of it for each fraud, beside an honest one. */
interface Crime {
  readonly bench: AuditedDeployment;
  readonly sizeYesterday: number;
}

async function commitAll(bench: AuditedDeployment): Promise<Crime> {
  const ledger = await bench.start("ledger");
  const yesterday = await bench.start("seal");
  await yesterday.append(20);
  await yesterday.stop();
  await keep(bench, "yesterday");
  const sizeYesterday = await sizeOf(bench.placeOf("seal"));
  const today = await bench.start("seal");
  await today.append(20);
  await today.stop();
  await keep(bench, "today");
  const honest: Fraud = { name: "honest", index: 0, reason: "changed" };
  const copies: Record<string, object> = {};
  for (const fraud of [honest, ...frauds]) copies[fraud.name] = await commit(bench, fraud);
  await ledger.stop();
  bench.writeDeployment(copies);
  return { bench, sizeYesterday };
}

async function commit(bench: AuditedDeployment, fraud: Fraud): Promise<object> {
  const place: ServicePlace = {
    url: bench.placeOf("seal").url.replace("seal.sqlite", `${fraud.name}.sqlite`),
    schema: fraud.name,
    auditFolder: join(bench.folder, `audit-${fraud.name}`),
  };
  await copyDatabase(bench, fraud.database ?? "today", place);
  cpSync(join(bench.folder, `audit-${fraud.folder ?? "today"}`), place.auditFolder, { recursive: true });
  if (fraud.commit !== undefined) {
    const db = await openDatabase<AuditTables>(place);
    await fraud.commit(db);
    await db.destroy();
  }
  if (fraud.isStartedAgain === true) await (await bench.start("seal", place)).stop();
  return {
    ...{ url: "http://localhost:9", database: place.url, audit_folder: place.auditFolder },
    audit_origin: auditOriginOf("seal"),
  };
}

/** The database and the folder of the log as they are now, the service being stopped. */
async function keep(bench: AuditedDeployment, day: "yesterday" | "today"): Promise<void> {
  const { url, auditFolder } = bench.placeOf("seal");
  const place = { url: url.replace("seal.sqlite", `${day}.sqlite`), schema: day };
  await copyDatabase(bench, "seal", place);
  cpSync(auditFolder, join(bench.folder, `audit-${day}`), { recursive: true });
}

async function copyDatabase(
  bench: AuditedDeployment,
  from: "seal" | "yesterday" | "today",
  to: Pick<ServicePlace, "url" | "schema">,
): Promise<void> {
  if (to.url.startsWith("sqlite:")) {
    const file = join(bench.folder, `${from}.sqlite`);
    // A database that was closed is one file.
    expect(existsSync(`${file}-wal`)).toBe(false);
    cpSync(file, to.url.slice("sqlite:".length));
    return;
  }
  const db = await openDatabase<AuditTables>(to);
  try {
    if (!isPostgres(db)) throw new Error("neither SQLite nor PostgreSQL");
    const { rows } = await sql<{ tablename: string }>`
      select tablename from pg_tables where schemaname = ${from}`.execute(db);
    for (const { tablename } of rows) {
      const [source, copy] = [sql.id(from, tablename), sql.id(to.schema, tablename)];
      await sql`create table ${copy} (like ${source} including all)`.execute(db);
      await sql`insert into ${copy} select * from ${source}`.execute(db);
    }
  } finally {
    await db.destroy();
  }
}

async function sizeOf(place: ServicePlace): Promise<number> {
  const db = await openDatabase<AuditTables>(place);
  try {
    return (await db.selectFrom("audit_head").select("size").executeTakeFirstOrThrow()).size;
  } finally {
    await db.destroy();
  }
}

/** What a report of the command says of a copy, as text: the lines under its name. */
function reportOf(name: string, stdout: string): string {
  return stdout.split(/^(?=[✔✖?] )/m).find((part) => part.includes(`  ${name}  `)) ?? "";
}

const indexOf = ({ index }: Fraud, { sizeYesterday }: Crime): number =>
  index === "yesterday" ? sizeYesterday : index;

function saidOf(fraud: Fraud, crime: Crime) {
  const { zh, en } = words[fraud.reason];
  const index = String(indexOf(fraud, crime));
  return {
    zh: `第一个不符的事件：${index}，${zh}（${fraud.reason}）`,
    en: `first bad event ${index}: ${en} (${fraud.reason})`,
  };
}

describe("yinxin audit verify, on SQLite", () => {
  let crime: Crime;
  let bench: AuditedDeployment;
  beforeAll(async () => {
    bench = await openAuditedDeployment();
    crime = await commitAll(bench);
  });
  afterAll(async () => {
    await bench.close();
  });

  it("ends with 0 for a log that nobody touched", async () => {
    const ended = await bench.yinxin(["audit", "verify", "--service", "honest"]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(/^✔ whole {2}honest {2}.*\n {2}(\d+) events · \1 proved .* · \1 witnessed/);
  });

  it.each(frauds)("ends with 3 and names the first bad event of one: $name", async (fraud) => {
    const ended = await bench.yinxin(["audit", "verify", "--service", fraud.name]);
    expect(ended).toMatchObject({ code: 3, stderr: expect.stringMatching(/^ {2}→ keep copies/) as string });
    expect(ended.stdout).toContain(saidOf(fraud, crime).en);
  });

  it("ends with 3 for a key that was stopped and goes on without an event", async () => {
    const place = {
      url: bench.placeOf("seal").url.replace("seal.sqlite", "honest.sqlite"),
      schema: "honest",
    };
    const change = async (state: "active" | "suspended"): Promise<void> => {
      const db = await openDatabase<KeyRingTables>(place);
      await db.updateTable("key_versions").set({ state }).where("purpose", "=", "test.token").execute();
      await db.destroy();
    };
    await change("suspended");
    const ended = await bench.yinxin(["audit", "verify", "--service", "honest"]);
    await change("active");
    expect(ended).toMatchObject({ code: 3, stderr: expect.stringMatching(/^ {2}→ keep copies/) as string });
    expect(ended.stdout).toMatch(/^✖ not whole {2}honest/);
    expect(ended.stdout).toContain("test.token/1: state is suspended and active by the log");
  });

  it("ends with 3 for an event that somebody hid from searches, though the log is whole", async () => {
    const url = bench.placeOf("seal").url.replace("seal.sqlite", "honest.sqlite");
    const edit = async (statement: string): Promise<void> => {
      const db = await openDatabase<AuditTables>({ url, schema: "honest" });
      await sql.raw(statement).execute(db);
      await db.destroy();
    };
    const columns = "leaf_index, occurred_at, action, actor, subject, request_id, key_purpose";
    await edit(
      `insert into audit_index (${columns}) select ${columns} from audit_events where leaf_index <> 4`,
    );
    const verify = ["audit", "verify", "--service", "honest"];
    const ended = await bench.yinxin(verify);
    const chinese = await bench.yinxin(verify, { LANG: "zh_CN.UTF-8" });
    await edit("delete from audit_index");
    expect(ended).toMatchObject({ code: 3, stderr: expect.stringMatching(/^ {2}→ keep copies/) as string });
    expect(ended.stdout).toContain("(search-index-differs) — searches do not find event 4");
    expect(chinese.stdout).toContain("（search-index-differs）——检索不到第 4 条事件");
    expect(await bench.yinxin(verify)).toMatchObject({ code: 0 });
  });

  it("says the same of a whole deployment in Chinese and as JSON, the honest logs beside the others", async () => {
    const chinese = await bench.yinxin(["audit", "verify"], { LANG: "zh_CN.UTF-8" });
    expect(chinese.code).toBe(3);
    for (const fraud of frauds)
      expect(reportOf(fraud.name, chinese.stdout)).toContain(saidOf(fraud, crime).zh);
    for (const name of ["seal", "ledger", "honest"])
      expect(reportOf(name, chinese.stdout)).toMatch(/^✔ 完整/);
    const json = await bench.yinxin(["audit", "verify", "--json"]);
    expect(json.code).toBe(3);
    const logs = JSON.parse(json.stdout) as readonly { readonly service: string }[];
    const told = (name: string) => logs.find(({ service }) => service === name);
    for (const fraud of frauds) {
      const first_bad = { index: indexOf(fraud, crime), reason: fraud.reason };
      expect(told(fraud.name)).toMatchObject({ is_whole: false, first_bad });
    }
    for (const name of ["seal", "ledger", "honest"]) {
      expect(told(name)).toMatchObject({ is_whole: true, findings: [] });
      expect(told(name)).not.toHaveProperty("first_bad");
    }
  });
});

describe("yinxin audit verify, on PostgreSQL", async () => {
  const postgres = await postgresForTests();
  if (!("url" in postgres)) {
    it("[skipped, needs PostgreSQL] names the first bad event", (context) => {
      if (isEverythingRequired()) throw new Error(postgres.reason);
      context.skip(`needs PostgreSQL: ${postgres.reason}`);
    });
    return;
  }
  const name = `audited_${randomBytes(6).toString("hex")}`;
  const databases = new URL(postgres.url);
  databases.pathname = `/${name}`;
  const onServer = async (statement: string): Promise<void> => {
    const db = await openDatabase<object>({ url: postgres.url, schema: "public" });
    await sql.raw(statement).execute(db);
    await db.destroy();
  };
  let bench: AuditedDeployment;
  let crime: Crime;
  beforeAll(async () => {
    await onServer(`create database ${name}`);
    bench = await openAuditedDeployment(databases.href);
    crime = await commitAll(bench);
  });
  afterAll(async () => {
    await bench.close();
    await onServer(`drop database ${name} with (force)`);
  });

  it("ends with 0 for an honest log, and with 3 and the first bad event for every other", async () => {
    expect(await bench.yinxin(["audit", "verify", "--service", "honest"])).toMatchObject({ code: 0 });
    const ended = await bench.yinxin(["audit", "verify"]);
    expect(ended).toMatchObject({ code: 3, stderr: expect.stringMatching(/^ {2}→ keep copies/) as string });
    for (const fraud of frauds) expect(reportOf(fraud.name, ended.stdout)).toContain(saidOf(fraud, crime).en);
    for (const honest of ["seal", "ledger", "honest"])
      expect(reportOf(honest, ended.stdout)).toMatch(/^✔ whole/);
  });
});
