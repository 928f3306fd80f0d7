import { createHash } from "node:crypto";
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import {
  cosignatureLine,
  encodeCheckpoint,
  leafHash,
  noteKeyOf,
  parseCheckpoint,
  parseNote,
  signNote,
  verifyNote,
} from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";
import { expect, it } from "vitest";

import type { WitnessClient } from "../witness/index.ts";
import { describeOnBothDatabases, silentLog } from "../testing/index.ts";
import type { AuditTables } from "./audit-tables.ts";
import { createStopRule } from "./stop-rule.ts";
import {
  auditedService,
  auditMigrations,
  logKeyOf,
  newFolder,
  newSigner,
  testOrigin,
} from "./testing/audited-service.ts";

const checkpointIn = async (folder: string) => {
  const { text, signatures } = parseNote(await readFile(join(folder, "checkpoint"), "utf8"));
  return { ...parseCheckpoint(text), signatures };
};

/** A service and a witness of its log that believes it, and that can be away. */
async function withOwnWitness(db: Kysely<AuditTables>, absence: { readonly isAbsent: boolean }) {
  const service = auditedService(db, await newFolder());
  const signer = newSigner();
  const name = "w.example";
  const witness: WitnessClient = {
    key: noteKeyOf(name, signer.publicKey, "cosignature-ed25519"),
    name,
    addCheckpoint: async ({ note }) =>
      absence.isAbsent
        ? { result: "unreachable", detail: "not at home" }
        : {
            result: "cosigned",
            lines: [await cosignatureLine({ signer, name }, parseNote(note).text, service.clock.now())],
          },
    addSuccessor: () => Promise.resolve(false),
    successions: () => Promise.resolve([]),
  };
  return { service, witness };
}

describeOnBothDatabases<AuditTables>("the audit log", auditMigrations, (open, itOnce) => {
  it("signs every event that there is, once, into a folder outside the database", async () => {
    const service = auditedService(await open(), await newFolder());
    const log = service.open();
    expect(await log.checkpoint()).toMatchObject({ size: 0, origin: testOrigin });
    await service.append(3);
    const signed = await log.checkpoint();
    expect(signed.size).toBe(3);
    expect(verifyNote(signed.note, [logKeyOf(service.signer)])).toMatchObject({ result: "passed" });
    expect(await log.checkpoint()).toEqual(signed);
    expect(await checkpointIn(service.folder)).toMatchObject({ size: 3, root: signed.root });
    const tile = await readFile(join(service.folder, "tile/0/000.p/3"));
    const [first] = await service.db.selectFrom("audit_events").select("leaf_hash").execute();
    expect(tile.subarray(0, 32)).toEqual(Buffer.from(first?.leaf_hash ?? []));
    expect(await log.state()).toMatchObject({ size: 3, checkpointedSize: 3, witnessedSize: 0 });
    await log.check();
  });

  itOnce("goes on after a restart, over full tiles, and leaves no partial one behind", async () => {
    const service = auditedService(await open(), await newFolder());
    for (const count of [200, 50, 10, 300]) {
      await service.append(count);
      await service.open().checkpoint();
    }
    const { size, root } = await checkpointIn(service.folder);
    const rows = await service.db
      .selectFrom("audit_events")
      .select("leaf_hash")
      .orderBy("leaf_index")
      .execute();
    expect(size).toBe(560);
    expect(Buffer.from(root).toString("hex")).toBe(rootOf(rows.map(({ leaf_hash }) => leaf_hash)));
    expect((await readdir(join(service.folder, "tile/0"))).sort()).toEqual(["000", "001", "002.p"]);
    expect(await readdir(join(service.folder, ".unfinished"))).toEqual([]);
  });

  itOnce(
    "is signed by the old key first and by the new one too while keys change, and known by either",
    async () => {
      const service = auditedService(await open(), await newFolder());
      const [next, national] = [newSigner(), createSoftwareSigner(generateKey("SM2").pkcs8)];
      await service.append(2);
      const keys = [service.signer, next, national].map((signer) => ({ signer }));
      const both = await service.open({ openKeys: () => Promise.resolve(keys) }).checkpoint();
      expect(
        verifyNote(
          both.note,
          keys.map(({ signer }) => logKeyOf(signer)),
        ),
      ).toMatchObject({
        result: "passed",
        signedBy: keys.map(({ signer }) => logKeyOf(signer)),
      });
      await service.append(1);
      const alone = await service.open({ openKeys: () => Promise.resolve([{ signer: next }]) }).checkpoint();
      expect(verifyNote(alone.note, [logKeyOf(next)])).toMatchObject({ result: "passed" });
      const known = () => Promise.resolve([service.signer.publicKey, next.publicKey]);
      await service.append(1);
      const back = service.open({ openKeys: () => Promise.resolve([{ signer: next }]), knownKeys: known });
      expect(await back.checkpoint()).toMatchObject({ size: 4 });
    },
  );

  it("counts the use of its key in the transaction that stores the checkpoint, and stores none if it may not", async () => {
    const service = auditedService(await open(), await newFolder());
    const use = { purpose: "test.audit", version: 1 };
    const uses: unknown[] = [];
    let isSuspended = false;
    const log = service.open({
      openKeys: () => Promise.resolve([{ signer: service.signer, use }]),
      recordKeyUse: (_tx, used) => {
        if (isSuspended) return Promise.reject(new Error("suspended"));
        uses.push(used);
        return Promise.resolve();
      },
    });
    await service.append(1);
    await log.checkpoint();
    isSuspended = true;
    await service.append(1);
    await expect(log.checkpoint()).rejects.toThrow("suspended");
    expect(await checkpointIn(service.folder)).toMatchObject({ size: 1 });
    await expect(log.check()).rejects.toThrow();
    isSuspended = false;
    expect(await log.checkpoint()).toMatchObject({ size: 2 });
    await log.check();
    expect(uses).toEqual([use, use]);
  });

  itOnce("counts the key that signed, also where another one takes over meanwhile", async () => {
    const service = auditedService(await open(), await newFolder());
    const versions = [service.signer, newSigner()];
    const uses: unknown[] = [];
    let opened = 0;
    const log = service.open({
      openKeys: () => {
        const version = Math.min(++opened, versions.length);
        const signer = versions[version - 1] ?? service.signer;
        return Promise.resolve([{ signer, use: { purpose: "test.audit", version } }]);
      },
      knownKeys: () => Promise.resolve(versions.map(({ publicKey }) => publicKey)),
      recordKeyUse: (_tx, used) => {
        uses.push(used);
        return Promise.resolve();
      },
    });
    await service.append(1);
    const { note } = await log.checkpoint();
    expect(verifyNote(note, [logKeyOf(service.signer)])).toMatchObject({ result: "passed" });
    expect(uses).toEqual([{ purpose: "test.audit", version: 1 }]);
  });

  it("is neither forked nor doubled by processes that sign at the same time, in one folder or two", async () => {
    const at = await open.location();
    const [folder, other] = [await newFolder(), await newFolder()];
    const one = auditedService(await open(at), folder);
    const logs = await Promise.all(
      [folder, folder, other].map(async (path) =>
        auditedService(await open(at), path, { signer: one.signer }).open(),
      ),
    );
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([one.append(30), ...logs.map((log) => log.checkpoint())]);
    }
    const ends = await Promise.all(logs.map((log) => log.checkpoint()));
    expect(new Set(ends.map(({ note }) => note)).size).toBe(1);
    expect(ends[0]?.size).toBe(150);
    for (const path of [folder, other]) expect(await checkpointIn(path)).toMatchObject({ size: 150 });
    const rows = await one.db.selectFrom("audit_checkpoints").select("size").execute();
    expect(new Set(rows.map(({ size }) => size)).size).toBe(rows.length);
    const read = one.db.selectFrom("audit_events").select("leaf_hash").orderBy("leaf_index");
    const hashes = (await read.execute()).map(({ leaf_hash }) => leaf_hash);
    expect(Buffer.from(ends[0]?.root ?? []).toString("hex")).toBe(rootOf(hashes));
  });

  it("makes its folder again from the database if it was lost", async () => {
    const service = auditedService(await open(), await newFolder());
    await service.append(300);
    const { note } = await service.open().checkpoint();
    await rm(service.folder, { recursive: true });
    expect(await service.open().checkpoint()).toMatchObject({ note });
    expect(await readFile(join(service.folder, "checkpoint"), "utf8")).toBe(note);
  });

  it.each<
    [string, "rolled-back" | "diverged", (service: ReturnType<typeof auditedService>) => Promise<unknown>]
  >([
    [
      "the tail was cut",
      "rolled-back",
      async ({ db }) => {
        await db.deleteFrom("audit_events").where("leaf_index", ">=", 18).execute();
        await db.updateTable("audit_head").set({ size: 18 }).execute();
      },
    ],
    [
      "the tail was cut and the checkpoints with it",
      "rolled-back",
      async ({ db }) => {
        await db.deleteFrom("audit_events").where("leaf_index", ">=", 18).execute();
        await db.updateTable("audit_head").set({ size: 18 }).execute();
        await db.deleteFrom("audit_checkpoints").execute();
      },
    ],
    [
      "it was restored and went on",
      "diverged",
      async ({ db, append }) => {
        await db.deleteFrom("audit_events").where("leaf_index", ">=", 18).execute();
        await db.updateTable("audit_head").set({ size: 18 }).execute();
        await db.deleteFrom("audit_checkpoints").execute();
        await append(5);
      },
    ],
    [
      "an event was edited",
      "diverged",
      ({ db }) =>
        db.updateTable("audit_events").set({ actor: "nobody" }).where("leaf_index", "=", 7).execute(),
    ],
    [
      "an event was edited and its hash too",
      "diverged",
      ({ db }) =>
        db
          .updateTable("audit_events")
          .set({ actor: "nobody", leaf_hash: leafHash(new Uint8Array(1)) })
          .where("leaf_index", "=", 7)
          .execute(),
    ],
    ["the head was removed", "rolled-back", ({ db }) => db.deleteFrom("audit_head").execute()],
    [
      "the checkpoint in the folder is of another log",
      "diverged",
      async ({ folder, signer }) => {
        const { size, root } = await checkpointIn(folder);
        const text = encodeCheckpoint({ origin: "other.example", size, root });
        await writeFile(join(folder, "checkpoint"), await signNote({ signer, name: "other.example" }, text));
      },
    ],
  ])("signs nothing at its start if %s", async (_name, problem, commit) => {
    const service = auditedService(await open(), await newFolder());
    await service.append(20);
    await service.open().checkpoint();
    await commit(service);
    const before = await readFile(join(service.folder, "checkpoint"), "utf8");
    const log = service.open();
    await expect(log.checkpoint()).rejects.toMatchObject({ code: problem });
    await expect(log.checkpoint()).rejects.toMatchObject({ code: problem });
    expect(service.alarms).toMatchObject([{ problem }]);
    await expect(log.check()).rejects.toThrow(problem);
    expect((await log.state()).problem).toMatchObject({ problem });
    expect(await readFile(join(service.folder, "checkpoint"), "utf8")).toBe(before);
  });

  it("signs nothing more while it runs if the database goes back under it", async () => {
    const service = auditedService(await open(), await newFolder());
    await service.append(20);
    const log = service.open();
    await log.checkpoint();
    await service.db.deleteFrom("audit_events").where("leaf_index", ">=", 10).execute();
    await service.db.updateTable("audit_head").set({ size: 10 }).execute();
    await expect(log.checkpoint()).rejects.toMatchObject({ code: "rolled-back" });
  });

  itOnce("signs nothing over an event that is gone before it was signed", async () => {
    const service = auditedService(await open(), await newFolder());
    await service.append(5);
    await service.db.deleteFrom("audit_events").where("leaf_index", "=", 2).execute();
    await expect(service.open().checkpoint()).rejects.toMatchObject({ code: "diverged" });
  });

  it("takes over a checkpoint that only the folder has, and one that only the database has", async () => {
    const service = auditedService(await open(), await newFolder());
    await service.append(20);
    await service.open().checkpoint();
    const earlier = await newFolder();
    await cp(service.folder, earlier, { recursive: true });
    await service.append(20);
    const { note } = await service.open().checkpoint();
    await service.db.deleteFrom("audit_checkpoints").where("size", "=", 40).execute();
    expect((await service.open().checkpoint()).note).toBe(note);
    await rm(service.folder, { recursive: true });
    await cp(earlier, service.folder, { recursive: true });
    expect((await service.open().checkpoint()).note).toBe(note);
    expect(await checkpointIn(service.folder)).toMatchObject({ size: 40 });
  });

  itOnce(
    "fails its check, and stops keys, by the stop rule once events waited too long for a witness, and goes on with one",
    async () => {
      const absent = { isAbsent: false };
      const { witness, service } = await withOwnWitness(await open(), absent);
      const log = service.open({ witnesses: [witness], witnessAbsenceSecondsMax: 60 });
      await service.append(1);
      await log.checkpoint();
      const [rule, noRule] = [createStopRule(60), createStopRule(undefined)];
      const use = (by: typeof rule): Promise<void> =>
        service.db.transaction().execute((tx) => by(tx, service.clock.now()));
      absent.isAbsent = true;
      await service.append(1);
      await log.checkpoint();
      service.clock.advance(60_000);
      await log.check();
      await use(rule);
      service.clock.advance(1000);
      await expect(Promise.resolve().then(() => log.check())).rejects.toThrow(
        "no witness has cosigned for 61 s",
      );
      await expect(use(rule)).rejects.toMatchObject({ code: "audit-not-witnessed" });
      await expect(use(createStopRule(60))).rejects.toMatchObject({ code: "audit-not-witnessed" });
      await use(noRule);
      await service.open({ witnesses: [witness] }).check();
      absent.isAbsent = false;
      await log.checkpoint();
      await log.check();
      await use(rule);
    },
  );

  itOnce(
    "warns of a witness that is not there when everything starts, and calls an officer when it stays away",
    async () => {
      const { witness, service } = await withOwnWitness(await open(), { isAbsent: true });
      const said: string[] = [];
      const note = (level: string) => () => void said.push(level);
      const log = service.open({
        witnesses: [witness],
        log: Object.assign(Object.create(silentLog) as typeof silentLog, {
          warn: note("warn"),
          error: note("error"),
        }),
      });
      await service.append(1);
      await log.checkpoint();
      await log.checkpoint();
      expect(said).toEqual(["warn"]);
      service.clock.advance(3 * 60_000);
      await log.checkpoint();
      await log.checkpoint();
      expect(said).toEqual(["warn", "error"]);
      expect(service.alarms).toMatchObject([{ problem: "witness-absent" }]);
    },
  );

  itOnce("makes checkpoints by itself once it was started, and a last one when it ends", async () => {
    const service = auditedService(await open(), await newFolder());
    const log = service.open();
    log.start();
    log.start();
    await service.append(2);
    await expect.poll(async () => (await log.state()).checkpointedSize).toBe(2);
    await service.append(1);
    await log.stop();
    expect(await log.state()).toMatchObject({ size: 3, checkpointedSize: 3 });
    await service.append(1);
    await log.stop();
  });

  itOnce("says that no key is there, and signs again when one is", async () => {
    const service = auditedService(await open(), await newFolder());
    await service.append(1);
    let keys: { signer: typeof service.signer }[] = [];
    const log = service.open({ openKeys: () => Promise.resolve(keys) });
    await expect(log.checkpoint()).rejects.toMatchObject({ code: "key-unavailable" });
    expect(service.alarms).toMatchObject([{ problem: "key-unavailable" }]);
    keys = [{ signer: service.signer }];
    expect(await log.checkpoint()).toMatchObject({ size: 1 });
    expect((await log.state()).problem).toBeUndefined();
  });
});

/** The root by the recursion of RFC 6962, for trees of this size quick enough. */
function rootOf(hashes: readonly Uint8Array[]): string {
  const node = (from: number, to: number): Buffer => {
    if (to - from === 1) return Buffer.from(hashes[from] ?? []);
    let split = 1;
    while (split * 2 < to - from) split *= 2;
    return createHash("sha256")
      .update(Uint8Array.of(1))
      .update(node(from, from + split))
      .update(node(from + split, to))
      .digest();
  };
  return node(0, hashes.length).toString("hex");
}
