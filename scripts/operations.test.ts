import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { consoleSteps } from "./testing/console-blocks.ts";
import { walkOperations } from "./walk-operations.ts";

/** What only people with cards can do. Each is a promise that nothing tests, so the list is short and complete. */
const knownByHand = [
  "yinxin ceremony run first-keys.json --transcript first-keys.jsonl",
  'yinxin keys compromise seal.audit --since 1d --reason "the host was broken into" --confirm seal.audit',
  "yinxin keys compromise seal.audit --apply chg_… --wait --yes",
  'yinxin audit replace-key seal.audit --reason "the host was broken into"',
  "yinxin audit replace-key seal.audit --apply chg_…",
  "yinxin approvals show chg_… --output replaced.json",
  "yinxin audit trust --replace-key replaced.json > yinxin-trust.new.json",
  "yinxin audit trust --replace-key replaced.json --in witnessed-logs.json > witnessed-logs.new.json",
  "yinxin audit verify --trust yinxin-trust.new.json",
  'yinxin clients suspend seal --reason "its key was stolen" --confirm seal',
  "yinxin plans show plan_…",
  'yinxin clients replace-key seal --public-key MFkw… --reason "its key was stolen"',
  "yinxin clients replace-key seal --apply chg_…",
];

describe("docs/operations.md", () => {
  // A minute and a half on a quiet machine; a busy one takes several times as long for a hundred processes.
  it("shows commands that all do what it says, in this order", { timeout: 900_000 }, async () => {
    const { walked, byHand } = await walkOperations(({ problem }) => problem === undefined);
    const wrong = walked.at(-1);
    expect(
      wrong?.problem,
      `line ${String(wrong?.step.line)}: $ ${wrong?.command ?? ""}\n--- it shows\n${wrong?.expected.join("\n") ?? ""}\n--- it prints\n${wrong?.output ?? ""}\n--- the suite said last\n${wrong?.demo ?? "nothing"}`,
    ).toBeUndefined();
    process.stdout.write(
      `docs/operations.md: ${String(walked.length)} commands run, ${String(byHand.length)} by hand:\n${byHand.map(({ command, byHand: why = "" }) => `  ${command} (${why})\n`).join("")}`,
    );
    expect(byHand.map(({ command }) => command)).toEqual(knownByHand);
  });

  it("hides no command in a block that nobody runs", () => {
    const guide = readFileSync(join(import.meta.dirname, "../docs/operations.md"), "utf8");
    const infos = [...guide.matchAll(/^```(.+)$/gm)].map(([, info = ""]) => info);
    expect(infos.filter((info) => !/^(console( by hand: .+)?|json|sql)$/.test(info))).toEqual([]);
    expect(consoleSteps(guide).length).toBeGreaterThan(80);
  });
});

describe("consoleSteps", () => {
  it("reads commands, their further lines, their output, and why nobody runs them", () => {
    const guide = [
      "## A section",
      "```console",
      "$ cat <<EOF",
      "> text",
      "> EOF",
      "text",
      "$ true",
      "```",
      "```json",
      "$ not a command",
      "```",
      "```console by hand: a card",
      "$ sign",
      "```",
    ];
    expect(consoleSteps(guide.join("\n"))).toEqual([
      { line: 3, section: "A section", command: "cat <<EOF\ntext\nEOF", expected: ["text"] },
      { line: 7, section: "A section", command: "true", expected: [] },
      { line: 13, section: "A section", command: "sign", expected: [], byHand: "a card" },
    ]);
  });

  it("refuses output that belongs to no command", () => {
    expect(() => consoleSteps("```console\ntext\n```")).toThrow("line 2 belongs to no command");
  });
});
