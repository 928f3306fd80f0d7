import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openOfficerBench } from "./officer-bench.ts";
import type { OfficerBench } from "./officer-bench.ts";

let bench: OfficerBench;
beforeAll(async () => {
  bench = await openOfficerBench();
});
afterAll(async () => {
  await bench.close();
});

const at = (name: string): string => join(bench.folder, name);

describe("evidence at the command line", () => {
  it("is exported by an auditor, and proved with nothing but the file and the trust file", async () => {
    const asked = await bench.yinxin([
      "keys",
      "suspend",
      "test.token",
      "--reason",
      "odd",
      "--confirm",
      "test.token",
      "--as",
      "陈晓",
    ]);
    const executed = await bench.yinxin(["approvals", "list", "--state", "executed", "--json"]);
    const change = /chg_[0-9a-f]{24}/.exec(executed.stdout)?.[0] ?? "";
    expect(asked.code).toBe(0);
    const whole = await bench.yinxin(["evidence", "export", "--from", "1d", "-o", at("day.zip")], {
      language: "zh",
    });
    expect([whole.code, whole.stderr]).toEqual([0, expect.stringContaining("沙箱：以 赵平 的身份")]);
    expect(whole.stdout).toContain("清单由 赵平 签名");
    expect(whole.stdout).toContain("范围内无缺漏");
    const one = await bench.yinxin([
      "--as",
      "赵平",
      "evidence",
      "export",
      "--change",
      change,
      "--output",
      at("one.zip"),
      "--json",
    ]);
    expect(JSON.parse(one.stdout)).toMatchObject([
      {
        format: "evidence",
        verdict: "VALID",
        changes: [{ id: change, operation: "key.suspend", approvers: ["陈晓"] }],
      },
    ]);
    const away = { environment: { YINXIN_DEPLOYMENT: at("nowhere.json") } };
    const proved = await bench.yinxin(
      ["evidence", "verify", at("one.zip"), "--trust", at("trust.json")],
      away,
    );
    expect([proved.code, proved.stdout]).toEqual([0, expect.stringContaining("✔ VALID  one.zip")]);
    expect(proved.stdout).toContain(`${change}  key.suspend test.token  authorized  陈晓`);
    const bytes = readFileSync(at("one.zip"));
    bytes.set(Buffer.from("zhao-PING"), bytes.indexOf("zhao-ping"));
    writeFileSync(at("changed.zip"), bytes);
    const changed = await bench.yinxin([
      "evidence",
      "verify",
      at("changed.zip"),
      "--trust",
      at("trust.json"),
    ]);
    expect([changed.code, changed.stdout]).toEqual([3, expect.stringContaining("✖ INVALID")]);
    const trust = JSON.parse(readFileSync(at("trust.json"), "utf8")) as Record<string, string>;
    writeFileSync(at("no-logs.json"), JSON.stringify({ ...trust, logs: "quorum none\n" }));
    const unknown = await bench.yinxin(["evidence", "verify", at("one.zip"), "--trust", at("no-logs.json")]);
    expect([unknown.code, unknown.stdout]).toEqual([
      4,
      expect.stringContaining("has no log bench.example/audit/test"),
    ]);
    const again = await bench.yinxin(["evidence", "export", "--from", "1d", "-o", at("day.zip")]);
    expect([again.code, again.stderr]).toEqual([7, expect.stringContaining("file-exists")]);
  });

  it("is not given to those who only administer, and not written for what nobody recorded", async () => {
    const administrator = await bench.yinxin([
      "--as",
      "王蕾",
      "evidence",
      "export",
      "--from",
      "1d",
      "-o",
      at("no.zip"),
    ]);
    expect([administrator.code, administrator.stderr]).toEqual([5, expect.stringContaining("not-permitted")]);
    const nothing = await bench.yinxin(["evidence", "export", "--purpose", "no.purpose", "-o", at("no.zip")]);
    expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining("evidence-nothing-found")]);
  });

  it("is known to yinxin verify as well", async () => {
    const proved = await bench.yinxin(["verify", at("one.zip"), "--trust", at("trust.json"), "--json"]);
    expect(JSON.parse(proved.stdout)).toMatchObject([
      { file: "one.zip", format: "evidence", verdict: "VALID" },
    ]);
    expect(proved.code).toBe(0);
  });
});

describe("alarms at the command line", () => {
  it("are raised for a test, listed, and counted for a program that asks", async () => {
    const none = await bench.yinxin(["alarms", "test", "--dry-run"]);
    expect([none.code, none.stderr]).toEqual([0, expect.stringContaining("none was raised")]);
    const raised = await bench.yinxin(["alarms", "test", "--json"]);
    expect(JSON.parse(raised.stdout)).toMatchObject([{ kind: "test", service: "test" }]);
    const listed = await bench.yinxin(["alarms", "list", "--all"], { language: "zh" });
    expect(listed.stdout).toMatch(/级别 +服务 +告警/);
    expect(listed.stdout).toContain("告警测试");
    expect(listed.code).toBe(0);
  });
});
