import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { openDatabase } from "@yinxin/service-kit/database";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openOfficerBench } from "./officer-bench.ts";
import type { OfficerBench, Said } from "./officer-bench.ts";

let bench: OfficerBench;
beforeAll(async () => {
  bench = await openOfficerBench();
});
afterAll(async () => {
  await bench.close();
});

const ring = "test.token";
const changeIn = ({ stderr, stdout }: Said): string =>
  /chg_[0-9a-f]{24}/.exec(stderr + stdout)?.[0] ?? "no change";
const jsonOf = ({ stdout }: Said): unknown => JSON.parse(stdout);
/** A minute later: requests and windows of before are over as far as they say. */
const whilePaused = async (): Promise<void> => {
  bench.clock.advance(60_000);
  await bench.administration.rotations.advance();
};

describe("an officer at the command line", () => {
  it("sees the keys, in Chinese, and which end soon", async () => {
    const listed = await bench.yinxin(["keys", "list"], { language: "zh" });
    expect(listed.stderr).toContain("沙箱：以 王蕾 的身份");
    expect(listed.stdout).toMatch(/test\.token +测试令牌 +— +v1 +ES256 +memory +2026-12-11 +启用 {2}⚠ 20 天/);
    expect(listed.stderr).toContain("1 把密钥 30 天内到期：yinxin keys rotate test.token --dry-run");
    expect(listed.code).toBe(0);
    const csv = await bench.yinxin(["keys", "list", "--csv"]);
    expect(csv.stdout.split("\r\n")[0]).toMatch(
      /^service,purpose,title_zh,title_en,version,state,algorithm,/,
    );
  });

  it("rotates a key with two others: plan, request, approval, execution", async () => {
    const rotate = ["keys", "rotate", ring];
    const plan = await bench.yinxin([...rotate, "--dry-run"]);
    expect(plan).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("nothing was changed") as string,
    });
    expect(plan.stdout).toContain("Make the new key");

    const asked = await bench.yinxin([...rotate, "--request", "--reason", "ends soon"]);
    const change = changeIn(asked);
    expect(asked).toMatchObject({ code: 6, stdout: "" });
    expect(asked.stderr).toContain(`${change} waits for approval (0/2)`);
    const early = await bench.yinxin([...rotate, "--apply", change]);
    expect([early.code, early.stderr]).toEqual([6, expect.stringContaining("change-waiting")]);

    const bound = jsonOf(await bench.yinxin(["approvals", "show", change, "--json"]));
    const audit_head = {
      origin: "bench.example/audit/test",
      root: expect.stringMatching(/^sha-256:/) as string,
    };
    expect(bound).toMatchObject({ request: { audit_head } });

    const own = await bench.yinxin(["approvals", "approve", change, "--confirm", ring]);
    expect([own.code, own.stderr]).toEqual([5, expect.stringContaining("role-not-permitted")]);
    const approve = ["approvals", "approve", change];
    const alone = await bench.yinxin(["--as", "李强", ...approve]);
    expect([alone.code, alone.stderr]).toEqual([
      5,
      expect.stringContaining(`→ To go on, run it again with --confirm ${ring}`),
    ]);
    const first = await bench.yinxin(["--as", "李强", ...approve], { answers: [ring], language: "zh" });
    expect(first.questions).toEqual([`请输入 ${ring} 以确认：`]);
    expect(first.stderr).toContain("轮换密钥 test.token");
    expect(first.stderr).toMatch(/摘要词 +[a-z]+ [a-z]+ [a-z]+ [a-z]+ · \S \S \S \S\n/);
    expect(first.code).toBe(0);
    const again = await bench.yinxin(["--as", "li-qiang", ...approve, "--confirm", ring]);
    expect([again.code, again.stderr]).toEqual([5, expect.stringContaining("approval-person-counted")]);
    const second = await bench.yinxin(["--as", "陈晓", ...approve, "--confirm", ring]);
    expect(second.stderr).toContain("to be done within 60 minutes, 1 time(s)");

    const done = await bench.yinxin([...rotate, "--apply", change, "--wait", "--json"], { whilePaused });
    expect(done.stderr).toMatch(/8\/8 {2}Rotate a token key\n.*the plan is done: test\.token v2/s);
    expect(jsonOf(done)).toMatchObject({ purpose: ring, state: "done", next_version: 2, service: "test" });
    expect(done.code).toBe(0);
    const shown = await bench.yinxin(["keys", "show", ring]);
    expect(shown.stdout).toMatch(/v2 +active/);
    expect(shown.stdout).toContain(change);
    const listed = await bench.yinxin(["approvals", "list", "--state", "executed", "--json"]);
    expect(jsonOf(listed)).toMatchObject([{ id: change, state: "executed", service: "test" }]);
  });

  it("stops a key alone, and starts it again only with two others, one of them without a network", async () => {
    const suspend = ["--as", "陈晓", "keys", "suspend", ring, "--reason", "odd signatures"];
    const unconfirmed = await bench.yinxin(suspend);
    expect([unconfirmed.code, unconfirmed.stderr]).toEqual([5, expect.stringContaining("not-confirmed")]);
    const suspended = await bench.yinxin([...suspend, "--confirm", ring]);
    expect([suspended.code, suspended.stderr]).toEqual([0, expect.stringContaining("✔ done: suspend")]);
    const status = await bench.yinxin(["keys", "status", "--exit-code"]);
    expect([status.code, status.stdout]).toEqual([
      10,
      expect.stringMatching(/✖ +test\.token +v2 +suspended/),
    ]);

    const asked = await bench.yinxin(["--as", "陈晓", "keys", "resume", ring, "--reason", "false alarm"]);
    const change = changeIn(asked);
    expect([asked.code, asked.stderr]).toEqual([6, expect.stringContaining("(1/2)")]);
    const file = join(bench.folder, "change.json");
    expect((await bench.yinxin(["approvals", "show", change, "--output", file])).code).toBe(0);
    const store = `file:${bench.folder}/officers?pin-source=file:${bench.folder}/passphrase`;
    const key = [
      "--officer-key",
      store,
      "--officer-label",
      "li-qiang",
      "--trust",
      `${bench.folder}/trust.json`,
    ];
    // Nothing of the deployment is there: a machine of its own.
    const away = { environment: { YINXIN_DEPLOYMENT: "/nonexistent" } };
    const offline = ["approvals", "approve", "--offline", file, ...key, "--confirm", ring];
    const signed = await bench.yinxin(offline, away);
    expect(signed).toMatchObject({ code: 0, stdout: `${file}.approval\n` });

    // Another request in the same envelope is another digest.
    const altered = join(bench.folder, "altered.json");
    const text = readFileSync(file, "utf8");
    const { change: inner } = JSON.parse(text) as { change: { request: string } };
    const request = Buffer.from(inner.request, "base64").toString().replace("false alarm", "false alarn");
    writeFileSync(altered, text.replace(inner.request, Buffer.from(request).toString("base64")));
    const refused = await bench.yinxin(
      ["approvals", "approve", "--offline", altered, ...key, "--confirm", ring],
      away,
    );
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining("change-not-believed")]);

    const handed = await bench.yinxin(["approvals", "submit", `${file}.approval`, "--as", "陈晓"]);
    expect([handed.code, handed.stderr]).toEqual([0, expect.stringContaining("approved")]);
    const resumed = await bench.yinxin(["keys", "resume", ring, "--apply", change]);
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.stringContaining("✔ done: resume")]);
    expect((await bench.yinxin(["keys", "show", ring])).stdout).toMatch(/v2 +active/);
  });

  it("rejects a change, and uses the sealed key when nobody else can approve", async () => {
    const asked = await bench.yinxin(["keys", "standby", ring, "--reason", "yearly", "--json"]);
    expect(jsonOf(asked)).toMatchObject({ state: "waiting", verdict: "waiting", counted: 0, needed: 2 });
    const reject = ["approvals", "reject", changeIn(asked), "--reason", "not now", "--confirm", ring];
    expect(await bench.yinxin(["--as", "李强", ...reject])).toMatchObject({ code: 0 });

    const change = changeIn(await bench.yinxin(["keys", "standby", ring, "--reason", "all locked out"]));
    const store = `file:${bench.folder}/officers?pin-source=file:${bench.folder}/passphrase`;
    const glass = ["break-glass", change, "--officer-key", store, "--officer-label", "break-glass"];
    const broken = await bench.yinxin([...glass, "--reason", "fire", "--confirm", ring]);
    expect([broken.code, broken.stderr]).toEqual([0, expect.stringMatching(/alarm goes out.*approved/s)]);
    const made = await bench.yinxin(["keys", "standby", ring, "--apply", change], { whilePaused });
    expect(made.stderr).toContain("the plan is done");
    const review = ["approvals", "review", change, "--finding", "justified", "--reason", "after the fire"];
    expect(await bench.yinxin(review)).toMatchObject({ code: 6 });
  });

  it("takes back a destruction alone and a rotation with another, and says that this went well", async () => {
    const asLi = async (args: readonly string[]): Promise<Said> =>
      await bench.yinxin(["--as", "李强", ...args], { whilePaused });
    const approved = async (args: readonly string[], confirm: string): Promise<string> => {
      const change = changeIn(await asLi([...args, "--reason", "new year"]));
      const approve = ["approvals", "approve", change, "--confirm", confirm];
      expect(await bench.yinxin(["--as", "陈晓", ...approve])).toMatchObject({ code: 0 });
      return change;
    };
    const destroy = ["keys", "destroy", ring, "--version", "3"];
    const doomed = await approved([...destroy, "--confirm", ring], ring);
    expect(await asLi(["keys", "destroy", ring, "--apply", doomed, "--yes"])).toMatchObject({ code: 0 });
    const cancel = await asLi([...destroy, "--cancel", "--reason", "not that one", "--confirm", ring]);
    expect(cancel.code).toBe(0);
    const cancelled = await asLi(["keys", "destroy", ring, "--apply", changeIn(cancel), "--yes"]);
    expect(cancelled.code).toBe(0);
    expect(cancelled.stderr).toContain(`✔ taken back: ${ring}, the plan plan_`);

    const rotate = ["keys", "rotate", ring];
    const begun = await asLi([...rotate, "--apply", await approved(rotate, ring), "--json"]);
    const { id: plan, state } = jsonOf(begun) as { readonly id: string; readonly state: string };
    expect(state).toBe("running");
    const rollBack = ["plans", "roll-back", plan];
    const undo = await approved(rollBack, plan);
    const undone = await asLi([...rollBack, "--apply", undo, "--wait"]);
    expect([undone.code, undone.stdout]).toEqual([0, expect.stringMatching(/state +rolled back/)]);
    expect(undone.stderr).toContain(`✔ taken back: ${ring}, the plan ${plan}`);
    // Who only looks on is told that what was to be done is not.
    const watched = await asLi(["plans", "show", plan, "--wait"]);
    expect([watched.code, watched.stderr]).toEqual([1, expect.stringContaining("plan-rolled-back")]);
  });

  it("searches the audit log as the auditor, who may look and not act", async () => {
    const found = await bench.yinxin([
      "audit",
      "search",
      `subject:${ring} action:key.moved since:1d`,
      "--json",
    ]);
    const events = jsonOf(found) as { action: string; subject: string; service: string }[];
    expect(events.length).toBeGreaterThan(4);
    expect(new Set(events.map(({ action, subject }) => `${action} ${subject}`))).toEqual(
      new Set([`key.moved ${ring}`]),
    );
    const tail = await bench.yinxin(["audit", "tail", "--lines", "3"]);
    expect(tail.stdout.trim().split("\n")).toHaveLength(3);
    // The search and the first look are what the second sees.
    await bench.yinxin(["audit", "history", ring]);
    const looked = await bench.yinxin(["audit", "history", ring, "--json"]);
    const look = { action: "record.read", actor: "zhao-ping", subject: ring };
    expect(jsonOf(looked)).toMatchObject([look, look]);
    const forbidden = await bench.yinxin(["keys", "rotate", ring, "--reason", "x", "--as", "赵平"]);
    expect(forbidden.code).toBe(5);
    expect(forbidden.stderr).toMatch(
      /^yinxin: The role auditor asks for no change.*\n {2}not-permitted\n {2}→ yinxin --as NAME/,
    );
    const refused = await bench.yinxin(["audit", "search", "x", "--as", "王蕾"]);
    expect(refused.code).toBe(5);
  });

  it("puts another officer in the place of one, and shows those who approve what that changes", async () => {
    const listed = await bench.yinxin(["officers", "list"]);
    expect(listed.stdout).toMatch(/zhao-ping +赵平 +行政审批局（测试） +\d{4}-\d\d-\d\d +auditor/);
    const due = await bench.yinxin(["keys", "due", "--within", "3600d", "--json"]);
    const people = (jsonOf(due) as { kind: string; officer?: string }[]).filter(
      ({ kind }) => kind === "officer-certificate-expires",
    );
    expect(people.map(({ officer }) => officer)).toContain("zhao-ping");
    const few = await bench.yinxin(["officers", "remove", "li-qiang", "--dry-run"]);
    expect([few.code, few.stderr]).toEqual([5, expect.stringContaining("too-few-officers")]);
    const replace = ["officers", "replace", "zhao-ping"];
    const person = ["--id", "zhou-hang", "--person", "1042", "--name", "周航"];
    const wanted = [...replace, ...person, "--certificate", join(bench.folder, "zhou-hang.pem")];
    const before = changeIn(await bench.yinxin(["keys", "rotate", ring, "--reason", "asked before"]));
    const asked = await bench.yinxin([...wanted, "--request", "--reason", "left"]);
    const change = changeIn(asked);
    expect(asked.code).toBe(6);
    const approve = ["approvals", "approve", change, "--confirm", "officer-policy"];
    const first = await bench.yinxin(["--as", "李强", ...approve], { language: "zh" });
    expect(first.stderr).toContain("离任：赵平（zhao-ping，审计管理员，行政审批局（测试））");
    expect(first.stderr).toContain("新任：周航（zhou-hang，审计管理员，行政审批局（测试））");
    await bench.yinxin(["--as", "陈晓", ...approve]);
    const other = await bench.yinxin(["officers", "replace", "chen-xiao", "--apply", change]);
    expect(other.stderr).toContain("change-of-another-target");
    const done = await bench.yinxin([...replace, "--apply", change]);
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining("✔ done: change who")]);
    const policy = await bench.yinxin(["officers", "policy", "--json"]);
    expect(jsonOf(policy)).toMatchObject({
      version: 2,
      officers: expect.arrayContaining([expect.objectContaining({ id: "zhou-hang" })]) as unknown,
      services: [{ name: "test", version: 2 }],
    });
    // Void for all, whoever's card is shown.
    const late = await bench.yinxin(["--as", "李强", "approvals", "approve", before, "--confirm", ring]);
    expect([late.code, late.stderr]).toEqual([7, expect.stringContaining("change-policy-superseded")]);
    expect(late.stderr).toContain(`→ Ask again: yinxin keys rotate ${ring}`);
    const dismissed = await bench.yinxin(["audit", "tail", "--as", "赵平"]);
    expect(dismissed.code).toBe(5);
  });

  it("asks for another rule of an operation, shows the whole of it to who approves, and refuses one below the fewest persons", async () => {
    const rule = ["officers", "rule", "key.rotate"];
    const weak = await bench.yinxin([...rule, "--persons", "1", "--dry-run"]);
    expect([weak.code, weak.stderr]).toEqual([5, expect.stringContaining("rule-too-weak")]);
    const many = await bench.yinxin([...rule, "--persons", "3", "--dry-run"]);
    expect([many.code, many.stderr]).toEqual([5, expect.stringContaining("too-few-officers")]);
    const meant = await bench.yinxin(["officers", "rule", "key.rotat", "--persons", "2", "--dry-run"]);
    expect([meant.code, meant.stderr]).toEqual([1, expect.stringContaining("key.rotate")]);
    const asked = await bench.yinxin([...rule, "--window", "8h", "--uses", "2", "--reason", "weekends"]);
    expect(asked.code).toBe(6);
    const approve = ["approvals", "approve", changeIn(asked), "--confirm", "officer-policy"];
    const first = await bench.yinxin(["--as", "李强", ...approve]);
    expect(first.stderr).toContain(
      "key.rotate: 2 persons, approved within 1 d, then done 1 time(s) within 1 h → 2 persons, approved within 1 d, then done 2 time(s) within 8 h",
    );
    await bench.yinxin(["--as", "陈晓", ...approve]);
    const done = await bench.yinxin([...rule, "--apply", changeIn(asked)]);
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining("✔ done")]);
    const policy = await bench.yinxin(["officers", "policy", "--json"]);
    expect(jsonOf(policy)).toMatchObject({
      rules: {
        "key.rotate": { persons: 2, not_after_seconds: 86_400, window: { seconds: 28_800, uses: 2 } },
      },
    });
  });

  it("puts another emergency key into the policy, by its certificate", async () => {
    const certificate = join(bench.folder, "sealed.pem");
    const replace = ["officers", "replace", "break-glass"];
    const wanted = [...replace, "--certificate", certificate, "--review-within", "48"];
    const person = await bench
      .yinxin([...wanted, "--name", "周航", "--reason", "x"])
      .catch((cause: unknown) => cause);
    expect(person).toMatchObject({ message: expect.stringContaining("no person") as string });
    const change = changeIn(await bench.yinxin([...wanted, "--reason", "a new year"]));
    const approve = ["approvals", "approve", change, "--confirm", "officer-policy"];
    const first = await bench.yinxin(["--as", "李强", ...approve], { language: "zh" });
    expect(first.stderr).toContain("更换应急密钥");
    await bench.yinxin(["--as", "陈晓", ...approve]);
    const partly = await bench.yinxin(["officers", "replace", "break", "--apply", change]);
    expect(partly.stderr).toContain("change-of-another-target");
    const done = await bench.yinxin([...replace, "--apply", change]);
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining("✔ done: change who")]);
    const policy = await bench.yinxin(["officers", "policy"]);
    expect(policy.stdout).toMatch(/emergency key +✔ 48 h/);
  });

  it("names what was perhaps meant, and what cannot be reached", async () => {
    const unknown = await bench.yinxin(["keys", "show", "test.tokne"]);
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining(`Did you mean ${ring}?`)]);
    const nobody = await bench.yinxin(["keys", "list", "--as", "李将"]);
    expect([nobody.code, nobody.stderr]).toEqual([5, expect.stringContaining("officer-unknown")]);
    const down = join(bench.folder, "down.json");
    const deployment = JSON.parse(readFileSync(join(bench.folder, "deployment.json"), "utf8")) as {
      services: Record<string, object>;
    };
    deployment.services["away"] = { url: "http://127.0.0.1:9" };
    writeFileSync(down, JSON.stringify(deployment));
    const listed = await bench.yinxin(["keys", "list", "--deployment", down]);
    expect([listed.code, listed.stdout]).toEqual([8, expect.stringContaining(ring)]);
    expect(listed.stderr).toContain("The service away did not answer");
  });

  it("proves the audit log from its files, and finds the first event that somebody changed", async () => {
    await bench.governance.auditLog.checkpoint();
    const whole = await bench.yinxin(["audit", "verify", "--json"]);
    expect(jsonOf(whole)).toMatchObject([{ service: "test", is_whole: true, findings: [] }]);
    expect(whole.code).toBe(0);
    const db = await openDatabase<{ audit_events: { leaf_index: number; actor: string } }>({
      url: bench.database,
      schema: "test",
    });
    await db.updateTable("audit_events").set({ actor: "nobody" }).where("leaf_index", "=", 3).execute();
    await db.destroy();
    const changed = await bench.yinxin(["audit", "verify"]);
    expect([changed.code, changed.stdout]).toEqual([
      3,
      expect.stringMatching(/✖ not whole.*first bad event 3: it was changed/s),
    ]);
  });
});
