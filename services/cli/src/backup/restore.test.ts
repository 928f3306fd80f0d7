import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { utf8Of } from "@yinxin/crypto/bytes";
import { combineShares } from "@yinxin/crypto/secret-sharing";
import { openEncryptedFileKeyStore } from "@yinxin/hsm-adapters/encrypted-file";
import { ringKeysOf } from "@yinxin/hsm-adapters/key-store";
import { auditLogMigrations, auditMigration, createAuditTrail, kitEvents } from "@yinxin/service-kit/audit";
import { isPostgres, openDatabase } from "@yinxin/service-kit/database";
import type { DatabaseLocation } from "@yinxin/service-kit/database";
import { createKeyRings, keyRingMigration } from "@yinxin/service-kit/key-rings";
import { describeOnBothDatabases } from "@yinxin/service-kit/testing";
import { sql } from "kysely";
import { afterAll, expect, it } from "vitest";

import { testPrograms } from "../../../../hsm-adapters/testing/programs.ts";
import { bundlePrograms } from "../../../../scripts/bundle-programs.ts";
import { backupInWords } from "../../test/made-backup.ts";
import { createTestTerminal } from "../../test/test-terminal.ts";
import type { Command } from "../command.ts";
import { CommandFailure } from "../terminal/index.ts";
import { command as restore } from "./restore-command.ts";
import { openBackup } from "./sealed-file.ts";
import { shareOfWords } from "./share-files.ts";

const place = mkdtempSync(join(tmpdir(), "yinxin-restore-"));
afterAll(() => {
  rmSync(place, { recursive: true });
});
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const environment = (): Record<string, string> => ({ YINXIN_VERIFIER: testPrograms().verifierProgram });

interface Schema {
  readonly key_versions: { readonly purpose: string };
  readonly nspname: never;
}

const migrations = {
  "0000-audit": auditMigration,
  ...auditLogMigrations,
  "0010-key-rings": keyRingMigration,
};

async function run(command: Command, ...args: string[]) {
  const terminal = createTestTerminal({ environment: environment() });
  const code = await command.run([...args, "--json"], terminal);
  return { code, json: JSON.parse(terminal.printed()) as Record<string, unknown> };
}

/** The code of the failure, which has words in both languages and says what to do next. */
async function failure(running: Promise<unknown>): Promise<string> {
  const cause: unknown = await running.catch((error: unknown) => error);
  if (!(cause instanceof CommandFailure)) throw cause;
  expect(cause.words.zh).toMatch(/\p{Script=Han}/u);
  expect([cause.next?.zh, cause.next?.en]).not.toContain(undefined);
  expect(JSON.stringify([cause.words, cause.next])).not.toContain("postgres@");
  return cause.code;
}

describeOnBothDatabases<Schema>("a deployment", migrations, (open) => {
  async function deploymentAt(location: DatabaseLocation) {
    const folder = mkdtempSync(join(place, "d-"));
    const at = (...names: string[]): string => join(folder, ...names);
    const secret = (name: string, text: string): string => {
      writeFileSync(at(name), text);
      chmodSync(at(name), 0o400);
      return at(name);
    };
    secret("pass", "correct horse battery staple");
    const store = await openEncryptedFileKeyStore({
      folder: at("keys"),
      passphrase: utf8Of("correct horse battery staple"),
      randomBytes: random,
    });
    const db = await open(location);
    const rings = createKeyRings({
      db: db as unknown as Parameters<typeof createKeyRings>[0]["db"],
      keys: ringKeysOf(store),
      trail: createAuditTrail(db as never, kitEvents).kit,
      clock: { now: () => new Date() },
      randomBytes: random,
      service: location.schema,
    });
    const title = { zh: "钥", en: "key" };
    const ring = { algorithm: "ES256", cryptoPeriodDays: 365, propagationSeconds: 0, plan: "none" } as const;
    await rings.ensure({ ...ring, title, purpose: "seal.maker", overlapSeconds: 60 });
    await store.close();
    const service = { database: location.url, key_store: "file:keys?pin-source=file:pass" };
    writeFileSync(
      at("deployment.json"),
      JSON.stringify({ name: "测试市", services: { [location.schema]: service } }),
    );
    const out = ["--deployment", at("deployment.json"), "--out", at("b.yxb")];
    const { words } = await backupInWords([...out, "--shares", "3", "--threshold", "2"]);
    const files = words.map((text, index) => secret(`share-${String(index)}.txt`, text));
    const given = files.slice(1).flatMap((file) => ["--share-file", file]);
    const key = combineShares(words.slice(1).map((text) => shareOfWords(text, "x")));
    return { at, secret, given, files, key, db };
  }

  const isServer = ({ url }: DatabaseLocation): boolean => !url.startsWith("sqlite:");

  /** A database of its own in the same server: there the service's schema is free. */
  async function emptyDatabase(location: DatabaseLocation) {
    const db = await open(location);
    const name = `restore_${randomBytes(6).toString("hex")}`;
    await sql`create database ${sql.id(name)}`.execute(db);
    const url = new URL(location.url);
    url.pathname = `/${name}`;
    return { url: url.href, drop: () => sql`drop database ${sql.id(name)} with (force)`.execute(db) };
  }

  it("is backed up and restored for good by the commands, once, and only where nothing is yet", async () => {
    const location = await open.location();
    const { at, secret, given, files } = await deploymentAt(location);
    const target = isServer(location) ? await emptyDatabase(location) : undefined;
    try {
      const into = target === undefined ? [] : ["--database-file", secret("target", target.url)];
      const args = [at("b.yxb"), "--out", at("out"), ...into];
      const seen = readdirSync(at());
      const planned = await run(restore, ...args, ...given, "--dry-run");
      expect(planned).toMatchObject({ code: 0, json: { dry_run: true, missing: 0, threshold: 2 } });
      expect(readdirSync(at())).toEqual(seen);
      const [first = ""] = files;
      expect(await failure(run(restore, ...args, "--share-file", first))).toBe("shares-unusable");
      const restored = await run(restore, ...args, ...given);
      expect(restored).toMatchObject({ code: 0, json: { result: "passed" } });
      const copy: DatabaseLocation =
        target === undefined
          ? { url: `sqlite:${at("out", location.schema, "db.sqlite")}`, schema: location.schema }
          : { url: target.url, schema: location.schema };
      const db = await openDatabase<Schema>(copy);
      expect(await db.selectFrom("key_versions").select("purpose").execute()).toEqual([
        { purpose: "seal.maker" },
      ]);
      expect(await failure(run(restore, ...args, ...given))).toBe("target-exists");
      if (isPostgres(db)) {
        const other = [at("b.yxb"), "--out", at("other"), ...into, ...given];
        expect(await failure(run(restore, ...other))).toBe("database-not-empty");
        expect(existsSync(at("other"))).toBe(false);
        const schemas = await sql<{ nspname: string }>`
          select nspname from pg_namespace where nspname like 'yinxin%'`.execute(db);
        expect(schemas.rows).toEqual([]);
      }
      await db.destroy();
    } finally {
      await target?.drop();
    }
  });

  it("is restored whole after a power cut at any step", async () => {
    const location = await open.location();
    const { at, secret, given, key } = await deploymentAt(location);
    const { crash } = await bundlePrograms({ crash: "services/cli/test/restore-crash-program.ts" });
    const target = isServer(location) ? await emptyDatabase(location) : undefined;
    try {
      for (const step of ["decrypt", "test", "publish", "done"]) {
        const fatal = {
          file: at("b.yxb"),
          out: at(step),
          url: target?.url,
          key: Buffer.from(key).toString("hex"),
          step,
        };
        const died = spawnSync(process.execPath, [crash, JSON.stringify(fatal)], {
          encoding: "utf8",
          env: { ...process.env, ...environment() },
        });
        expect(died.signal, died.stderr).toBe("SIGKILL");
        expect(existsSync(at(step)), step).toBe(step === "done");
        if (step === "done") break;
        // What the first two leave, the third clears away; what that leaves, this does.
        if (step !== "publish") continue;
        const tested = ["--verify-only", ...given];
        const scratch =
          target === undefined ? [] : ["--scratch-database-file", secret(`scratch-${step}`, target.url)];
        expect(await run(restore, at("b.yxb"), ...tested, ...scratch)).toMatchObject({ code: 0 });
      }
      expect(readdirSync(at("done", location.schema)).length).toBeGreaterThan(1);
      if (target === undefined) return;
      const db = await openDatabase<Schema>({ url: target.url, schema: location.schema });
      expect(await db.selectFrom("key_versions").selectAll().execute()).toHaveLength(1);
      await db.destroy();
    } finally {
      await target?.drop();
    }
  });

  it("is refused with a server that is none, without its password", async () => {
    const location = await open.location();
    if (!isServer(location)) return;
    const { at, secret, given } = await deploymentAt(location);
    const tried = (url: string, name: string) =>
      failure(
        run(restore, at("b.yxb"), "--verify-only", ...given, "--scratch-database-file", secret(name, url)),
      );
    expect(await tried("postgres://postgres@[", "wrong")).toBe("database-address-wrong");
    expect(await tried("postgres://postgres@localhost:1/x", "nobody")).toBe("database-refused");
    expect((await run(restore, at("b.yxb"), "--verify-only", ...given)).code).toBe(4);
    const backup = await openBackup(at("b.yxb"));
    await backup.close();
    expect(readFileSync(`${at("b.yxb")}.restore-test.json`, "utf8")).toContain(backup.header.id);
  });
});
