/**
 * Feeds changed inputs to everything that reads bytes from outside. What a parser refuses with another error than its
 * own, or reads for longer than two seconds, is written to fixtures/corpus, where `npm test` replays it for ever.
 *
 *   npm run fuzz -- [--seconds N] [--parser NAME]… [--seed N]
 *
 * Afterwards the property tests run a hundred times longer than usual, unless `--no-properties` is given.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { diceOf, mutated } from "../crypto/testing/fuzz/mutate.ts";
import { fuzzedParsers } from "../crypto/testing/fuzz/parsers.ts";
import type { FuzzedParser } from "../crypto/testing/fuzz/parsers.ts";
import { seedsOf } from "../crypto/testing/fuzz/seeds.ts";

const corpus = join(import.meta.dirname, "../fixtures/corpus");
const longestMilliseconds = 2000;
/** Beyond this an input costs more than it can find. */
const longestInput = 512 * 1024;

interface Found {
  readonly input: Uint8Array;
  readonly what: string;
}

/** What is wrong with how the parser took the input; undefined if nothing is. */
function complaintOf(parser: FuzzedParser, input: Uint8Array): string | undefined {
  const started = performance.now();
  try {
    parser.parse(input);
  } catch (cause) {
    if (!parser.refusals.some((refusal) => cause instanceof refusal)) {
      return `refused with ${cause instanceof Error ? `${cause.name}: ${cause.message}` : "no error"}`;
    }
  }
  const took = performance.now() - started;
  return took > longestMilliseconds ? `took ${took.toFixed(0)} ms` : undefined;
}

function fuzz(parser: FuzzedParser, seconds: number, seed: number): { tries: number; found: Found[] } {
  const dice = diceOf(seed);
  const inputs = seedsOf(parser.name);
  const found: Found[] = [];
  let tries = 0;
  for (const end = performance.now() + seconds * 1000; performance.now() < end; tries += 1) {
    const base = inputs[dice(inputs.length)] ?? new Uint8Array();
    const input = mutated(base, dice, inputs[dice(inputs.length)] ?? base);
    if (input.length > longestInput) continue;
    const what = complaintOf(parser, input);
    if (what !== undefined) found.push({ input, what });
    // What is read, or fails far inside, is worth changing further; a coin keeps the collection small.
    if (inputs.length < 200 && dice(500) === 0) inputs.push(input);
  }
  return { tries, found };
}

function keep({ name }: FuzzedParser, found: readonly Found[]): void {
  const folder = join(corpus, name);
  const kept = new Set<string>();
  for (const { input, what } of found) {
    // One input for one complaint: the first is as good as the thousandth.
    if (kept.has(what)) continue;
    kept.add(what);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${createHash("sha256").update(input).digest("hex").slice(0, 16)}.bin`);
    writeFileSync(file, input);
    console.error(`${name}: ${what}\n  ${file}`);
  }
}

function main(): number {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "60" },
      seed: { type: "string", default: String(1 + (process.pid % 0x7fff_ffff)) },
      parser: { type: "string", multiple: true },
      properties: { type: "boolean", default: true },
    },
    allowNegative: true,
  });
  const chosen = fuzzedParsers.filter(({ name }) => values.parser?.includes(name) ?? true);
  const seconds = Number(values.seconds);
  if (chosen.length === 0 || !(seconds > 0) || !(Number(values.seed) > 0)) {
    console.error(
      `usage: npm run fuzz -- [--seconds N] [--seed N] [--no-properties] [--parser ${fuzzedParsers.map(({ name }) => name).join("|")}]…`,
    );
    return 2;
  }
  let complaints = 0;
  for (const parser of chosen) {
    const { tries, found } = fuzz(parser, seconds / chosen.length, Number(values.seed));
    console.log(
      `${parser.name}: ${String(tries)} inputs, ${String(found.length)} complaints (seed ${values.seed})`,
    );
    keep(parser, found);
    complaints += found.length;
  }
  if (values.properties) {
    const run = spawnSync("npx", ["--no-install", "vitest", "run", "property.test"], {
      stdio: "inherit",
      env: { ...process.env, YINXIN_FUZZ_FACTOR: "100" },
    });
    if (run.status !== 0) complaints += 1;
  }
  if (existsSync(corpus)) {
    const files = readdirSync(corpus, { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(".bin"),
    );
    console.log(`fixtures/corpus holds ${String(files.length)} inputs`);
  }
  return complaints === 0 ? 0 : 1;
}

process.exitCode = main();
