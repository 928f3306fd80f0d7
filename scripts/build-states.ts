import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { keyStateNames, keyStates } from "@yinxin/service-kit/key-rings";
import type { KeyLeaving, KeyStateRow } from "@yinxin/service-kit/key-rings";

const repository = join(import.meta.dirname, "..");
const statesFile = "docs/states.md";

const intro = `# States

Generated from the tables in the code; \`npx tsx --conditions=@yinxin/source scripts/build-states.ts\` writes it again.

## A version of a key ring · 密钥版本

One table, \`keyStates\` in \`services/kit/src/key-rings\`, says what the code does, what the database accepts, and this page.
A version moves by a compare-and-swap on its state, and each move is the audit event \`key.moved\`. _Persons_ are the
different officers who must have agreed: the running system needs none, one stops, two start or end something. The sealed
emergency key stands for all of them, with an alarm until two persons have reviewed it.
`;

/** `docs/states.md`: its path in the repository and its text. */
export function statesDocuments(): [path: string, text: string][] {
  const parts = [intro, diagram(), stateTable(), moveTable()];
  return [[statesFile, parts.join("\n")]];
}

function rowOf(name: (typeof keyStateNames)[number]): KeyStateRow {
  return keyStates[name];
}

function diagram(): string {
  const edges = keyStateNames.flatMap((from) =>
    Object.entries(rowOf(from).leavesTo).map(
      ([to, leaving]) => `    ${idOf(from)} --> ${idOf(to)}: ${personsOf(leaving)}`,
    ),
  );
  const names = keyStateNames.map((name) => `    state "${name} ${rowOf(name).title.zh}" as ${idOf(name)}`);
  return ["```mermaid", "stateDiagram-v2", ...names, "    [*] --> requested", ...edges, "```", ""].join("\n");
}

function idOf(name: string): string {
  return name.replaceAll("-", "_");
}

function personsOf({ persons, personsForFirst }: KeyLeaving): string {
  return personsForFirst === undefined
    ? String(persons)
    : `${String(persons)} (first version: ${String(personsForFirst)})`;
}

function stateTable(): string {
  return table(
    ["state", "状态", "signs", "verifies", "entered by"],
    keyStateNames.map((name) => {
      const { title, signs, verifies, entry } = rowOf(name);
      return [name, title.zh, signs, verifies, entry];
    }),
  );
}

function moveTable(): string {
  return table(
    ["from", "to", "persons", "why"],
    keyStateNames.flatMap((from) =>
      Object.entries(rowOf(from).leavesTo).map(([to, leaving]) => [
        from,
        to,
        personsOf(leaving),
        leaving.why,
      ]),
    ),
  );
}

/** Columns as wide as their widest cell, as prettier writes them: a Chinese character takes two. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((row) => widthOf(row[column] ?? ""))),
  );
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => pad(row[column] ?? "", width)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line), ""].join("\n");
}

function widthOf(text: string): number {
  return text.length + (text.match(/\p{Script=Han}/gu)?.length ?? 0);
}

function pad(text: string, width: number): string {
  return text + " ".repeat(width - widthOf(text));
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, text] of statesDocuments()) writeFileSync(join(repository, path), text);
}
