import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { toolTest } from "../../../../scripts/testing/tools.ts";
import { commands } from "../commands.ts";
import { createTestTerminal } from "../../test/test-terminal.ts";
import { rememberPurposes } from "../deployment/index.ts";
import { completionCommand } from "./completion-command.ts";
import { completionTable } from "./completion-table.ts";
import { renderCompletion, shells } from "./render-completion.ts";

const command = completionCommand(commands);
const folder = mkdtempSync(join(tmpdir(), "yinxin-completion-"));
const environment = { XDG_CACHE_HOME: folder, PATH: process.env["PATH"] ?? "", HOME: folder };
const script = (shell: string): string => join(folder, `completion.${shell}`);

beforeAll(async () => {
  for (const shell of shells) {
    const terminal = createTestTerminal();
    await command.run([shell], terminal);
    writeFileSync(script(shell), terminal.printed());
  }
  const purposes = ["seal.maker", "sso.token", "seal.owner.seal_7", "$(touch broken)", "a b"];
  await rememberPurposes(purposes, createTestTerminal({ environment }));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function run(shell: string, line: string): string[] {
  const ended = spawnSync(shell, ["-c", line], { encoding: "utf8", env: environment, cwd: folder });
  expect(ended.stderr).toBe("");
  return ended.stdout.split(/\s+/).filter(Boolean);
}

/** What a shell offers after these words, the last of which is being typed. */
const completions: Record<string, (words: readonly string[]) => string[]> = {
  bash: (words) =>
    run(
      "bash",
      `. ${script("bash")}; COMP_WORDS=(yinxin ${quoted(words)}); COMP_CWORD=${String(words.length)}; _yinxin; echo "\${COMPREPLY[@]}"`,
    ),
  // compadd is told everything and chooses itself; it works in the line editor only.
  zsh: (words) =>
    run(
      "zsh",
      `compdef() { : }; _files() { : }; compadd() { shift; print -l -- "\${(M)@:#\${words[CURRENT]}*}" }
       . ${script("zsh")}; words=(yinxin ${quoted(words)}); CURRENT=${String(words.length + 1)}; _yinxin`,
    ),
  fish: (words) =>
    run(
      "fish",
      `source ${script("fish")}; complete -C "yinxin ${words.join(" ")}" | string replace -r "\\t.*" ""`,
    ),
};

/** Every source of a command. */
function sources(folder = join(import.meta.dirname, "..")): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts") ? [readFileSync(path, "utf8")] : [];
  });
}

/** What bash and zsh offer as options of a command. */
function posixLine(text: string, name: string): string | undefined {
  const [, options = ""] = text.split("_yinxin_options() {");
  return options.split("\n").find((line) => line.startsWith(`    "${name}") echo `));
}

/** What fish is told of a command. */
function fishLines(text: string, name: string): string {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`complete -c yinxin -n '__yinxin_begins ${name}' `))
    .join("\n");
}

/** Words that fish offers behind others. */
function fishWords(text: string, before: string): string {
  const condition = `'__yinxin_is${before === "" ? "" : ` ${before}`}'`;
  return text
    .split("\n")
    .filter((line) => line.includes(condition))
    .join("\n");
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(" ");
}

describe.each(Object.entries(completions))("completion in %s", (shell, complete) => {
  toolTest([shell], "knows commands, options and purposes", () => {
    expect(complete(["comp"])).toEqual(["completion"]);
    expect(complete(["keys", "prob"])).toEqual(["probe"]);
    expect(complete(["--as", "keys", "keys", "prob"])).toEqual(["probe"]);
    expect(complete(["keys", "generate", "--lab"])).toEqual(["--label"]);
    expect(complete(["verify", "--tru"])).toEqual(["--trust"]);
    expect(complete(["keys", "show", "se"]).sort()).toEqual(["seal.maker", "seal.owner.seal_7"]);
  });
});

describe("completion", () => {
  it("has every command of the table, each with options of its help", async () => {
    const table = await completionTable(commands, "en");
    expect(table.map(({ name }) => name)).toEqual(commands.map(({ name }) => name));
    expect(table.find(({ name }) => name === "verify")?.options.map(({ name }) => name)).toContain(
      "--policy",
    );
    const trust = table.find(({ name }) => name === "verify")?.options.find(({ name }) => name === "--trust");
    expect(trust?.takesValue).toBe(true);
  });

  it("has every option that a command takes: what its help explains, and the sources name no other", async () => {
    const table = await completionTable(commands, "en");
    expect(table.filter(({ options }) => options.length === 0).map(({ name }) => name)).toEqual([
      "completion",
    ]);
    const known = new Set(table.flatMap(({ options }) => options.map(({ name }) => name)));
    // `name: { type: "string"` in a table of options, wherever one stands.
    const option = /^ +"?([a-z][a-z0-9-]*)"?: \{\s*type: "(?:string|boolean)"/gm;
    const taken = sources().flatMap((text) => Array.from(text.matchAll(option), ([, name = ""]) => name));
    expect(taken.length).toBeGreaterThan(100);
    expect([...new Set(taken)].filter((name) => !known.has(`--${name}`))).toEqual([]);
  });

  it.each(shells)("offers every command and every option of each in %s", async (shell) => {
    const table = await completionTable(commands, "en");
    const text = renderCompletion(shell, table);
    for (const { name, options } of table) {
      const [group = "", verb] = name.split(" ");
      const offered = shell === "fish" ? fishLines(text, name) : (posixLine(text, name) ?? "");
      for (const option of options)
        expect(offered, `${name} ${option.name}`).toMatch(
          new RegExp(shell === "fish" ? ` -l ${option.name.slice(2)}( |$)` : `[ "]${option.name}[ "]`, "m"),
        );
      const words = shell === "fish" ? fishWords(text, verb === undefined ? "" : group) : text;
      expect(words).toMatch(new RegExp(`[ "]${verb ?? group}[ "]`));
    }
  });

  it("holds no name that a shell would read as anything else", async () => {
    const table = await completionTable(commands, "zh");
    const names = table.flatMap(({ name, options }) => [name, ...options.map((option) => option.name)]);
    expect(names.filter((name) => !/^[a-z0-9 -]+$/.test(name))).toEqual([]);
    for (const shell of shells) expect(renderCompletion(shell, table)).toContain("yinxin");
  });

  it("remembers only purposes that are plain words, and needs no folder", async () => {
    mkdirSync(join(folder, "none"));
    await rememberPurposes(["a"], createTestTerminal({ environment: {} }));
    await rememberPurposes(["a"], createTestTerminal({ environment: { XDG_CACHE_HOME: "/dev/null" } }));
    expect(run("bash", 'cat "$XDG_CACHE_HOME/yinxin/purposes"').sort()).toEqual([
      "seal.maker",
      "seal.owner.seal_7",
      "sso.token",
    ]);
  });

  it("asks which shell, and says what may have been meant", async () => {
    await expect(command.run(["zhs"], createTestTerminal())).rejects.toThrow("Did you mean zsh?");
    await expect(command.run([], createTestTerminal())).rejects.toThrow("Name a shell");
  });
});
