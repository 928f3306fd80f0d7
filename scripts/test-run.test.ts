import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

const repository = join(import.meta.dirname, "..");

/** The configuration of this repository over one planted file. */
describe("a test run", () => {
  const root = mkdtempSync(join(tmpdir(), "yinxin-test-run-"));
  mkdirSync(join(root, "scripts"));
  for (const shared of [
    "node_modules",
    "services",
    "hsm-adapters",
    "scripts/testing",
    "scripts/bundle-programs.ts",
  ]) {
    symlinkSync(join(repository, shared), join(root, shared));
  }
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function statusOf(body: string): number | null {
    const planted = join(root, "scripts/planted.test.ts");
    writeFileSync(
      planted,
      `import { expect, inject, it } from "vitest";\nit("is planted", async () => {\n${body}\n});\n`,
    );
    const run = spawnSync(
      process.execPath,
      [
        join(repository, "node_modules/vitest/vitest.mjs"),
        ...["run", "--config", join(repository, "vitest.config.ts"), "--root", root, "scripts/planted"],
      ],
      { cwd: root, encoding: "utf8", env: { ...process.env, VITEST_JSON: undefined } },
    );
    expect(run.stdout, run.stdout + run.stderr).toContain("planted.test.ts");
    return run.status;
  }

  const askForPostgres = 'expect((await fetch(inject("postgresForTests"))).ok).toBe(true);';

  it("ends with 1 when a test fails, whether PostgreSQL was started or not", () => {
    expect(statusOf("expect(1).toBe(2);")).toBe(1);
    expect(statusOf(`${askForPostgres} expect(1).toBe(2);`)).toBe(1);
  });

  it("ends with 0 when all pass, whether PostgreSQL was started or not", () => {
    expect(statusOf("expect(1).toBe(1);")).toBe(0);
    expect(statusOf(askForPostgres)).toBe(0);
  });
});
