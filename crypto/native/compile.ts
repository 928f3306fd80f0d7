import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const sources = join(import.meta.dirname, "src");

/** The C files of the addon; `addon.c` alone needs the headers of Node-API. */
export function nativeSources(): string[] {
  return readdirSync(sources)
    .filter((name) => name.endsWith(".c"))
    .sort()
    .map((name) => join(sources, name));
}

/**
 * Compiles the addon to `output` with the C compiler of the machine (`cc`, or the one named). The headers come from an
 * npm package, so nothing is downloaded, and no option names this machine's processor: the result runs on any of its
 * architecture.
 *
 * @throws Error with the compiler's words if it fails or is missing.
 */
export function compileNative(
  output: string,
  options: { compiler?: string; flags?: readonly string[] } = {},
): void {
  execFileSync(
    options.compiler ?? "cc",
    [
      ...["-std=c11", "-O3", "-Wall", "-Wextra", "-Werror", "-fPIC", "-fvisibility=hidden", "-pthread"],
      ...["-shared", ...(process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : [])],
      ...["-DNAPI_VERSION=8", `-I${headersOfNode()}`],
      ...(options.flags ?? []),
      ...nativeSources(),
      ...["-o", output],
    ],
    { stdio: ["ignore", "inherit", "pipe"] },
  );
}

function headersOfNode(): string {
  const { include_dir } = createRequire(import.meta.url)("node-api-headers") as { include_dir: string };
  return include_dir;
}
