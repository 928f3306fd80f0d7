import { randomInt } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { adapterPrograms } from "../hsm-adapters/testing/adapter-programs.ts";
import { bundlePrograms } from "./bundle-programs.ts";
import { isAsShown } from "./check-readme.ts";
import { defaultPortBase } from "./demo/options.ts";
import { findFreePortBase } from "./demo/layout.ts";
import { consoleSteps } from "./testing/console-blocks.ts";
import type { ConsoleStep } from "./testing/console-blocks.ts";
import { startShell } from "./testing/shell-session.ts";

/**
 * Walks docs/operations.md: runs its commands one after another in one shell, against the suite that the first of them
 * starts, and compares what they print. `npx tsx --conditions=@yinxin/source scripts/walk-operations.ts [--keep]` shows all of it.
 */
const repository = join(import.meta.dirname, "..");
const guide = join(repository, "docs/operations.md");

export interface WalkedStep {
  readonly step: ConsoleStep;
  /** What was really typed: ids and ports filled in. */
  readonly command: string;
  readonly expected: readonly string[];
  readonly output: string;
  readonly status: number;
  readonly milliseconds: number;
  /** Why it is not as the guide says. */
  readonly problem?: string;
  /** What the suite said last, if there is a problem and there was a suite. */
  readonly demo?: string;
}

export interface Walk {
  readonly walked: readonly WalkedStep[];
  /** Commands for people only. */
  readonly byHand: readonly ConsoleStep[];
}

/** @param onStep told of each command; if it gives false the walk ends there. */
export async function walkOperations(onStep: (walked: WalkedStep) => boolean): Promise<Walk> {
  const steps = consoleSteps(readFileSync(guide, "utf8"));
  const place = mkdtempSync(join(tmpdir(), "yinxin-operations-"));
  const session = startShell(await prepare(place));
  const fill = createFilling(await findFreePortBase(randomInt));
  const walked: WalkedStep[] = [];
  try {
    for (const [at, step] of steps.entries()) {
      if (step.byHand !== undefined) continue;
      const command = fill.command(step.command);
      const expected = step.expected.map((line) => fill.ports(line));
      const started = performance.now();
      const { output, status } = await session.run(command);
      fill.learn(output);
      const milliseconds = performance.now() - started;
      const problem = problemOf({ expected, output, status, next: steps[at + 1] });
      const demo = problem === undefined ? undefined : lastLines(join(place, "work"));
      const result = {
        step,
        command,
        expected,
        output,
        status,
        milliseconds,
        ...(problem !== undefined && { problem }),
        ...(demo !== undefined && { demo }),
      };
      walked.push(result);
      if (!onStep(result)) break;
    }
  } finally {
    await session.stop();
    rmSync(place, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }
  return { walked, byHand: steps.filter(({ byHand }) => byHand !== undefined) };
}

/** Of the suite that was started last. */
function lastLines(folder: string): string | undefined {
  const log = ["restored.log", "demo.log"].map((name) => join(folder, name)).find((file) => existsSync(file));
  return log && readFileSync(log, "utf8").split("\n").slice(-20).join("\n");
}

function problemOf({
  expected,
  output,
  status,
  next,
}: Pick<WalkedStep, "expected" | "output" | "status"> & { readonly next: ConsoleStep | undefined }):
  string | undefined {
  if (!isAsShown(expected, output)) return "it prints something else";
  // A guide that hides a failure would teach scripts to.
  if (status !== 0 && next?.command !== "echo $?")
    return `it ends with ${String(status)}, which the guide does not show`;
  return undefined;
}

/** A folder to work in, beside the source, and `yinxin` on the path. */
async function prepare(place: string) {
  const [folder, scratch, bin] = ["work", "scratch", "bin"].map((name) => join(place, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [folder, scratch, bin]) mkdirSync(each);
  symlinkSync(repository, join(place, "yinxin"));
  const {
    cli,
    "driver-host": driverHost,
    verifier,
  } = await bundlePrograms({ cli: "services/cli/src/main.ts", ...adapterPrograms });
  const program = [
    "#!/bin/sh",
    `export YINXIN_DRIVER_HOST='${driverHost}' YINXIN_VERIFIER='${verifier}'`,
    `exec '${process.execPath}' '${cli}' "$@"`,
    "",
  ];
  writeFileSync(join(bin, "yinxin"), program.join("\n"), { mode: 0o755 });
  const path = [bin, process.env["PATH"] ?? ""].join(delimiter);
  return { folder, scratch, environment: { PATH: path, HOME: place, LANG: "C.UTF-8" } };
}

/** Ids that a sentence of the guide cannot know: `chg_…` in a command is the last such id that was printed. */
const idKinds = ["chg", "plan"];

function createFilling(portBase: number) {
  const last = new Map<string, string>();
  const ports = (text: string): string =>
    text.replaceAll(/\b76\d\d\b/g, (port) => String(Number(port) - defaultPortBase + portBase));
  return {
    ports,
    command: (text: string): string =>
      ports(text).replaceAll(/\b([a-z]+)_…/g, (written, kind: string) => last.get(kind) ?? written),
    learn: (output: string): void => {
      for (const kind of idKinds)
        last.set(
          kind,
          [...output.matchAll(new RegExp(`\\b${kind}_[0-9a-f]{16,}`, "g"))].at(-1)?.[0] ??
            last.get(kind) ??
            `${kind}_…`,
        );
    },
  };
}

async function main(): Promise<number> {
  const keepsGoing = process.argv.includes("--keep");
  const { walked } = await walkOperations(
    ({ command, expected, output, status, milliseconds, problem, demo }) => {
      process.stdout.write(
        `\n$ ${command}    # ${(milliseconds / 1000).toFixed(1)} s, ${String(status)}\n${output}`,
      );
      if (problem !== undefined)
        process.stdout.write(
          `FAIL: ${problem}; the guide shows\n${expected.join("\n")}\nThe suite said\n${demo ?? "nothing"}\n`,
        );
      return problem === undefined || keepsGoing;
    },
  );
  const failed = walked.filter(({ problem }) => problem !== undefined);
  const seconds = walked.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000;
  process.stdout.write(
    `\n${String(walked.length)} commands, ${String(failed.length)} wrong, ${seconds.toFixed(0)} s\n`,
  );
  return failed.length === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main();
