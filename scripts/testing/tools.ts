import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

import { it } from "vitest";

/** Where a program is, by the PATH of this process. */
export function findTool(tool: string): string | undefined {
  const candidates = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, tool));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      // Not in this folder, or not executable: the next one may have it.
      return false;
    }
  });
}

/**
 * A test that needs programs from outside npm. Without them it is skipped under a name that says so, and counted;
 * with `YINXIN_REQUIRE_ALL=1` it fails instead.
 */
export function toolTest(tools: readonly string[], name: string, body: () => Promise<void> | void): void {
  const missing = tools.filter((tool) => findTool(tool) === undefined);
  if (missing.length === 0) {
    it(name, body);
  } else if (process.env["YINXIN_REQUIRE_ALL"] === "1") {
    it(name, () => {
      throw new Error(`needs ${missing.join(", ")}: run npm run setup:test-tools`);
    });
  } else {
    it(`[skipped, needs ${missing.join(", ")}] ${name}`, (context) => {
      context.skip(`needs ${missing.join(", ")}: run npm run setup:test-tools`);
    });
  }
}

/** Tests that all need programs from outside npm; without them one test stands for all, skipped or failed as in {@link toolTest}. */
export function toolSuite(tools: readonly string[], name: string, describeTests: () => void): void {
  if (tools.every((tool) => findTool(tool) !== undefined)) describeTests();
  else toolTest(tools, name, () => undefined);
}
