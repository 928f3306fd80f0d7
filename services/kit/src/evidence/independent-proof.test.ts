import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "vitest";

import type { AuditTables } from "../audit/audit-tables.ts";
import { toolTest } from "../../../../scripts/testing/tools.ts";
import { migrateToLatest, openDatabase } from "../database/index.ts";
import { evidenceMigrations, openEvidenceBench, purpose } from "./testing/evidence-bench.ts";
import type { EvidenceBench } from "./testing/evidence-bench.ts";

const folder = mkdtempSync(join(tmpdir(), "yinxin-independent-"));
const program = new URL("testing/verify_evidence.py", import.meta.url).pathname;
let bench: EvidenceBench;
let close: () => Promise<void>;

beforeAll(async () => {
  const db = await openDatabase<AuditTables>({ url: "sqlite::memory:", schema: "test" });
  await migrateToLatest(db, evidenceMigrations);
  bench = await openEvidenceBench(db);
  close = async () => {
    await bench.stop();
    await db.destroy();
    rmSync(folder, { recursive: true, force: true });
  };
  await bench.sign(9);
  await bench.change({ operation: "key.rotate", target: purpose });
  writeFileSync(join(folder, "trust.json"), JSON.stringify(bench.trust));
});
afterAll(async () => {
  await close();
});

/** What the program says of a package: its last line, or why it ended. */
function said(bytes: Uint8Array): string {
  writeFileSync(join(folder, "package.zip"), bytes);
  const args = [program, join(folder, "package.zip"), join(folder, "trust.json")];
  try {
    return execFileSync("python3", args, { encoding: "utf8", stdio: "pipe" }).trimEnd();
  } catch (cause) {
    return String((cause as { stderr: unknown }).stderr).trimEnd();
  }
}

describe("a package of evidence, proved by a program that is not ours", () => {
  toolTest(
    ["python3", "openssl"],
    "is proved with python and openssl: digests, the officer's CMS, the checkpoint's signature, every event",
    async () => {
      const since = bench.clock.now().toISOString();
      const [whole, some] = [await bench.collect({ since }), await bench.collect({ actor: "system_demo" })];
      expect(said(await bench.pack(whole))).toMatch(
        /^proved: \d+ events of test\.example\/audit\/test, signed by sun-li$/,
      );
      expect(said(await bench.pack(some))).toBe(
        "proved: 9 events of test.example/audit/test, signed by sun-li",
      );
      const name = "services/test/events/0001.jsonl";
      const changed = Buffer.from(some.files.get(name) ?? [])
        .toString()
        .replace("thing_3", "thing_4");
      const files = new Map(some.files).set(name, new TextEncoder().encode(changed));
      expect(said(await bench.pack({ ...some, files }))).toContain("the events do not lead to the root");
    },
  );
});
