import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from "node:fs";
import { basename, join } from "node:path";

const root = join(import.meta.dirname, "../..");
const cache = join(root, "node_modules/.cache/yinxin/fixtures");
const arithmetic = join(import.meta.dirname, "gm-arithmetic");
const curve = join(root, "crypto/native/src");
const curveSources = ["nonce.c", "processor.c", "sm2-fast.c", "sm2-portable.c"];

// Warnings are no errors here: each compiler warns of something else, and a fixture has to compile with all of them.
const flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Wno-unused-function"];
const sharedFlags = [...flags, "-fPIC", "-fvisibility=hidden", "-pthread", `-I${arithmetic}`, `-I${curve}`];

/**
 * Compiles a C fixture with the machine's `cc` into a shared library and says where it is. The file is named after everything that
 * went into it, so a second call finds it, and processes that compile the same at once end with the same.
 *
 * @param folder whose C files are compiled, with the SM2 curve of the native engine beside them.
 * @throws Error with the compiler's words.
 */
export function compileFixture(folder: string, definitions: readonly string[]): string {
  mkdirSync(cache, { recursive: true });
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith(".c"))
    .sort()
    .map((name) => join(folder, name));
  const headers = [folder, arithmetic].flatMap((each) => filesOf(each, ".h"));
  const objects = curveSources.map((name) =>
    compileOnce([join(curve, name), ...filesOf(curve, ".h")], [], ".o"),
  );
  return compileOnce([...sources, ...headers, ...objects], [...definitions, "-shared"], ".so");
}

function filesOf(folder: string, ending: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));
}

/** Compiles all inputs but the headers, which only go into the name. */
function compileOnce(
  inputs: readonly string[],
  definitions: readonly string[],
  ending: ".o" | ".so",
): string {
  const hash = createHash("sha256").update(JSON.stringify([sharedFlags.slice(0, -2), definitions, ending]));
  for (const input of inputs) hash.update(basename(input)).update(readFileSync(input));
  const output = join(cache, `${hash.digest("hex").slice(0, 24)}${ending}`);
  if (existsSync(output)) return output;
  const unfinished = `${output}.${String(process.pid)}.${String(performance.now())}`;
  const compiled = inputs.filter((input) => !input.endsWith(".h"));
  execFileSync(
    "cc",
    [...sharedFlags, ...definitions, ...(ending === ".o" ? ["-c"] : []), ...compiled, "-o", unfinished],
    { stdio: ["ignore", "inherit", "pipe"] },
  );
  renameSync(unfinished, output);
  return output;
}
