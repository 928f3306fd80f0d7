import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { auditOriginOf, openAuditedDeployment } from "./audited-deployment.ts";
import type { AuditedDeployment, RunningService } from "./audited-deployment.ts";
import { yinxinCommand } from "./run-yinxin.ts";
import type { Ended } from "./run-yinxin.ts";

const ring = "test.token";

let suite: AuditedDeployment;
let seal: RunningService;
let ledger: RunningService;
beforeAll(async () => {
  suite = await openAuditedDeployment();
  ledger = await suite.start("ledger");
  seal = await suite.start("seal");
  await seal.append(12);
});
afterAll(async () => {
  await suite.close();
});

const chinese = { LANG: "zh_CN.UTF-8" };
const changeIn = ({ stderr }: Ended): string => /chg_[0-9a-f]{24}/.exec(stderr)?.[0] ?? "no change";
const jsonOf = ({ stdout }: Ended): unknown => JSON.parse(stdout);
const approve = (change: string, target: string, as = "li-qiang") =>
  suite.yinxin(["approvals", "approve", change, "--confirm", target, "--as", as]);

/** Asked for by 李强, approved by 陈晓, done. */
async function agreed(words: readonly string[], target: string): Promise<Ended> {
  const asked = await suite.yinxin([...words, "--reason", "a test", "--confirm", target, "--as", "li-qiang"]);
  expect(asked.code).toBe(6);
  const change = changeIn(asked);
  expect((await approve(change, target, "chen-xiao")).code).toBe(0);
  const [group = "", verb = "", what] = words;
  const named = what === undefined || what.startsWith("-") ? [] : [what];
  return suite.yinxin([group, verb, ...named, "--apply", change, "--yes", "--wait", "--as", "li-qiang"]);
}

describe("a running suite, from the command line", () => {
  it("tells the auditor what happened, who looked, and that nothing is there where nothing is", async () => {
    const found = await suite.yinxin(["audit", "search", "action:thing.changed since:1d", "--limit", "5"]);
    expect(found).toMatchObject({ code: 0 });
    expect(found.stderr).toContain("5 event(s)");
    expect(found.stdout.trimEnd().split("\n")).toHaveLength(6);
    const near = await suite.yinxin(["audit", "search", "subject:thing_3", "--around", "1h", "--json"]);
    expect((jsonOf(near) as object[]).length).toBeGreaterThan(12);
    const nothing = await suite.yinxin(["audit", "search", "actor:nobody-at-all"], chinese);
    expect(nothing).toMatchObject({
      code: 0,
      stdout: "",
      stderr: expect.stringContaining("0 条") as string,
    });

    const tail = await suite.yinxin(["audit", "tail", "action:thing.changed", "--lines", "3"]);
    expect(tail.stdout.trimEnd().split("\n")).toHaveLength(3);
    expect(tail.stdout).toMatch(/clerk_1 {2}thing_11 {2}\{"number":11\}\n$/);
    const lines = (await suite.yinxin(["audit", "tail", "--lines", "2", "--json"])).stdout.trimEnd();
    expect(lines.split("\n").map((line) => JSON.parse(line) as object)).toMatchObject([
      { service: expect.any(String) as string },
      { index: expect.any(Number) as number },
    ]);

    const unseen = await suite.yinxin(["audit", "history", "lic_mistyped"]);
    expect(unseen).toMatchObject({ code: 0, stdout: "" });
    expect(unseen.stderr).toMatch(
      /No look at lic_mistyped is recorded.*\n.*lic_….*\n {2}→ yinxin audit search/,
    );
    // Asking is a look too.
    const seen = await suite.yinxin(["audit", "history", "lic_mistyped"], chinese);
    expect(seen.stdout).toMatch(/record\.read +zhao-ping +lic_mistyped/);
  });

  it("goes on with new events while somebody follows, until the reader has seen enough", async () => {
    const { program, args, environment } = yinxinCommand(
      ["audit", "tail", "action:thing.changed", "--lines", "1", "--follow", "--json"],
      { YINXIN_DEPLOYMENT: join(suite.folder, "deployment.json"), XDG_CACHE_HOME: suite.folder },
    );
    const child = spawn(program, args, { env: environment, stdio: ["ignore", "pipe", "ignore"] });
    const ended = once(child, "close");
    try {
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const subjectOf = async () =>
        (JSON.parse(String((await lines.next()).value)) as { subject: string }).subject;
      expect(await subjectOf()).toBe("thing_11");
      await seal.append(1);
      expect(await subjectOf()).toBe("thing_12");
    } finally {
      child.kill();
      await ended;
    }
  });

  it("appoints an officer, and hands the policy to a service that was away", async () => {
    await ledger.stop();
    const person = ["--id", "zhou-hang", "--person", "1042", "--name", "周航", "--unit", "信息中心"];
    const certificate = join(suite.folder, "zhou-hang.pem");
    const wanted = ["--role", "security-officer", "--certificate", certificate, "--service", "seal"];
    const added = await agreed(["officers", "add", ...person, ...wanted], "officer-policy");
    expect(added.stderr).toContain("✔ done: change who the officers are");
    ledger = await suite.start("ledger");
    const dry = await suite.yinxin(["officers", "sync", "--dry-run", "--json"]);
    expect(jsonOf(dry)).toEqual({ behind: ["ledger"], updated: [] });
    expect(dry.stderr).toContain("services with an older policy: ledger");
    const synced = await suite.yinxin(["officers", "sync"], chinese);
    expect(synced).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("✔ 已更新：ledger") as string,
    });
    expect(jsonOf(await suite.yinxin(["officers", "policy", "--json"]))).toMatchObject({
      version: 2,
      services: [
        { name: "seal", version: 2 },
        { name: "ledger", version: 2 },
      ],
    });
  });

  it("saves what a compromise wrote, once, and says how long it took to be safe", async () => {
    const done = await agreed(["keys", "compromise", ring, "--since", "1h"], ring);
    expect(done).toMatchObject({ code: 0 });
    expect(done.stderr).toMatch(/time to safe: [\d.]+ s from the report, [\d.]+ s from the execution/);
    const plan = /plan_[0-9a-f]+/.exec(done.stdout)?.[0] ?? "no plan";
    const folder = join(suite.folder, "documents");
    const saved = await suite.yinxin(["plans", "documents", plan, "--save", folder]);
    expect(saved.code).toBe(0);
    const names = ["notice.en.md", "notice.zh.md", "report.zh.md", "signatures-0001.jsonl"];
    expect(readdirSync(folder).sort()).toEqual(names);
    for (const name of names) {
      const { length } = readFileSync(join(folder, name));
      expect(saved.stdout).toMatch(new RegExp(`^${name.replaceAll(".", "\\.")} +${String(length)}$`, "m"));
    }
    const one = await suite.yinxin(["plans", "documents", plan, "--name", "notice.zh.md"]);
    expect(one.stdout).toBe(readFileSync(join(folder, "notice.zh.md"), "utf8"));
    const again = await suite.yinxin(["plans", "documents", plan, "--save", folder]);
    expect(again.code).toBe(7);
    expect(again.stderr).toContain("→");
    const drafts = await suite.yinxin(["plans", "list", "--purpose", "seal.audit"], chinese);
    expect(drafts).toMatchObject({ stdout: "", stderr: expect.stringContaining("没有计划。") as string });
  });

  it("makes the trust file of a deployment from what its services know, and it proves their logs", async () => {
    const at = (name: string) => join(suite.folder, name);
    const pinned = JSON.parse(readFileSync(at("trust.json"), "utf8")) as {
      officer_roots: string[];
      logs: string;
    };
    writeFileSync(at("officer-root.pem"), pinned.officer_roots.join(""));
    const parts = ["--policy", at("policy.json"), "--officer-root", at("officer-root.pem")];
    const witness = ["--witness", "ledger=bench.example/witness/ledger"];
    const make = ["deployment", "trust", ...parts, ...witness, "--out", at("yinxin-trust.json")];
    // One witness cosigns the log of the other, and nobody the witness's own.
    const few = await suite.yinxin(make);
    expect([few.code, few.stderr]).toEqual([2, expect.stringContaining("needs 2 witnesses")]);
    const made = await suite.yinxin([...make, "--quorum", "0", "--witness-files", at("config")]);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    const { logs, ...trust } = JSON.parse(readFileSync(at("yinxin-trust.json"), "utf8")) as typeof pinned;
    const { logs: pinnedLogs, ...pinnedTrust } = pinned;
    expect(trust).toEqual(pinnedTrust);
    const keysIn = (text: string) => text.match(/bench\.example\/\S+/g)?.sort();
    expect(keysIn(logs)).toEqual(keysIn(pinnedLogs));
    for (const vkey of keysIn(logs) ?? []) expect(made.stdout).toContain(vkey);
    const [one, another] = ["witnesses.json", "witnessed.json"].map((name) => readFileSync(at(name), "utf8"));
    const written = (name: string) => JSON.parse(readFileSync(at(`config/${name}.json`), "utf8")) as unknown;
    const [{ vkey } = { vkey: "" }] = (JSON.parse(one ?? "") as { witnesses: { vkey: string }[] }).witnesses;
    expect(written("witnesses-seal")).toEqual({ witnesses: [{ url: ledger.url, vkey }] });
    expect(written("witnessed-logs-ledger")).toEqual(JSON.parse(another ?? ""));

    const twice = await suite.yinxin([...make, "--quorum", "0"], chinese);
    expect([twice.code, twice.stderr]).toEqual([7, expect.stringContaining("已存在，未改动")]);
    const deployment = JSON.parse(readFileSync(at("deployment.json"), "utf8")) as object;
    writeFileSync(at("other-name.json"), JSON.stringify({ ...deployment, name: "elsewhere" }));
    const other = ["--deployment", at("other-name.json"), "--out", at("no.json")];
    const elsewhere = await suite.yinxin(["deployment", "trust", ...parts, ...other]);
    expect([elsewhere.code, elsewhere.stderr]).toEqual([5, expect.stringContaining("deployment-differs")]);
    writeFileSync(at("other-root.pem"), readFileSync(at("sealed.pem")));
    const foreign = ["--officer-root", at("other-root.pem"), "--out", at("no.json"), "--json"];
    const refused = await suite.yinxin(
      ["deployment", "trust", "--policy", at("policy.json"), ...foreign],
      chinese,
    );
    expect(jsonOf(refused)).toMatchObject({ error: { code: "officers-not-under-roots" } });

    await seal.governance.auditLog.checkpoint();
    await ledger.governance.auditLog.checkpoint();
    const proved = await suite.yinxin(["audit", "verify", "--trust", at("yinxin-trust.json"), "--json"]);
    expect(jsonOf(proved)).toMatchObject([{ is_whole: true }, { is_whole: true }]);
    // No key has followed the first ones yet, and none is lost.
    const renewed = await suite.yinxin(["audit", "trust", "--trust", at("yinxin-trust.json")]);
    expect(jsonOf(renewed)).toEqual({ ...trust, logs });
  });

  it("begins a new epoch of a log after a restore, by two officers", async () => {
    const file = suite.placeOf("seal").url.slice("sqlite:".length);
    await seal.stop();
    const old = readFileSync(file);
    seal = await suite.start("seal");
    await seal.append(3);
    await seal.stop();
    writeFileSync(file, old);
    seal = await suite.start("seal");
    const broken = await suite.yinxin(["audit", "verify", "--service", "seal"]);
    expect(broken).toMatchObject({ code: 3, stdout: expect.stringContaining("(rolled-back)") as string });
    const origin = auditOriginOf("seal");
    const asked = await suite.yinxin([
      "audit",
      "continue",
      "seal",
      "--reason",
      "restored",
      "--as",
      "li-qiang",
    ]);
    expect(asked.code).toBe(6);
    const change = changeIn(asked);
    expect((await approve(change, origin, "chen-xiao")).code).toBe(0);
    const done = await suite.yinxin([
      "audit",
      "continue",
      "seal",
      "--apply",
      change,
      "--yes",
      "--as",
      "li-qiang",
    ]);
    expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining("✔ done") as string });
    await seal.governance.auditLog.checkpoint();
    const whole = await suite.yinxin(["audit", "verify", "--service", "seal"]);
    expect(whole).toMatchObject({ code: 0, stdout: expect.stringContaining(`${origin}/2`) as string });
    const again = await suite.yinxin(["audit", "continue", "seal", "--dry-run"], chinese);
    expect([again.code, again.stderr]).toEqual([7, expect.stringContaining("audit-log-continues")]);
  });
});
