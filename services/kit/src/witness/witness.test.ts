import { spawnSync } from "node:child_process";

import {
  encodeCheckpoint,
  encodeNoteKey,
  noteKeyOf,
  parseCheckpoint,
  parseNote,
  signNote,
  verifyNote,
} from "@yinxin/crypto/tlog";
import type { Signer } from "@yinxin/crypto/signer";
import express from "express";
import type { Kysely } from "kysely";
import { describe, expect, it, onTestFinished } from "vitest";

import { toolTest } from "../../../../scripts/testing/tools.ts";
import type { AuditTables } from "../audit/audit-tables.ts";
import { readCheckpointFolder } from "../audit/checkpoint-folder.ts";
import { announceLogKey } from "../audit/index.ts";
import { readSuccessions } from "../audit/key-succession.ts";
import {
  auditedService,
  auditMigrations,
  logKeyOf,
  newFolder,
  newSigner,
  testOrigin,
} from "../audit/testing/audited-service.ts";
import type { AuditedService } from "../audit/testing/audited-service.ts";
import { transact } from "../database/index.ts";
import { describeOnBothDatabases, startTestService } from "../testing/index.ts";
import {
  cosignerKeyOf,
  createWitness,
  createWitnessClient,
  witnessMigration,
  witnessRouter,
} from "./index.ts";
import type { PinnedLog, WitnessClient, WitnessResult } from "./index.ts";
import type { WitnessTables } from "./witness-tables.ts";

const migrations = { ...auditMigrations, "0012-witness": witnessMigration };
type Tables = AuditTables & WitnessTables;
const witnessName = "w.example/witness";

/** A witness that listens, and the client that a log has of it. */
async function listening(db: Kysely<Tables>, logs: readonly PinnedLog[]) {
  const signer = newSigner();
  const clock = { now: () => new Date("2026-11-22T03:00:00Z") };
  const witness = createWitness({
    db,
    logs,
    name: witnessName,
    openKey: () => Promise.resolve({ signer }),
    clock,
  });
  const service = await startTestService(express().use(witnessRouter(witness)));
  onTestFinished(() => service.close());
  const key = cosignerKeyOf(witnessName, signer);
  const client = createWitnessClient({ url: service.url, key, fetch, timeoutMilliseconds: 30_000 });
  return { witness, key, url: service.url, client };
}

/** An audited service whose only witness is another one. */
async function witnessed(open: () => Promise<Kysely<Tables>>) {
  const signer = newSigner();
  const witness = await listening(await open(), [{ origin: testOrigin, keys: [logKeyOf(signer)] }]);
  const db = (await open()) as unknown as Kysely<AuditTables>;
  const service = auditedService(db, await newFolder(), { signer, witnesses: [witness.client] });
  return { ...witness, service };
}

async function setBack({ db }: AuditedService, size: number): Promise<void> {
  await db.deleteFrom("audit_events").where("leaf_index", ">=", size).execute();
  await db.updateTable("audit_head").set({ size }).execute();
  await db.deleteFrom("audit_checkpoints").where("size", ">", size).execute();
  await db.updateTable("audit_witnesses").set({ size }).where("size", ">", size).execute();
}

describeOnBothDatabases<Tables>("a witness of audit logs", migrations, (open, itOnce) => {
  it("cosigns what continues what it saw, and the line stands under the published note", async () => {
    const { service, witness, key } = await witnessed(open);
    const log = service.open();
    for (const count of [3, 300, 20]) {
      await service.append(count);
      const { note, size, root } = await log.checkpoint();
      expect(verifyNote(note, [logKeyOf(service.signer), key])).toMatchObject({
        result: "passed",
        signatures: [{}, { timestamp: Date.parse("2026-11-22T03:00:00Z") / 1000 }],
      });
      expect(await witness.witnessed()).toMatchObject([{ origin: testOrigin, size, root }]);
    }
    expect(await log.state()).toMatchObject({ size: 323, witnessedSize: 323 });
    expect(service.alarms).toEqual([]);
    const again = await service.open().checkpoint();
    expect(parseNote(again.note).signatures).toHaveLength(2);
  });

  itOnce("stops a log whose database and folder were both set back, before it signs anything", async () => {
    const { service } = await witnessed(open);
    await service.append(30);
    await service.open().checkpoint();
    await setBack(service, 20);
    const elsewhere = { folder: await newFolder() };
    const log = service.open(elsewhere);
    // What a restored backup of the folder has: the checkpoint of then.
    await auditedService(service.db, elsewhere.folder, { signer: service.signer }).open().checkpoint();
    await service.append(4);
    await expect(log.checkpoint()).rejects.toMatchObject({ code: "rolled-back" });
    const rows = await service.db.selectFrom("audit_checkpoints").select("size").execute();
    expect(Math.max(...rows.map(({ size }) => size))).toBe(20);
    expect(service.alarms).toMatchObject([{ problem: "rolled-back" }]);
  });

  it("knows a log's next key only by the log's own word, and the log shows it by itself", async () => {
    const { service, client, witness } = await witnessed(open);
    const next = newSigner();
    const knownKeys = () => Promise.resolve([service.signer.publicKey, next.publicKey]);
    await service.append(3);
    await service.open().checkpoint();
    await transact(service.db, (tx) =>
      announceLogKey(tx, service.trail.kit, {
        origin: testOrigin,
        from: service.signer.publicKey,
        to: next.publicKey,
        actor: "officer_1",
        at: service.clock.now(),
      }),
    );
    await service.open().checkpoint();
    await service.append(1);
    const { note } = await service
      .open({ openKeys: () => Promise.resolve([{ signer: next }]), knownKeys })
      .checkpoint();
    expect(parseNote(note).signatures).toHaveLength(2);
    expect(service.alarms).toEqual([]);
    expect((await witness.witnessed())[0]?.size).toBe(5);
    expect(await client.addSuccessor("hello")).toBe(false);
  });

  itOnce("believes nothing of a key any more once its successor signs alone", async () => {
    const { service, client, witness } = await witnessed(open);
    const [thief, next] = [newSigner(), newSigner()];
    const knownKeys = () => Promise.resolve([service.signer.publicKey, next.publicKey]);
    const announce = (log: AuditedService, to: Signer) => {
      const keys = { from: service.signer.publicKey, to: to.publicKey };
      const said = { origin: testOrigin, actor: "officer_1", at: log.clock.now(), ...keys };
      return transact(log.db, (tx) => announceLogKey(tx, log.trail.kit, said));
    };
    await announce(service, next);
    await service.open().checkpoint();
    const log = service.open({ openKeys: () => Promise.resolve([{ signer: next }]), knownKeys });
    await service.append(1);
    await log.checkpoint();
    // Who has the earlier key now makes a log of his own, in which it names his.
    const forged = auditedService(await open(), await newFolder(), { signer: service.signer });
    await announce(forged, thief);
    await forged.open().checkpoint();
    const [proof = ""] = await readSuccessions({
      db: forged.db,
      origin: testOrigin,
      epoch: 1,
      folder: readCheckpointFolder(forged.folder),
    });
    expect(await client.addSuccessor(proof)).toBe(false);
    // Nor does it cosign what goes on truly, by the earlier key.
    await service.append(1);
    const late = await service.open({ witnesses: [], knownKeys }).checkpoint();
    const refused = await witness.addCheckpoint(`old 2\n\n${late.note}`);
    expect(refused).toMatchObject({ status: 403 });
    expect((await witness.witnessed())[0]?.size).toBe(2);
  });

  itOnce(
    "believes neither a lost key nor what it vouched for once officers put another in its place",
    async () => {
      const [first, lost, thief, next] = [newSigner(), newSigner(), newSigner(), newSigner()];
      const witnessDb = await open();
      const before = await listening(witnessDb, [{ origin: testOrigin, keys: [logKeyOf(first)] }]);
      const db = (await open()) as unknown as Kysely<AuditTables>;
      const service = auditedService(db, await newFolder(), { signer: first, witnesses: [before.client] });
      const knownKeys = () => Promise.resolve([first, lost, thief, next].map(({ publicKey }) => publicKey));
      const signedBy = (signer: Signer, more: object = {}) =>
        service.open({ openKeys: () => Promise.resolve([{ signer }]), knownKeys, ...more });
      // A rotation; and then the thief, with the key that he stole, has the witness learn one of his own.
      for (const [from, to] of [
        [first, lost],
        [lost, thief],
      ] as const) {
        const keys = { from: from.publicKey, to: to.publicKey };
        const said = { origin: testOrigin, actor: "officer_1", at: service.clock.now(), ...keys };
        await transact(db, (tx) => announceLogKey(tx, service.trail.kit, said));
        await signedBy(from).checkpoint();
        await service.append(1);
        await signedBy(to).checkpoint();
      }
      expect(service.alarms).toEqual([]);

      const after = await listening(witnessDb, [{ origin: testOrigin, keys: [logKeyOf(next)] }]);
      for (const signer of [first, lost, thief]) {
        await service.append(1);
        const { note, size } = await signedBy(signer, { witnesses: [] }).checkpoint();
        const refused = await after.witness.addCheckpoint(`old ${String(size)}\n\n${note}`);
        expect(refused).toMatchObject({ status: 403 });
      }
      await service.append(1);
      await signedBy(next, { witnesses: [after.client] }).checkpoint();
      expect(service.alarms).toEqual([]);
      expect((await after.witness.witnessed())[0]?.size).toBe(8);
    },
  );

  it.each<[string, (size: number) => WitnessResult]>([
    ["has seen more", (size) => ({ result: "conflict", size: size + 1000 })],
    ["has seen something else", () => ({ result: "refused", status: 422, detail: "no" })],
  ])("stops no log by saying that it %s, if it cosigned for this process before", async (_name, lie) => {
    const { service, client } = await witnessed(open);
    const lying = { isLying: false };
    const witness: WitnessClient = {
      ...client,
      addCheckpoint: async (request) =>
        lying.isLying
          ? lie(parseCheckpoint(parseNote(request.note).text).size)
          : client.addCheckpoint(request),
    };
    const log = service.open({ witnesses: [witness] });
    await service.append(2);
    await log.checkpoint();
    lying.isLying = true;
    await service.append(2);
    expect(await log.checkpoint()).toMatchObject({ size: 4 });
    expect(service.alarms).toMatchObject([{ problem: "witness-refused" }]);
    await log.check();
    lying.isLying = false;
    expect(parseNote((await log.checkpoint()).note).signatures).toHaveLength(2);
  });

  itOnce(
    "does not cosign for a key that nobody announced, and the log says so without stopping",
    async () => {
      const { service } = await witnessed(open);
      const next = newSigner();
      await service.append(3);
      await service.open().checkpoint();
      await service.append(1);
      const knownKeys = () => Promise.resolve([service.signer.publicKey, next.publicKey]);
      const log = service.open({ openKeys: () => Promise.resolve([{ signer: next }]), knownKeys });
      expect(await log.checkpoint()).toMatchObject({ size: 4 });
      expect(service.alarms).toMatchObject([{ problem: "witness-refused" }]);
      await log.check();
    },
  );

  itOnce("answers as the specification says", async () => {
    const { service, url } = await witnessed(open);
    await service.append(3);
    const { note } = await service.open().checkpoint();
    const post = async (body: string) => {
      const response = await fetch(`${url}/add-checkpoint`, { method: "POST", body });
      return [response.status, response.headers.get("content-type"), await response.text()];
    };
    expect((await post("hello")).slice(0, 2)).toEqual([400, "text/plain; charset=utf-8"]);
    expect((await post("x".repeat(70_000)))[0]).toBe(400);
    expect(await post(`old 1\n\n${note}`)).toEqual([409, "text/x.tlog.size", "3\n"]);
    const unknown = note.replaceAll(testOrigin, "other.example");
    expect((await post(`old 3\n\n${unknown}`))[0]).toBe(404);
    expect((await post(`old 3\n\n${note.replace("\n3\n", "\n4\n")}`))[0]).toBe(403);
    expect((await post(`old 3\n\n${note}`))[0]).toBe(200);
  });

  it("follows one line of requests that come at the same time", async () => {
    const { service, client, witness } = await witnessed(open);
    const log = service.open({ witnesses: [] });
    const notes: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      await service.append(1);
      notes.push((await log.checkpoint()).note);
    }
    const results = await Promise.all(
      notes.map((note) => client.addCheckpoint({ oldSize: 0, proof: [], note })),
    );
    expect(results.filter(({ result }) => result === "cosigned")).toHaveLength(1);
    expect(results.filter(({ result }) => result === "conflict")).toHaveLength(3);
    expect(await witness.witnessed()).toHaveLength(1);
  });
});

describe("a client of a witness", () => {
  const key = noteKeyOf("w.example", newSigner().publicKey, "cosignature-ed25519");
  const clientOf = (answer: () => Promise<Response>): WitnessClient =>
    createWitnessClient({ url: "http://w.example", key, fetch: answer });
  const request = async () => {
    const signer = newSigner();
    const text = encodeCheckpoint({ origin: testOrigin, size: 1, root: new Uint8Array(32) });
    return { oldSize: 0, proof: [], note: await signNote({ signer, name: testOrigin }, text) };
  };

  it.each<[string, () => Promise<Response>, object]>([
    ["nobody answers", () => Promise.reject(new TypeError("no")), { result: "unreachable" }],
    ["it fails", () => Promise.resolve(new Response("", { status: 500 })), { result: "unreachable" }],
    [
      "it knows no such log",
      () => Promise.resolve(new Response("no", { status: 404 })),
      { result: "refused", status: 404 },
    ],
    [
      "it has another size",
      () => Promise.resolve(new Response("7\n", { status: 409 })),
      { result: "conflict", size: 7 },
    ],
    [
      "its size is more than any log has",
      () => Promise.resolve(new Response("999999999999999\n", { status: 409 })),
      { result: "refused", status: 409 },
    ],
    [
      "it sends megabytes",
      () => Promise.resolve(new Response("x".repeat(3_000_000), { status: 409 })),
      { result: "unreachable" },
    ],
    [
      "its size is no number",
      () => Promise.resolve(new Response("-7", { status: 409 })),
      { result: "refused", status: 409 },
    ],
  ])("says so if %s", async (_name, answer, expected) => {
    expect(await clientOf(answer).addCheckpoint(await request())).toMatchObject(expected);
  });
});

describeOnBothDatabases<Tables>("a witnessed checkpoint", migrations, (open) => {
  toolTest(["go"], "is opened by Go's note package with the log's key, cosignature and all", async () => {
    const { service } = await witnessed(open);
    await service.append(5);
    const { note } = await service.open().checkpoint();
    const program = new URL("../../test/go/open-note.go", import.meta.url).pathname;
    const result = spawnSync("go", ["run", program, encodeNoteKey(logKeyOf(service.signer))], {
      input: note,
      encoding: "utf8",
      env: { ...process.env, GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOFLAGS: "" },
    });
    expect(result.stderr).toBe("");
    expect(JSON.parse(result.stdout)).toEqual({ text: parseNote(note).text, signatures: 1, unverified: 1 });
  });
});
