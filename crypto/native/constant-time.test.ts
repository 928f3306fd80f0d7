import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { toolTest } from "../../scripts/testing/tools.ts";
import { nativeSources } from "./compile.ts";

/**
 * The statements in which a branch may depend on a secret: whether a number is in range, and whether a nonce of a batch was
 * unlucky, which happens once in 2²⁵⁵. Both outcomes are told anyway.
 */
const permitted = [
  "if (lucky) {",
  "if (unlucky) wipe(requests, count * NONCED_SIZE);",
  "if (valid) {",
  "int lucky = sign_with_nonces(key, nonced, count);",
  "} while (!sign_with_nonces(key, nonced, 1));",
  "if (count == 0 || count > BATCH_LIMIT) return 0;",
];

/** Each place that Memcheck reports, as the statement that stands there in the source. */
function reportedStatements(program: string): string[] {
  const { status, stderr } = spawnSync("valgrind", ["--quiet", "--error-limit=no", program], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  return [...stderr.matchAll(/^==\d+== +at 0x[0-9A-F]+: \S+ \(([\w.-]+):(\d+)\)$/gm)].map(
    ([, file = "", line = ""]) => {
      const source = readFileSync(join(import.meta.dirname, "src", file), "utf8").split("\n");
      return source[Number(line) - 1]?.trim() ?? "";
    },
  );
}

describe("the C code with secrets", () => {
  toolTest(["gcc", "valgrind"], "neither branches nor looks up by them, as the compiler leaves it", () => {
    const folder = mkdtempSync(join(tmpdir(), "yinxin-native-"));
    try {
      const program = join(folder, "constant-time");
      const sources = nativeSources().filter((path) => /(nonce|processor|portable)\.c$/.test(path));
      const exercise = join(import.meta.dirname, "testing/constant-time.c");
      execFileSync("gcc", ["-std=c11", "-O2", "-g", "-pthread", ...sources, exercise, "-o", program]);
      const statements = new Set(reportedStatements(program));
      expect([...statements].filter((statement) => !permitted.includes(statement))).toEqual([]);
      // Met on the way by both curves: were it not reported, nothing would be.
      expect(statements).toContain("if (valid) {");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
