import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { commands, findCommand } from "../src/commands.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Sources and pages that tell people what to type. */
function filesIn(folder: string, endings: readonly string[]): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesIn(path, endings);
    return endings.some((ending) => entry.name.endsWith(ending)) && !entry.name.includes(".test.")
      ? [path]
      : [];
  });
}

/** `yinxin` and the words behind it, in a sentence of either language. */
const mention =
  /(?:npx |\$ |:|：|→ |用 |运行 |run |`|"|，|with )\s?yinxin ((?:[a-z][a-z0-9-]*)(?: [a-z][a-z0-9-]*)?)/g;

/** Words that stand where a command could, in sentences about yinxin itself. */
const globalWords = new Set(["help"]);
/** What keys sign to be tried, which is no command. */
const phrases = new Set(["key self-test"]);

function unknownIn(path: string): string[] {
  const text = readFileSync(join(root, path), "utf8");
  return [...text.matchAll(mention)].flatMap(([, words = ""]) => {
    const [first = ""] = words.split(" ");
    if (globalWords.has(first) || phrases.has(words)) return [];
    return findCommand(words.split(" ")) === undefined && !isGroupOf(first, words)
      ? [`${path}: yinxin ${words}`]
      : [];
  });
}

/** A whole group is meant: `yinxin keys`, `yinxin approvals`. */
function isGroupOf(first: string, words: string): boolean {
  return words === first && commands.some(({ name }) => name.startsWith(`${first} `));
}

describe("what people are told to type", () => {
  const sources = ["services", "hsm-adapters", "crypto"].flatMap((folder) => filesIn(folder, [".ts"]));
  const pages = [...filesIn("docs", [".md"]), "README.md", "services/cli/README.md"];

  it("is a command that there is, in every hint of a problem", () => {
    const hints = sources.filter((path) =>
      /problems|error-texts|rotations|approval|ceremony|officer/.test(path),
    );
    expect(hints.length).toBeGreaterThan(20);
    expect(hints.flatMap(unknownIn)).toEqual([]);
  });

  it("is a command that there is, in every page", () => {
    expect(pages.flatMap(unknownIn)).toEqual([]);
  });

  it("is found where it is told: the test reads something", () => {
    const told = sources.flatMap((path) => [...readFileSync(join(root, path), "utf8").matchAll(mention)]);
    expect(told.length).toBeGreaterThan(40);
  });
});
