import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

import { utf8Of } from "@yinxin/crypto/bytes";
import { combineShares } from "@yinxin/crypto/secret-sharing";
import type { SecretShare } from "@yinxin/crypto/secret-sharing";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { encodeNoteKey, noteKeyOf } from "@yinxin/crypto/tlog";
import { openEncryptedFileKeyStore } from "@yinxin/hsm-adapters/encrypted-file";
import { ringKeysOf } from "@yinxin/hsm-adapters/key-store";
import {
  auditLogMigrations,
  auditMigration,
  createAuditLog,
  createAuditTrail,
  kitEvents,
} from "@yinxin/service-kit/audit";
import { migrateToLatest, openDatabase, transact } from "@yinxin/service-kit/database";
import { createKeyRings, keyRingMigration } from "@yinxin/service-kit/key-rings";
import { silentLog } from "@yinxin/service-kit/testing";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { bundlePrograms } from "../../../../scripts/bundle-programs.ts";
import { testPrograms } from "../../../../hsm-adapters/testing/programs.ts";
import { backupInWords } from "../../test/made-backup.ts";
import { createTestTerminal } from "../../test/test-terminal.ts";
import { CommandFailure } from "../terminal/index.ts";
import { createArchiveWriter, readArchive } from "./archive.ts";
import { readSources } from "./backup-sources.ts";
import { command as backup } from "./backup-command.ts";
import { isSafePath } from "./backup-format.ts";
import { extractBackup } from "./extract-backup.ts";
import { makeBackup } from "./make-backup.ts";
import { openBackup } from "./sealed-file.ts";
import { command as restore } from "./restore-command.ts";
import { command as show } from "./show-command.ts";

const folder = mkdtempSync(join(tmpdir(), "yinxin-backup-"));
const at = (...names: string[]): string => join(folder, ...names);
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const deployment = at("deployment.json");
const passphrase = "correct horse battery staple";

const secret = (name: string, text: string): string => {
  writeFileSync(at(name), text);
  chmodSync(at(name), 0o400);
  return at(name);
};

const trustOf = (logs: string): string =>
  JSON.stringify({
    deployment: "测试市",
    policy_genesis: `sm3:${"0".repeat(64)}`,
    officer_roots: [readFileSync(join(import.meta.dirname, "../../../../fixtures/pki/root.pem"), "utf8")],
    logs,
  });

beforeAll(async () => {
  secret("key-pass", passphrase);
  writeFileSync(
    deployment,
    JSON.stringify({
      name: "测试市",
      trust: "yinxin-trust.json",
      services: {
        seal: {
          url: "http://localhost:7603",
          database: "sqlite:db.sqlite",
          audit_folder: "audit",
          key_store: "file:keys?pin-source=file:key-pass",
        },
      },
    }),
  );
  const store = await openEncryptedFileKeyStore({
    folder: at("keys"),
    passphrase: utf8Of(passphrase),
    randomBytes: random,
  });
  const db = await openDatabase({ url: `sqlite:${at("db.sqlite")}`, schema: "seal" });
  await migrateToLatest(db, {
    "0000-audit": auditMigration,
    ...auditLogMigrations,
    "0010-key-rings": keyRingMigration,
  });
  const trail = createAuditTrail(db, kitEvents).kit;
  const clock = { now: () => new Date() };
  const rings = createKeyRings({
    db,
    keys: ringKeysOf(store),
    trail,
    clock,
    randomBytes: random,
    service: "seal",
  });
  const ring = {
    title: { zh: "钥", en: "key" },
    algorithm: "ES256",
    cryptoPeriodDays: 365,
    propagationSeconds: 0,
    overlapSeconds: 60,
    plan: "none",
  } as const;
  await rings.ensure({ ...ring, purpose: "seal.maker" });
  await rings.ensure({ ...ring, purpose: "seal.card" });
  // As if this one were on a card.
  await sql`update key_versions set key_uris = '["skf:serial=1/key"]' where purpose = 'seal.card'`.execute(
    db,
  );
  const signer = createSoftwareSigner(generateKey("Ed25519").pkcs8);
  const origin = "yinxin.example/audit/seal";
  const log = createAuditLog({
    db,
    origin,
    folder: at("audit"),
    openKeys: () => Promise.resolve([{ signer }]),
    witnesses: [],
    clock,
    log: silentLog,
    randomBytes: random,
  });
  await log.checkpoint();
  const logs = `log ${encodeNoteKey(noteKeyOf(origin, signer.publicKey))}\nquorum none\n`;
  writeFileSync(at("yinxin-trust.json"), trustOf(logs));
  const stranger = createSoftwareSigner(generateKey("Ed25519").pkcs8);
  writeFileSync(
    at("wrong-trust.json"),
    trustOf(`log ${encodeNoteKey(noteKeyOf(origin, stranger.publicKey))}\nquorum none\n`),
  );
  await db.destroy();
  await store.close();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const failure = async (running: Promise<unknown>): Promise<string> => {
  const cause: unknown = await running.catch((error: unknown) => error);
  if (!(cause instanceof CommandFailure)) throw cause;
  return cause.code;
};

async function run(command: typeof backup, ...args: string[]) {
  // Bundled: a worker that has to translate the sources takes seconds.
  const terminal = createTestTerminal({ environment: { YINXIN_VERIFIER: testPrograms().verifierProgram } });
  const code = await command.run([...args, "--json"], terminal);
  return { code, json: JSON.parse(terminal.printed()) as Record<string, unknown> };
}

const threeShares = ["--shares", "3", "--threshold", "2"];
const backupOf = (name: string): string[] => ["--deployment", deployment, "--out", at(name)];

/** A backup whose shares are words, each in a file of its own. */
async function made(name: string, ...more: string[]) {
  const { backup, words, printed } = await backupInWords([...backupOf(name), ...threeShares, ...more]);
  // Standard output may be a file or a pipe, where all shares would stand together.
  expect(printed).toBe("");
  const files = words.map((each, index) => {
    writeFileSync(at(`${name}.${String(index)}.txt`), each);
    return at(`${name}.${String(index)}.txt`);
  });
  return { backup, files };
}

describe("yinxin backup and restore", () => {
  it("makes a backup whose restore test opens everything with two of three shares, and tells the audit log of both", async () => {
    const { backup: id, files } = await made("first.yxb");
    const [one = "", , three = ""] = files;
    const tested = await run(
      restore,
      at("first.yxb"),
      "--verify-only",
      "--share-file",
      one,
      "--share-file",
      three,
      "--trust",
      at("yinxin-trust.json"),
      "--deployment",
      deployment,
    );
    expect(tested).toMatchObject({ code: 0, json: { result: "passed" } });
    expect(tested.json["checks"]).toMatchObject([
      { name: "files", result: "passed" },
      { name: "database", service: "seal", result: "passed" },
      {
        name: "audit",
        result: "passed",
        detail: expect.stringContaining("under a signed checkpoint") as string,
      },
      { name: "keys", result: "passed", detail: expect.stringContaining("2 keys signed") as string },
    ]);
    const db = await openDatabase<{
      audit_events: { action: string; detail: string; leaf_index: number };
      key_versions: { purpose: string; backup_id: string; restore_tested_at: string };
    }>({ url: `sqlite:${at("db.sqlite")}`, schema: "seal" });
    const events = await db
      .selectFrom("audit_events")
      .select(["action", "detail"])
      .orderBy("leaf_index")
      .execute();
    const user = expect.stringContaining(`"user":"${userInfo().username}"`) as string;
    expect(events.slice(-2)).toEqual([
      { action: "backup.made", detail: user },
      { action: "restore.tested", detail: user },
    ]);
    const rows = await db
      .selectFrom("key_versions")
      .select(["purpose", "backup_id", "restore_tested_at"])
      .orderBy("purpose")
      .execute();
    expect(rows).toMatchObject([
      { purpose: "seal.card", backup_id: null },
      { purpose: "seal.maker", backup_id: id, restore_tested_at: expect.any(String) as string },
    ]);
    await db.destroy();
    const doubted = ["--share-file", one, "--share-file", three, "--trust", at("wrong-trust.json")];
    const wrong = await run(restore, at("first.yxb"), "--verify-only", ...doubted);
    expect(wrong).toMatchObject({ code: 3, json: { result: "failed" } });
    expect(JSON.stringify(wrong.json)).toContain("checkpoint-not-trusted");
    await run(restore, at("first.yxb"), "--verify-only", "--share-file", one, "--share-file", three);
    expect(JSON.parse(readFileSync(at("first.yxb.restore-test.json"), "utf8"))).toMatchObject({
      backup: id,
      result: "passed",
    });
    expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
    expect((await run(show, at("first.yxb"))).json).toMatchObject({
      deployment: "测试市",
      shares: { threshold: 2 },
    });
    expect(statSync(at("first.yxb")).mode & 0o777).toBe(0o600);
  });

  it("restores a folder as it was, under SM4 too, with shares in files under their holders' passphrases", async () => {
    const holders = ["李强", "王蕾"];
    const files = holders.flatMap((holder, index) => [
      "--share-passphrase-file",
      `${holder}=${secret(`pass-${String(index)}`, `${holder} takes twenty characters`)}`,
    ]);
    const { json } = await run(
      backup,
      ...backupOf("second.yxb"),
      ...["--shares", "2", "--threshold", "2", "--cipher", "sm4-gcm", "--shares-dir", at("shares")],
      ...holders.flatMap((holder) => ["--holder", holder]),
      ...files,
    );
    expect(json).toMatchObject({
      recorded: ["seal"],
      hardware_keys: [{ service: "seal", purpose: "seal.card", version: 1, uri: "skf:serial=1/key" }],
    });
    expect(JSON.stringify(json)).not.toContain("words");
    const shares = (json["shares"] as { file: string }[]).map(({ file }) => file);
    const given = shares.flatMap((file) => ["--share-file", file]);
    const restored = await run(restore, at("second.yxb"), "--out", at("restored"), ...given, ...files);
    expect(restored).toMatchObject({ code: 0, json: { result: "passed" } });
    expect(readFileSync(at("restored/seal/audit/checkpoint"))).toEqual(readFileSync(at("audit/checkpoint")));
    expect(readdirSync(at("restored/seal/keys"))).toEqual(readdirSync(at("keys")));
    expect(readFileSync(at("restored/seal/key-passphrase"), "utf8")).toBe(passphrase);
    expect(await failure(run(restore, at("second.yxb"), "--out", at("restored"), ...given, ...files))).toBe(
      "target-exists",
    );
    chmodSync(at("pass-0"), 0o600);
    writeFileSync(at("pass-0"), "another passphrase of his");
    chmodSync(at("pass-0"), 0o400);
    expect(await failure(run(restore, at("second.yxb"), "--verify-only", ...given, ...files))).toBe(
      "share-passphrase-wrong",
    );
  });

  it("refuses one share, a wrong one by name, and a mistyped word with a hint", async () => {
    const { files } = await made("third.yxb");
    const [one = "", two = ""] = files;
    const tried = (...shares: string[]) =>
      restore.run(
        [at("third.yxb"), "--verify-only", ...shares.flatMap((file) => ["--share-file", file])],
        createTestTerminal(),
      );
    await expect(tried(one)).rejects.toThrow("1 of the 2 shares");
    const words = readFileSync(two, "utf8").split(" ");
    writeFileSync(at("typo.txt"), words.with(6, words[6] === "zoo" ? "able" : "zoo").join(" "));
    await expect(tried(one, at("typo.txt"))).rejects.toThrow(
      `word 7, "${words[6] === "zoo" ? "able" : "zoo"}", is wrong; perhaps ${words[6] ?? ""}`,
    );
    await expect(tried(one, at("first.yxb.0.txt"))).rejects.toThrow("of another set");
  });

  it("sees any byte that was changed, a chunk that moved, and an end that was cut off", async () => {
    const { files } = await made("fourth.yxb");
    const whole = readFileSync(at("fourth.yxb"));
    const front = 20 + whole.readUInt32BE(16);
    const sealed = 64 * 1024 + 16;
    const flipped = (position: number) =>
      Buffer.concat([
        whole.subarray(0, position),
        Buffer.of((whole[position] ?? 0) ^ 1),
        whole.subarray(position + 1),
      ]);
    const [first, second] = [
      whole.subarray(front, front + sealed),
      whole.subarray(front + sealed, front + 2 * sealed),
    ];
    const wrong = [
      flipped(30),
      flipped(front + 5),
      flipped(whole.length - 1),
      whole.subarray(0, front + sealed),
      whole.subarray(0, -1),
      whole.subarray(0, front),
      Buffer.concat([whole, Buffer.of(0)]),
      Buffer.concat([whole.subarray(0, front), second, first, whole.subarray(front + 2 * sealed)]),
    ];
    for (const bytes of wrong) {
      writeFileSync(at("wrong.yxb"), bytes);
      const code = await failure(
        run(restore, at("wrong.yxb"), "--verify-only", ...files.flatMap((file) => ["--share-file", file])),
      );
      expect(["backup-changed", "backup-malformed"]).toContain(code);
    }
    expect(existsSync(at("wrong.yxb.restore-test.partial"))).toBe(false);
  });

  it("refuses settings that no backup has, and says with --dry-run what would be in one", async () => {
    const tried = (...args: string[]) =>
      backup.run(["--deployment", deployment, "--out", at("x.yxb"), ...args], createTestTerminal());
    await expect(tried("--shares", "3", "--threshold", "1")).rejects.toThrow("--threshold");
    await expect(tried("--shares", "17", "--threshold", "2")).rejects.toThrow("--shares");
    await expect(tried("--shares", "2", "--threshold", "2", "--service", "desk")).rejects.toThrow(
      "--service",
    );
    expect(await failure(tried(...threeShares))).toBe("shares-not-shown");
    const withSomebody = createTestTerminal({ answers: [] });
    const asked = backup.run([...backupOf("x.yxb"), ...threeShares, "--json"], withSomebody);
    await expect(asked).rejects.toMatchObject({
      code: "shares-not-shown",
      next: { en: expect.stringContaining("--shares-dir") as string },
    });
    expect([withSomebody.printed(), existsSync(at("x.yxb"))]).toEqual(["", false]);
    secret("short", "password");
    expect(
      await failure(
        tried(
          "--shares",
          "2",
          "--threshold",
          "2",
          "--shares-dir",
          at("s"),
          "--share-passphrase-file",
          `share-1=${at("short")}`,
        ),
      ),
    ).toBe("passphrase-weak");
    const plan = await run(
      backup,
      "--deployment",
      deployment,
      "--out",
      at("x.yxb"),
      "--shares",
      "2",
      "--threshold",
      "2",
      "--dry-run",
    );
    expect(plan.json).toMatchObject({ dry_run: true, services: [{ name: "seal" }] });
    expect(existsSync(at("x.yxb"))).toBe(false);
  });
});

describe("a backup that is killed", () => {
  it("leaves the whole backup or one named folder, at every step, and the next run makes it whole", async () => {
    const { crash } = await bundlePrograms({ crash: "services/cli/test/backup-crash-program.ts" });
    const sources = await readSources(deployment, undefined, createTestTerminal());
    const requestFor = (target: string) =>
      ({ sources, target, cipher: "aes-256-gcm", threshold: 2, holders: ["a", "b"] }) as const;
    const killedAt = (target: string, step: number) =>
      spawnSync(process.execPath, [crash, JSON.stringify(requestFor(target)), String(step)]).signal;
    const steps = 8;
    for (let step = 0; step < steps; step += 1) {
      const name = `crash-${String(step)}`;
      expect(killedAt(at(name), step), name).toBe("SIGKILL");
      const left = readdirSync(folder)
        .filter((each) => each.startsWith(name))
        .sort();
      const isWhole = step === steps - 1;
      expect(left.filter((each) => !each.endsWith(".shares"))).toEqual(
        isWhole ? [name, `${name}.partial`] : [`${name}.partial`],
      );
      if (isWhole) rmSync(at(name));
      const key = new Uint8Array(32);
      const deps = { now: () => new Date(), randomBytes: random, processId: process.pid };
      const handOut = (header: unknown, shares: readonly SecretShare[]) => {
        key.set(combineShares(shares));
        return Promise.resolve();
      };
      await makeBackup(requestFor(at(name)), { ...deps, handOut });
      expect(existsSync(at(`${name}.partial`))).toBe(false);
      const opened = await openBackup(at(name));
      mkdirSync(at(`${name}.out`));
      expect(await extractBackup(opened, key, at(`${name}.out`))).toMatchObject({ backup: opened.header.id });
      await opened.close();
    }
  });

  it("is not disturbed by a second run while the first one lives", async () => {
    mkdirSync(at("busy.yxb.partial"));
    writeFileSync(at("busy.yxb.partial/process"), String(process.ppid));
    expect(await failure(made("busy.yxb"))).toBe("already-under-way");
  });
});

describe("an archive", () => {
  it("has no path that leads out of its folder", async () => {
    const wrong = [
      "../x",
      "a/../b",
      "/etc/passwd",
      "a//b",
      "",
      ".",
      "a/.ssh",
      "C:\\x",
      "a\u0000b",
      "a/",
      "x".repeat(400),
      "~/x",
      "a/b\nc",
    ];
    expect(wrong.filter(isSafePath)).toEqual([]);
    expect(["seal/audit/tile/0/x001/067.p/3", "configuration/部署.json"].filter(isSafePath)).toHaveLength(2);
    const bytes = Buffer.from(JSON.stringify({ path: "../x", kind: "configuration" }));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    async function* bytesOf(): AsyncGenerator<Uint8Array, void, undefined> {
      yield await Promise.resolve(Buffer.concat([length, bytes]));
    }
    const entries = readArchive(bytesOf());
    expect(await failure(entries.next())).toBe("backup-malformed");
    const writer = createArchiveWriter(() => Promise.resolve());
    expect(await failure(writer.add({ path: "../x", kind: "configuration" }, bytesOf()))).toBe(
      "source-missing",
    );
  });
});

describe("a service that writes while it is backed up", () => {
  it("is backed up at one moment", async () => {
    const db = await openDatabase({ url: `sqlite:${at("db.sqlite")}`, schema: "seal" });
    const trail = createAuditTrail(db, kitEvents).kit;
    const stop = new AbortController();
    const writing = (async () => {
      while (!stop.signal.aborted) {
        await transact(db, (tx) =>
          trail.in(tx).append({
            actor: "x",
            subject: "y",
            occurredAt: new Date(),
            action: "key.used",
            detail: { for: "a test" },
          }),
        );
        await new Promise(setImmediate);
      }
    })();
    const { files } = await made("busy-service.yxb", "--no-record").finally(async () => {
      stop.abort();
      await writing;
    });
    await db.destroy();
    const tested = await run(
      restore,
      at("busy-service.yxb"),
      "--verify-only",
      ...files.flatMap((file) => ["--share-file", file]),
    );
    expect(tested).toMatchObject({ code: 0, json: { result: "passed" } });
  });
});
