import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { findCommand } from "../src/commands.ts";
import { CommandFailure, sayFailure } from "../src/terminal/index.ts";
import { runYinxin, yinxinCommand } from "./run-yinxin.ts";
import type { Ended } from "./run-yinxin.ts";
import { createTestTerminal } from "./test-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "yinxin-ceremonies-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const at = (name: string): string => join(folder, name);
writeFileSync(at("pin"), "correct horse battery staple");
chmodSync(at("pin"), 0o400);
const store = ["--store", `file:${at("keys")}`, "--pin-file", at("pin")];

/** Bundled: a worker that has to translate the sources takes seconds. */
const programs = Object.fromEntries(
  Object.entries(yinxinCommand([]).environment).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  ),
);

/** The same command without a process of its own, which would take most of the time. */
async function typed(...args: string[]): Promise<Ended> {
  const terminal = createTestTerminal({ environment: programs });
  const found = findCommand(args);
  if (found === undefined) throw new Error(`no command ${args.join(" ")}`);
  const command = await found.entry.load();
  const code = await command.run(found.rest, terminal).catch((cause: unknown) => {
    if (cause instanceof CommandFailure) return sayFailure(cause, terminal, false);
    throw cause;
  });
  return { code, stdout: terminal.printed(), stderr: terminal.said() };
}

const people = [
  { id: "li-qiang", name: "李强", role: "security-officer", unit: "市监局" },
  { id: "wang-lei", name: "王蕾", role: "security-officer", unit: "审批局" },
  { id: "zhao-min", name: "赵敏", role: "auditor", unit: "审计局" },
  { id: "chen-jie", name: "陈杰", role: "system-administrator", unit: "大数据局" },
];

describe("yinxin officers and ceremony, as they are typed", () => {
  it("make officers' keys and the first policy, rehearse a ceremony, and sign and prove its transcript", async () => {
    for (const { id, name } of people) {
      const run = await typed(
        "officers",
        "request",
        ...store,
        "--label",
        id,
        "--name",
        name,
        "--sandbox",
        "--sandbox-root",
        "root",
        "--out",
        at(`${id}.pem`),
      );
      expect([run.code, run.stdout], run.stderr).toEqual([0, `file:${id}\n`]);
    }
    const again = await typed("officers", "request", ...store, "--label", "li-qiang", "--name", "李强");
    expect(again.stdout).toContain("BEGIN CERTIFICATE REQUEST");
    writeFileSync(
      at("officers.json"),
      JSON.stringify(people.map((each) => ({ ...each, person: each.id, certificate: at(`${each.id}.pem`) }))),
    );
    const genesis = await typed(
      "officers",
      "genesis",
      "--deployment",
      "云岭市",
      "--officers",
      at("officers.json"),
      "--out",
      at("policy.json"),
      "--json",
    );
    expect(genesis.code, genesis.stderr).toBe(0);
    const { digest } = JSON.parse(genesis.stdout) as { digest: string };
    const shown = await typed("officers", "show", at("policy.json"));
    expect(shown.stdout).toContain(`policy_genesis: ${digest}`);
    writeFileSync(
      at("two.json"),
      JSON.stringify(
        [...people, { id: "li-two", name: "李强", role: "auditor", unit: "市监局" }].map((each) => {
          const person = each.id === "li-two" ? "li-qiang" : each.id;
          return { ...each, person, certificate: at(`${person}.pem`) };
        }),
      ),
    );
    const twice = await typed(
      "officers",
      "genesis",
      "--deployment",
      "云岭市",
      "--officers",
      at("two.json"),
      "--out",
      at("p2.json"),
    );
    expect([twice.code, twice.stderr.includes("policy-refused")]).toEqual([5, true]);

    expect(
      (
        await typed(
          "ceremony",
          "new",
          "--template",
          "root-key",
          "-o",
          at("root.json"),
          "--set",
          "label=ca-root-2",
        )
      ).code,
    ).toBe(0);
    const run = runYinxin([
      "ceremony",
      "run",
      at("root.json"),
      "--rehearse",
      "--transcript",
      at("root.jsonl"),
    ]);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toContain("█");
    const lines = readFileSync(at("root.jsonl"), "utf8");
    expect(lines).toContain('"exit_code":0');
    expect(lines).not.toContain('"kind":"deviation"');
    expect(
      readdirSync(tmpdir()).filter((name) => lines.includes(name) && name.startsWith("yinxin-rehearsal-")),
    ).toEqual([]);

    const root = JSON.parse(
      (
        await typed(
          "officers",
          "request",
          ...store,
          "--label",
          "li-qiang",
          "--name",
          "李强",
          "--sandbox",
          "--sandbox-root",
          "root",
          "--json",
        )
      ).stdout,
    ) as { root: string };
    const pem = `-----BEGIN CERTIFICATE-----\n${(root.root.match(/.{1,64}/g) ?? []).join("\n")}\n-----END CERTIFICATE-----\n`;
    writeFileSync(
      at("trust.json"),
      JSON.stringify({ deployment: "云岭市", policy_genesis: digest, officer_roots: [pem], logs: "" }),
    );
    const signers = {
      leader: "chen-jie",
      "officer-a": "li-qiang",
      "officer-b": "wang-lei",
      auditor: "zhao-min",
    };
    for (const [participant, label] of Object.entries(signers)) {
      const signed = await typed(
        "ceremony",
        "sign",
        at("root.jsonl"),
        "--participant",
        participant,
        "--officer-key",
        `file:${at("keys")}`,
        "--officer-label",
        label,
        "--officer-pin-file",
        at("pin"),
      );
      expect(signed.code, signed.stderr).toBe(0);
    }
    const verify = async (file: string) =>
      await typed("ceremony", "verify", at(file), "--trust", at("trust.json"), "--json");
    const verified = await verify("root.jsonl");
    expect(verified.code, verified.stdout).toBe(0);
    writeFileSync(at("edited.jsonl"), lines.replace('"value":"88"', '"value":"99"'));
    writeFileSync(at("edited.jsonl.signatures.json"), readFileSync(at("root.jsonl.signatures.json")));
    const edited = await verify("edited.jsonl");
    expect(edited.code).toBe(3);
    expect(edited.stdout).toContain("step passwords, is changed");
  });

  it("refuses a ceremony that nobody attends", () => {
    runYinxin(["ceremony", "new", "--template", "first-keys", "-o", at("first.json")]);
    const run = runYinxin(["ceremony", "run", at("first.json"), "--transcript", at("first.jsonl")]);
    expect([run.code, run.stderr.includes("nobody-there")]).toEqual([5, true]);
  });

  toolTest(
    ["expect"],
    "asks people at a terminal, takes a deviation, and ends with the digest in words",
    () => {
      const small = {
        type: "yinxin-ceremony-script",
        name: "small",
        title: { zh: "小", en: "small" },
        participants: [{ id: "leader", role: { zh: "主持", en: "leader" } }],
        variables: [],
        steps: [
          {
            id: "version",
            title: { zh: "版", en: "version" },
            reader: "leader",
            text: { zh: "读", en: "read it" },
            command: ["--version"],
            initials: ["leader"],
          },
          {
            id: "net",
            title: { zh: "网", en: "net" },
            reader: "leader",
            text: { zh: "看", en: "look" },
            confirm: { zh: "无", en: "no network" },
            initials: [],
          },
        ],
      };
      writeFileSync(at("small.json"), JSON.stringify(small));
      const { program, args, environment } = yinxinCommand([
        "ceremony",
        "run",
        at("small.json"),
        "--transcript",
        at("small.jsonl"),
      ]);
      const script = `set timeout 20
spawn ${[program, ...args].map((word) => `{${word}}`).join(" ")}
expect "leader:" { send "Li Qiang\\r" }
expect "Enter runs it" { send "\\r" }
expect "initials:" { send "LQ\\r" }
expect "no network" { send "yes\\r" }
expect "once more" 
expect "no network" { send "!\\r" }
expect "otherwise" { send "a cable was found\\r" }
expect "sm3:"
expect eof
exit [lindex [wait] 3]`;
      const run = spawnSync("expect", ["-c", script], {
        encoding: "utf8",
        env: { ...environment, TERM: "dumb", NO_COLOR: "1" },
      });
      expect(run.status, run.stdout).toBe(0);
      const transcript = readFileSync(at("small.jsonl"), "utf8");
      expect(transcript).toContain('"text":"a cable was found"');
      expect(transcript).toContain('"initials":"LQ"');
      expect(run.stdout).not.toContain("\u001b[3");
    },
  );
});
