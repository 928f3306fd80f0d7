import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { runYinxin, yinxinCommand } from "./run-yinxin.ts";

const folder = mkdtempSync(join(tmpdir(), "yinxin-interrupted-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const at = (name: string): string => join(folder, name);

/** Runs the command line at a terminal of its own, and types. */
function atTerminal(args: readonly string[], typing: string): { code: number | null; screen: string } {
  const command = yinxinCommand(args);
  const script = `set timeout 30
spawn ${[command.program, ...command.args].map((word) => `{${word}}`).join(" ")}
${typing}
expect eof
exit [lindex [wait] 3]`;
  const run = spawnSync("expect", ["-c", script], {
    encoding: "utf8",
    env: { ...command.environment, TERM: "dumb", NO_COLOR: "1" },
  });
  return { code: run.status, screen: run.stdout };
}

const inFolder = `file:${at("keys")}`;
const script = {
  type: "yinxin-ceremony-script",
  name: "small",
  title: { zh: "小", en: "small" },
  participants: [{ id: "leader", role: { zh: "主持人", en: "leader" } }],
  variables: [],
  steps: [
    {
      id: "make",
      title: { zh: "密钥", en: "key" },
      reader: "leader",
      text: { zh: "读", en: "read it" },
      command: ["keys", "generate", "--store", inFolder, "--label", "made", "--algorithm", "SM2"],
      initials: [],
    },
  ],
};

describe("Ctrl-C at a question", () => {
  beforeAll(() => {
    writeFileSync(at("pin"), "correct horse battery staple");
    chmodSync(at("pin"), 0o400);
    const own = ["--store", inFolder, "--pin-file", at("pin")];
    const made = runYinxin(["keys", "generate", ...own, "--label", "kept", "--algorithm", "SM2"]);
    expect(made.code, made.stderr).toBe(0);
    writeFileSync(at("script.json"), JSON.stringify(script));
  });

  toolTest(["expect"], "runs no command of a ceremony, which goes on at the same step", () => {
    const args = ["ceremony", "run", at("script.json"), "--transcript", at("transcript.jsonl")];
    const broken = atTerminal(
      args,
      String.raw`expect "leader:" { send "Li Qiang\r" }
expect "Enter runs it" { send "\003" }`,
    );
    expect([broken.code, broken.screen]).toEqual([130, expect.stringContaining("interrupted")]);
    expect(broken.screen).toContain("goes on where it was");
    expect(readFileSync(at("transcript.jsonl"), "utf8")).not.toContain('"kind":"command"');

    // The command itself asks for the PIN: what is broken off there ends the ceremony too.
    const inside = atTerminal(
      args,
      String.raw`expect "Enter runs it" { send "\r" }
expect "PIN or passphrase" { send "\003" }`,
    );
    expect(inside.code, inside.screen).toBe(130);
    expect(existsSync(at("keys/made.key"))).toBe(false);

    const whole = atTerminal(
      args,
      String.raw`expect "Enter runs it" { send "\r" }
expect "PIN or passphrase" { send "correct horse battery staple\r" }
expect "sm3:"`,
    );
    expect(whole.code, whole.screen).toBe(0);
    expect(readFileSync(at("transcript.jsonl"), "utf8")).toContain('"kind":"end"');
  });

  toolTest(["expect"], "ends with 130 where a PIN or a name was asked for, with nothing done", () => {
    const pin = atTerminal(
      ["keys", "list", "--store", inFolder],
      String.raw`expect "PIN or passphrase" { send "corr\003" }`,
    );
    expect([pin.code, pin.screen]).toEqual([130, expect.stringContaining("interrupted")]);
    const name = atTerminal(
      ["keys", "destroy", "file:kept", "--store", inFolder, "--pin-file", at("pin")],
      String.raw`expect "to confirm" { send "kept\003" }`,
    );
    expect([name.code, name.screen]).toEqual([130, expect.stringContaining("interrupted")]);
    const left = runYinxin(["keys", "list", "--store", inFolder, "--pin-file", at("pin")]);
    expect(left.stdout).toContain("kept");
  });
});
