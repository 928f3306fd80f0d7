import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { base64Of } from "@yinxin/crypto/bytes";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { bundlePrograms } from "../../../../scripts/bundle-programs.ts";
import { migrateToLatest, openDatabase } from "../database/index.ts";
import type { AuditTables } from "./audit-tables.ts";
import { verifyAuditLog } from "./index.ts";
import {
  auditedService,
  auditMigrations,
  logKeyOf,
  newFolder,
  testOrigin,
} from "./testing/audited-service.ts";

let program: string;
/** Longer than any file is left alone. */
const twoHours = 2 * 60 * 60 * 1000;

beforeAll(async () => {
  ({ program } = await bundlePrograms({ program: "services/kit/src/audit/testing/dying-process.ts" }));
});

async function runUntilDeath(args: readonly string[]): Promise<unknown> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return code === null ? signal : said;
}

describe("an audit log whose process is killed", () => {
  it.each([
    "events are appended",
    "tiles are written",
    "tiles are written and nothing is signed",
    "the checkpoint is stored",
    "witnesses are asked",
  ])("as %s goes on where it was, and nothing is lost or doubled", async (point) => {
    const [data, folder] = [await newFolder(), await newFolder()];
    const file = join(data, "db.sqlite");
    const db = await openDatabase<AuditTables>({ url: `sqlite:${file}`, schema: "test" });
    onTestFinished(() => db.destroy());
    await migrateToLatest(db, auditMigrations);
    const { pkcs8 } = generateKey("Ed25519");
    const signer = createSoftwareSigner(pkcs8);
    expect(await runUntilDeath([file, folder, base64Of(pkcs8), point])).toBe("SIGKILL");
    const service = auditedService(db, folder, { signer });
    service.clock.advance(Date.now() - service.clock.now().getTime() + twoHours);
    const log = service.open();
    expect(await log.checkpoint()).toMatchObject({ size: 700 });
    await service.append(1);
    expect(await log.checkpoint()).toMatchObject({ size: 701 });
    const keys = { logs: [{ key: logKeyOf(signer) }], witnesses: [], groups: [], quorum: undefined };
    const report = await verifyAuditLog({ db, folder, origin: testOrigin, keys });
    expect(report).toMatchObject({ events: 701, provenEvents: 701, findings: [], isWhole: true });
    const sizes = await db.selectFrom("audit_checkpoints").select("size").orderBy("size").execute();
    expect(sizes.map(({ size }) => size)).toEqual([700, 701]);
    expect(await readdir(join(folder, ".unfinished"))).toEqual([]);
    expect((await readdir(join(folder, "tile", "0"))).sort()).toEqual(["000", "001", "002.p"]);
  });
});
