import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs the quick-start blocks of the README in a fresh clone of HEAD, as a newcomer would, and compares what they print.
 *
 * A block is fenced as `console`; a line `$ …` is a command, the lines after it are its output (both streams). In them `…`
 * stands for any characters, and a line that is only `…` for any number of lines.
 *
 * With `--installed` the clone gets the packages that are installed here and `npm ci` is not run: for the CI, which begins
 * with that command, on a clean clone of the same commit.
 */
const repository = join(import.meta.dirname, "..");

export interface Step {
  readonly command: string;
  readonly expected: readonly string[];
}

/** The commands of all console blocks, in order. */
export function stepsOf(markdown: string): Step[] {
  const steps: { command: string; expected: string[] }[] = [];
  for (const [, block = ""] of markdown.matchAll(/^```console\n([^]*?)^```$/gm)) {
    for (const line of block.trimEnd().split("\n")) {
      if (line.startsWith("$ ")) steps.push({ command: line.slice(2), expected: [] });
      else steps.at(-1)?.expected.push(line);
    }
  }
  return steps;
}

/** Whether the output is what the README shows. */
export function isAsShown(expected: readonly string[], output: string): boolean {
  const pattern = expected
    .map((line) =>
      line.trim() === "…" ? "(?:.*\n)*?" : `${line.split("…").map(escapePattern).join(".*")}\n`,
    )
    .join("");
  return new RegExp(`^${pattern}$`, "u").test(
    output === "" || output.endsWith("\n") ? output : `${output}\n`,
  );
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

function main(): number {
  const clone = mkdtempSync(join(tmpdir(), "yinxin-readme-"));
  try {
    spawnSync("git", ["clone", "--quiet", repository, clone], { stdio: "inherit" });
    if (process.argv.includes("--installed")) takeInstalled(clone);
    let failed = 0;
    for (const readme of ["README.md", "README.zh-CN.md"]) {
      const steps = stepsOf(readFileSync(join(clone, readme), "utf8"));
      if (steps.length === 0) throw new Error(`${readme} has no console block`);
      for (const step of steps) failed += runStep(step, clone) ? 0 : 1;
    }
    return failed;
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
}

/** Links to the same files, which takes a second, where the file system can; copies, which takes a minute, elsewhere. */
function takeInstalled(clone: string): void {
  const [here, there] = [repository, clone].map((root) =>
    readFileSync(join(root, "package-lock.json"), "utf8"),
  );
  if (here !== there) throw new Error("package-lock.json is not the committed one: run without --installed");
  const from = join(repository, "node_modules");
  const to = join(clone, "node_modules");
  // Other runs may be writing what they keep there.
  const packages = readdirSync(from).filter((name) => !/^\.(cache|vite)/.test(name));
  const put = (...flags: string[]): boolean => {
    mkdirSync(to);
    return spawnSync("cp", ["-a", ...flags, "-t", to, ...packages], { cwd: from }).status === 0;
  };
  if (!put("--link")) {
    rmSync(to, { recursive: true, force: true });
    if (!put()) throw new Error("node_modules cannot be copied");
  }
  done.add(install);
}

const install = "npm ci";
const done = new Set<string>();

function runStep({ command, expected }: Step, clone: string): boolean {
  // Both READMEs begin with the same install; a second one would prove nothing and take minutes.
  if (command === install && done.has(command)) return true;
  done.add(command);
  const started = performance.now();
  const run = spawnSync("bash", ["-c", `${command} 2>&1`], {
    cwd: clone,
    encoding: "utf8",
    env: { ...process.env, LANG: "C.UTF-8", LC_ALL: undefined, LC_MESSAGES: undefined },
    timeout: 600_000,
  });
  // What npm remarks about the machine it runs on is not the project's output.
  const output = run.stdout.replaceAll(/^npm (?:warn|notice).*\n/gm, "");
  const isRight = isAsShown(expected, output);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${isRight ? "ok  " : "FAIL"} ${seconds}s  $ ${command}\n`);
  if (!isRight)
    process.stdout.write(`--- the README shows\n${expected.join("\n")}\n--- it prints\n${output}\n`);
  return isRight;
}

if (process.argv[1] === import.meta.filename) process.exitCode = main() === 0 ? 0 : 1;
