import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

const repository = join(import.meta.dirname, "..");

/** One planted violation a rule: a file and what it imports. The folders are those of the real tree. */
const violations: Readonly<Record<string, { from: string; imports: string }>> = {
  "no-cycles": { from: "crypto/src/round/one.ts", imports: "./two.ts" },
  "crypto-knows-no-one": {
    from: "crypto/src/nosy/one.ts",
    imports: "../../../hsm-adapters/src/store/one.ts",
  },
  "crypto-does-no-io": { from: "crypto/src/reader/one.ts", imports: "node:fs" },
  "crypto-has-no-framework": { from: "crypto/src/web/one.ts", imports: "express" },
  "adapters-know-only-crypto": {
    from: "hsm-adapters/src/nosy/one.ts",
    imports: "../../../services/kit/src/clock/index.ts",
  },
  "kit-knows-no-service": {
    from: "services/kit/src/nosy/one.ts",
    imports: "../../../seal/src/domain/one.ts",
  },
  "services-meet-over-http": {
    from: "services/ledger/src/clients/one.ts",
    imports: "../../../seal/src/domain/one.ts",
  },
  "operations-and-domain-are-pure": { from: "services/seal/src/operations/one.ts", imports: "node:fs" },
  "http-calls-operations": { from: "services/seal/src/http/one.ts", imports: "../store/one.ts" },
  "only-main-opens-keys": { from: "services/seal/src/app.ts", imports: "@yinxin/hsm-adapters/store" },
  "one-folder-per-crypto-library": { from: "services/sso/src/oidc/one.ts", imports: "jose" },
};

const innocent: Readonly<Record<string, string>> = {
  "crypto/src/round/two.ts": 'import "./one.ts";\n',
  "crypto/src/tokens/index.ts": 'import "jose";\n',
  "hsm-adapters/src/store/one.ts": "export const store = 1;\n",
  "services/kit/src/clock/index.ts": "export const clock = 1;\n",
  "services/seal/src/domain/one.ts": "export const seal = 1;\n",
  "services/seal/src/store/one.ts": "export const seals = 1;\n",
  "services/seal/src/main.ts": 'import "@yinxin/hsm-adapters/store";\n',
};

describe("the boundaries of the architecture", () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "yinxin-boundaries-")));
  let found: { rule: { name: string }; from: string }[] = [];

  beforeAll(() => {
    for (const [path, text] of Object.entries(innocent)) write(path, text);
    for (const { from, imports } of Object.values(violations)) write(from, `import "${imports}";\n`);
    write(
      "hsm-adapters/package.json",
      JSON.stringify({
        name: "@yinxin/hsm-adapters",
        exports: { "./*": { "@yinxin/source": "./src/*/one.ts" } },
      }),
    );
    write(
      "tsconfig.json",
      '{ "compilerOptions": { "module": "nodenext", "allowImportingTsExtensions": true, "noEmit": true } }',
    );
    for (const name of ["express", "jose"])
      link(join(repository, "node_modules", name), `node_modules/${name}`);
    link(join(root, "hsm-adapters"), "node_modules/@yinxin/hsm-adapters");
    const run = spawnSync(
      process.execPath,
      [
        join(repository, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs"),
        ...["--config", join(repository, ".dependency-cruiser.cjs"), "--output-type", "json"],
        ...["crypto", "hsm-adapters", "services"],
      ],
      { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
    );
    const result = JSON.parse(run.stdout) as { summary: { violations: typeof found } };
    found = result.summary.violations;
  });

  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  function link(target: string, path: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(target, join(root, path));
  }

  it.each(Object.entries(violations))("are guarded by %s", (rule, { from }) => {
    expect(found.map((violation) => `${violation.rule.name} ${violation.from}`)).toContain(`${rule} ${from}`);
  });

  it("let the innocent files pass", () => {
    const guilty = new Set(found.map((violation) => violation.from));
    guilty.delete("crypto/src/round/two.ts");
    expect([...guilty].filter((path) => path in innocent)).toEqual([]);
  });
});
