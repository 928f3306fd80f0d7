/**
 * Feeds changed inputs to everything that reads bytes from outside. What a parser refuses with another error than its
 * own, or reads for longer than two seconds, is written to fixtures/corpus, where `npm test` replays it for ever.
 *
 *   npm run fuzz -- [--seconds N] [--parser NAME]… [--seed N] [--factor N] [--no-properties]
 *
 * Afterwards every property of the suite is tried a hundred times as often as usual, or `--factor` times, unless
 * `--no-properties` is given or parsers are named.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { diceOf } from "../crypto/testing/fuzz/dice.ts";
import type { FuzzedParser } from "../crypto/testing/fuzz/fuzzed-parser.ts";
import { mutated } from "../crypto/testing/fuzz/mutate.ts";
import { complaintAbout, fuzzedParsers } from "../crypto/testing/fuzz/parsers.ts";
import { seedsOf } from "../crypto/testing/fuzz/seeds.ts";

const root = join(import.meta.dirname, "..");
const corpus = join(root, "fixtures/corpus");
const longestMilliseconds = 2000;
/** Beyond this an input costs more than it can find. */
const longestInput = 512 * 1024;

interface Found {
  readonly input: Uint8Array;
  readonly what: string;
}

/** What is wrong with how the parser took the input, or how long; undefined if nothing is. */
async function complaintOf(parser: FuzzedParser, input: Uint8Array): Promise<string | undefined> {
  const started = performance.now();
  const complaint = await complaintAbout(parser, input);
  const took = performance.now() - started;
  return complaint ?? (took > longestMilliseconds ? `took ${took.toFixed(0)} ms` : undefined);
}

async function fuzz(
  parser: FuzzedParser,
  seconds: number,
  seed: number,
): Promise<{ tries: number; found: Found[] }> {
  const dice = diceOf(seed);
  const inputs = await seedsOf(parser.name);
  const most = inputs.length + 200;
  const found: Found[] = [];
  let tries = 0;
  for (const end = performance.now() + seconds * 1000; performance.now() < end; tries += 1) {
    const base = inputs[dice(inputs.length)] ?? new Uint8Array();
    const input = mutated(base, dice, inputs[dice(inputs.length)] ?? base);
    if (input.length > longestInput) continue;
    const what = await complaintOf(parser, input);
    if (what !== undefined) found.push({ input, what });
    // What is read, or fails far inside, is worth changing further; a coin keeps the collection small.
    if (inputs.length < most && dice(500) === 0) inputs.push(input);
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

/** Tests whose properties are lengthened, those of the engines among them, which are written once for all. */
function propertyTests(): string[] {
  return ["crypto", "services", "hsm-adapters", "scripts"]
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) =>
        join(folder, path),
      ),
    )
    .filter((path) => path.endsWith(".test.ts") && !path.includes("node_modules"))
    .filter((path) => /fuzzRuns\(|describeEngine\(/.test(readFileSync(join(root, path), "utf8")));
}

/** Whether every property holds, tried so many times as often as usual. */
function tryProperties(factor: string): boolean {
  // Minutes are what a property may take here, and no failure.
  const run = spawnSync("npx", ["--no-install", "vitest", "run", "--testTimeout=0", ...propertyTests()], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, YINXIN_FUZZ_FACTOR: factor },
  });
  return run.status === 0;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "60" },
      seed: { type: "string", default: String(1 + (process.pid % 0x7fff_ffff)) },
      parser: { type: "string", multiple: true },
      factor: { type: "string", default: "100" },
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
    const { tries, found } = await fuzz(parser, seconds / chosen.length, Number(values.seed));
    console.log(
      `${parser.name}: ${String(tries)} inputs, ${String(found.length)} complaints (seed ${values.seed})`,
    );
    keep(parser, found);
    complaints += found.length;
  }
  const wantsProperties = values.properties && values.parser === undefined;
  if (wantsProperties && !tryProperties(values.factor)) complaints += 1;
  if (existsSync(corpus)) {
    const files = readdirSync(corpus, { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(".bin"),
    );
    console.log(`fixtures/corpus holds ${String(files.length)} inputs`);
  }
  return complaints === 0 ? 0 : 1;
}

process.exitCode = await main();
