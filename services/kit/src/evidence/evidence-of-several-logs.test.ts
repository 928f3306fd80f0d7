import { hexOf, utf8Of } from "@yinxin/crypto/bytes";
import { encodeNoteKey, noteKeyOf, parseLogPolicy } from "@yinxin/crypto/tlog";
import express from "express";
import type { Kysely } from "kysely";
import { describe, expect, it, onTestFinished } from "vitest";

import type { AuditTables } from "../audit/audit-tables.ts";
import { verifyAuditLog } from "../audit/index.ts";
import { fixedClock } from "../clock/index.ts";
import { migrateToLatest, openDatabase } from "../database/index.ts";
import { createTestOfficers, memoryRingKeys, startTestService } from "../testing/index.ts";
import type { GovernanceTrust } from "../approvals/index.ts";
import { verifyEvidence } from "./index.ts";
import type { EvidenceReport } from "./index.ts";
import {
  evidenceMigrations,
  evidenceOrigin,
  openEvidenceBench,
  togetherOf,
} from "./testing/evidence-bench.ts";
import type { Collected, EvidenceBench, EvidenceBenchOptions } from "./testing/evidence-bench.ts";

type Bench = EvidenceBench & { readonly db: Kysely<AuditTables> };

async function openBench(options: EvidenceBenchOptions = {}): Promise<Bench> {
  const db = await openDatabase<AuditTables>({ url: "sqlite::memory:", schema: options.service ?? "test" });
  await migrateToLatest(db, evidenceMigrations);
  const bench = await openEvidenceBench(db, options);
  onTestFinished(async () => {
    await bench.stop();
    await db.destroy();
  });
  return { ...bench, db };
}

/** Services under the same officers, with one trust file for all of them. */
async function openSuite(services: readonly string[]) {
  const clock = fixedClock("2026-11-22T08:00:00.000Z");
  const officers = await createTestOfficers(clock);
  const benches = [];
  for (const service of services) benches.push(await openBench({ service, clock, officers }));
  return { benches, trust: trustOf(benches), clock, officers };
}

function trustOf(benches: readonly EvidenceBench[], quorum = "quorum none\n"): GovernanceTrust {
  const [first] = benches;
  if (first === undefined) throw new RangeError("no services");
  const logs = benches.map(({ trust }) => trust.logs.replace("quorum none\n", "")).join("");
  return { ...first.trust, logs: `${logs}${quorum}` };
}

const since = "2026-11-22T00:00:00.000Z";
const failures = ({ checks }: EvidenceReport): readonly string[] => [
  ...new Set(checks.filter(({ result }) => result === "failed").map(({ name }) => name)),
];
const doubts = ({ checks }: EvidenceReport): readonly string[] => [
  ...new Set(checks.filter(({ result }) => result === "indeterminate").map(({ name }) => name)),
];

describe("evidence of several services", () => {
  async function openPair() {
    const { benches, trust, clock } = await openSuite(["pki", "seal"]);
    const [pki, seal] = benches;
    if (pki === undefined || seal === undefined) throw new Error("two services were opened");
    for (const bench of benches) {
      await bench.sign(3);
      await bench.change({ operation: "key.suspend", target: "test.token" }, []);
    }
    const collected = [await pki.collect({ since }), await seal.collect({ since })] as const;
    const judged = async (each: readonly Collected[], file = trust) =>
      verifyEvidence(await pki.pack(togetherOf(each)), file, clock.now());
    return { pki, seal, collected, trust, judged };
  }

  it("is valid as a whole, and says which logs of the trust file are not in it", async () => {
    const { collected, judged } = await openPair();
    const both = await judged(collected);
    expect(both).toMatchObject({ verdict: "VALID", services: [{ name: "pki" }, { name: "seal" }] });
    expect(both.checks.filter(({ result }) => result !== "passed")).toEqual([]);
    expect(both.changes.map(({ service }) => service)).toEqual(["pki", "seal"]);
    const one = await judged([collected[0]]);
    expect(one.verdict).toBe("VALID");
    expect(one.checks).toContainEqual(
      expect.objectContaining({
        ...{ name: "log-trusted", result: "noted", where: "trust" },
        detail: expect.stringContaining(evidenceOrigin("seal")) as unknown,
      }),
    );
  });

  it("is not valid with the folder of a service taken out, or with one service under the name of another", async () => {
    const { collected, judged } = await openPair();
    const [pki, seal] = collected;
    expect(failures(await judged([pki, { ...seal, files: new Map() }]))).toContain("checkpoint");
    const moved = new Map(
      [...seal.files].map(([name, bytes]) => [name.replace("services/seal/", "services/pki/"), bytes]),
    );
    const services = seal.facts.services.map((service) => ({ ...service, name: "pki" }));
    const disguised = await judged([{ files: moved, facts: { ...seal.facts, services } }]);
    expect(failures(disguised)).toEqual(["change-agrees"]);
    const copied = new Map(
      [...pki.files].map(([name, bytes]) => [name.replace("services/pki/", "services/again/"), bytes]),
    );
    const again = pki.facts.services.map((service) => ({ ...service, name: "again" }));
    const twice = await judged([pki, { files: copied, facts: { ...pki.facts, services: again } }]);
    expect(failures(twice)).toContain("manifest-form");
  });

  it("is not valid with a service of another deployment mixed in, whose log nobody trusts", async () => {
    const { collected, judged } = await openPair();
    const stranger = await openBench({ service: "seal" });
    await stranger.sign(2);
    await stranger.change({ operation: "key.suspend", target: "test.token" }, []);
    const foreign = await stranger.collect({ since });
    const files = new Map([...foreign.files].filter(([name]) => name.startsWith("services/")));
    expect(failures(await judged([collected[0], { ...foreign, files }]))).toEqual(
      expect.arrayContaining(["checkpoint", "change-signatures"]),
    );
    const unknown = foreign.facts.services.map((service) => ({
      ...service,
      origin: "other.example/audit/seal",
    }));
    const quiet = new Map([...files].filter(([name]) => !name.includes("/changes/")));
    const doubtful = await judged([
      collected[0],
      { files: quiet, facts: { ...foreign.facts, services: unknown } },
    ]);
    expect([doubtful.verdict, doubts(doubtful)]).toEqual(["INDETERMINATE", ["log-trusted"]]);
  });

  it("is not valid with an older checkpoint in the place of the later one, also if the exporter says so", async () => {
    const { pki, collected, judged } = await openPair();
    const [early] = collected;
    await pki.append(3);
    const late = await pki.collect({ since });
    const older = early.files.get("services/pki/checkpoint.txt") ?? new Uint8Array();
    const swapped = new Map(late.files).set("services/pki/checkpoint.txt", older);
    expect(failures(await judged([{ ...late, files: swapped }]))).toEqual(
      expect.arrayContaining(["events-included"]),
    );
    // An old package under a new date is all genuine: only the last event tells how old it is.
    pki.clock.advance(2 * 3_600_000);
    const stale = await judged([
      { ...early, facts: { ...early.facts, made_at: pki.clock.now().toISOString() } },
    ]);
    expect(stale.checks).toContainEqual(expect.objectContaining({ name: "range-times", result: "noted" }));
  });

  it("has no file that is of no kind, nor a part of events that does not follow on the one before", async () => {
    const { collected, judged } = await openPair();
    const [pki, seal] = collected;
    for (const name of [
      "services/pki/more.json",
      "services/pki/events/0003.jsonl",
      "services/pki/events/0002.proof.json",
      "services/pki/events/9.jsonl",
      "services/pki/changes/chg.json.txt",
      "notes.txt",
    ]) {
      const added = { ...pki, files: new Map(pki.files).set(name, utf8Of("{}\n")) };
      const report = await judged([added, seal]);
      expect([name, ...failures(report)]).toContain("manifest-form");
      expect(report.verdict).toBe("INVALID");
    }
  });
});

describe("evidence in several parts", () => {
  it("is proved part by part, and not without one of them, or with two exchanged", async () => {
    const bench = await openBench();
    for (let batch = 0; batch < 11; batch += 1) await bench.append(1000);
    const whole = await bench.collect({ since });
    expect([...whole.files.keys()].filter((name) => name.endsWith(".jsonl"))).toEqual([
      "services/test/events/0001.jsonl",
      "services/test/events/0002.jsonl",
    ]);
    const judged = async (files: Collected["files"]) =>
      verifyEvidence(await bench.pack({ ...whole, files }), bench.trust, bench.clock.now());
    expect((await judged(whole.files)).verdict).toBe("VALID");
    const name = (part: number, end = "jsonl") => `services/test/events/000${String(part)}.${end}`;
    for (const part of [1, 2]) {
      const fewer = new Map(whole.files);
      fewer.delete(name(part));
      fewer.delete(name(part, "proof.json"));
      expect(failures(await judged(fewer))).toEqual(expect.arrayContaining(["range-complete"]));
    }
    const exchanged = new Map(whole.files);
    for (const end of ["jsonl", "proof.json"]) {
      exchanged.set(name(1, end), whole.files.get(name(2, end)) ?? new Uint8Array());
      exchanged.set(name(2, end), whole.files.get(name(1, end)) ?? new Uint8Array());
    }
    expect(failures(await judged(exchanged))).toContain("events-in-order");
  });

  it("is refused, and does not exhaust its verifier, with lines by the million", async () => {
    const bench = await openBench();
    await bench.sign(1);
    const collected = await bench.collect({ since });
    const files = new Map(collected.files).set(
      "services/test/events/0001.jsonl",
      new Uint8Array(2_000_000).fill(0x0a),
    );
    const report = verifyEvidence(await bench.pack({ ...collected, files }), bench.trust, bench.clock.now());
    expect(failures(report)).toContain("events-included");
    expect(report.summary.en).toContain("more events than a part has");
  });
});

describe("evidence of a log whose keys were rotated", () => {
  it("is proved from the first key alone, and from a trust file that has both", async () => {
    const bench = await openBench();
    await bench.sign(2);
    await bench.change({ operation: "key.rotate", target: "test.audit" });
    await bench.finishPlans();
    await bench.sign(2);
    const collected = await bench.collect({ since });
    const bytes = await bench.pack(collected);
    const report = verifyEvidence(bytes, bench.trust, bench.clock.now());
    expect(report.verdict).toBe("VALID");
    expect(report.checks).toContainEqual(
      expect.objectContaining({ name: "key-succession", result: "passed" }),
    );
    const next = (await bench.governance.rings.open("test.audit")).version.publicKey;
    const line = `log ${encodeNoteKey(noteKeyOf(evidenceOrigin(), next))}\n`;
    const renewed = { ...bench.trust, logs: `${line}${bench.trust.logs}` };
    expect(verifyEvidence(bytes, renewed, bench.clock.now()).verdict).toBe("VALID");
    // Without the proof, the second key is anybody's.
    const unproved = new Map(collected.files).set("services/test/successions.json", utf8Of("[]"));
    const packed = await bench.pack({ ...collected, files: unproved });
    expect(failures(verifyEvidence(packed, bench.trust, bench.clock.now()))).toEqual(["checkpoint"]);
  });

  it("is proved by the later key of a witness from its first one, and only with the witness's own word", async () => {
    const clock = fixedClock("2026-11-22T08:00:00.000Z");
    const officers = await createTestOfficers(clock);
    const [sealKeys, pkiKeys] = [memoryRingKeys(), memoryRingKeys()];
    const logKey = encodeNoteKey(
      noteKeyOf(evidenceOrigin("seal"), (await sealKeys.create("audit", "Ed25519")).signer.publicKey),
    );
    const witnessKey = (await pkiKeys.create("witness", "Ed25519")).signer.publicKey;
    const vkey = encodeNoteKey(noteKeyOf("test.example/witness/pki", witnessKey, "cosignature-ed25519"));
    const witnessed = {
      name: "test.example/witness/pki",
      logs: [{ origin: evidenceOrigin("seal"), vkeys: [logKey] }],
    };
    const pki = await openBench({ service: "pki", clock, officers, keys: pkiKeys, witnessed });
    const app = express();
    pki.administration.mount(app);
    const listening = await startTestService(app);
    onTestFinished(() => listening.close());
    const { url } = listening;
    const seal = await openBench({
      service: "seal",
      clock,
      officers,
      keys: sealKeys,
      witnesses: { witnesses: [{ url, vkey }] },
    });
    const trust = trustOf([seal, pki], `witness pki ${vkey}\nquorum pki\n`);
    const judged = async (files?: (all: Collected["files"]) => void) => {
      const collected = await seal.collect({ since });
      files?.(collected.files);
      return verifyEvidence(await seal.pack(collected), trust, clock.now());
    };
    await seal.sign(2);
    expect(await judged()).toMatchObject({ verdict: "VALID", services: [{ witnesses: [{ name: "pki" }] }] });
    await pki.change({ operation: "key.rotate", target: "pki.witness" });
    for (let round = 0; round < 6; round += 1) {
      await pki.administration.rotations.advance();
      clock.advance(16 * 60_000);
      await seal.sign(1);
      await seal.governance.auditLog.checkpoint();
    }
    expect((await pki.governance.rings.open("pki.witness")).version.version).toBe(2);
    const later = await judged();
    expect(later.checks.filter(({ result }) => result === "failed" || result === "indeterminate")).toEqual(
      [],
    );
    expect(later.verdict).toBe("VALID");
    const silent = await judged((files) => files.set("services/seal/witness-successions.json", utf8Of("[]")));
    expect([silent.verdict, doubts(silent)]).toEqual(["INDETERMINATE", ["witness-quorum"]]);
  });
});

describe("evidence of a later epoch of a log", () => {
  /** As a backup brings it back: the last events are gone, and what was signed before cannot go on. */
  async function restored(bench: Bench, events: number): Promise<{ size: number; root: string }> {
    const { size, root } = await bench.governance.auditLog.checkpoint();
    await bench.db
      .deleteFrom("audit_events")
      .where("leaf_index", ">=", size - events)
      .execute();
    await bench.db
      .updateTable("audit_head")
      .set({ size: size - events })
      .execute();
    await bench.db
      .deleteFrom("audit_checkpoints")
      .where("size", ">", size - events)
      .execute();
    await expect(bench.governance.auditLog.checkpoint()).rejects.toMatchObject({ code: "rolled-back" });
    return { size, root: `sha-256:${hexOf(root)}` };
  }

  it("is proved with the officers' approval of the epoch, whatever was asked for, and not without", async () => {
    const bench = await openBench();
    await bench.sign(4);
    await bench.governance.auditLog.checkpoint();
    await bench.sign(3);
    const parameters = await restored(bench, 3);
    const id = await bench.change({ operation: "audit.continue", target: evidenceOrigin(), parameters });
    bench.clock.advance(60_000);
    await bench.sign(2);
    for (const query of [{ since }, { actor: "system_demo" }]) {
      const collected = await bench.collect(query);
      const judged = async (files = collected.files) =>
        verifyEvidence(await bench.pack({ ...collected, files }), bench.trust, bench.clock.now());
      const report = await judged();
      expect(report.checks.filter(({ result }) => result === "failed" || result === "indeterminate")).toEqual(
        [],
      );
      expect(report).toMatchObject({ verdict: "VALID", services: [{ origin: `${evidenceOrigin()}/2` }] });
      const fewer = new Map(collected.files);
      expect(fewer.delete(`services/test/changes/${id}.json`)).toBe(true);
      expect(failures(await judged(fewer))).toContain("epoch-approved");
    }
  });

  it("is proved by a key that followed the pinned one in an epoch before", async () => {
    const bench = await openBench();
    await bench.change({ operation: "key.rotate", target: "test.audit" });
    await bench.finishPlans();
    await bench.governance.auditLog.checkpoint();
    await bench.sign(3);
    const parameters = await restored(bench, 3);
    await bench.change({ operation: "audit.continue", target: evidenceOrigin(), parameters });
    await bench.sign(2);
    const report = verifyEvidence(
      await bench.pack(await bench.collect({ since })),
      bench.trust,
      bench.clock.now(),
    );
    expect(report.checks.filter(({ result }) => result === "failed")).toEqual([]);
    expect(report).toMatchObject({ verdict: "VALID", services: [{ origin: `${evidenceOrigin()}/2` }] });
    await bench.change({ operation: "key.rotate", target: "test.audit" });
    await bench.finishPlans();
    await bench.sign(1);
    const { db, auditFolder: folder, trust } = bench;
    const place = { db, folder, origin: evidenceOrigin(), keys: parseLogPolicy(utf8Of(trust.logs)) };
    expect(await verifyAuditLog(place)).toMatchObject({ epoch: 2, findings: [], isWhole: true });
    const again = verifyEvidence(
      await bench.pack(await bench.collect({ since })),
      bench.trust,
      bench.clock.now(),
    );
    expect([again.verdict, failures(again)]).toEqual(["VALID", []]);
  });
});
