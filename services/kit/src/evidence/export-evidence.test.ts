import type { Kysely } from "kysely";
import { afterEach, expect, it } from "vitest";

import type { AuditTables } from "../audit/audit-tables.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import { verifyEvidence } from "./index.ts";
import { evidenceMigrations, openEvidenceBench, purpose } from "./testing/evidence-bench.ts";
import type { EvidenceBench } from "./testing/evidence-bench.ts";

let bench: EvidenceBench | undefined;
afterEach(async () => {
  await bench?.stop();
});

async function benchOn(db: Kysely<AuditTables>): Promise<EvidenceBench> {
  bench = await openEvidenceBench(db);
  return bench;
}

describeOnBothDatabases<AuditTables>("an export of evidence", evidenceMigrations, (open, itOnce) => {
  it("proves a time as a whole, with the event on either side of it, a rotation, and the reading itself", async () => {
    const { sign, change, clock, administration, collect, pack, trust } = await benchOn(await open());
    await sign(5);
    const since = clock.now().toISOString();
    const id = await change({ operation: "key.rotate", target: purpose });
    clock.advance(61_000);
    await administration.rotations.advance();
    await sign(3);
    const until = clock.now().toISOString();
    await sign(2);
    const report = verifyEvidence(await pack(await collect({ since, until })), trust, clock.now());
    expect(report.checks.filter(({ result }) => result !== "passed")).toEqual([]);
    expect(report).toMatchObject({
      verdict: "VALID",
      madeBy: { officer: "sun-li", role: "auditor" },
      changes: [
        {
          id,
          operation: "key.rotate",
          target: purpose,
          verdict: "authorized",
          approvers: ["wang-lei", "li-qiang"],
        },
      ],
    });
    expect(report.summary.en).toContain("none of the range is missing");
    expect(report.services[0]?.runs).toHaveLength(1);

    const again = await collect({ actor: "sun-li" });
    const events = new TextDecoder().decode(again.files.get("services/test/events/0001.jsonl"));
    expect(events).toContain('"action":"evidence.exported"');
    expect(events).toContain(since);
  });

  itOnce(
    "gives for a change its events and those of its plan, and says that completeness is not claimed",
    async () => {
      const { sign, change, clock, administration, collect, pack, trust } = await benchOn(await open());
      await sign(2);
      const id = await change({ operation: "key.rotate", target: purpose });
      await sign(1);
      clock.advance(61_000);
      await administration.rotations.advance();
      const collected = await collect({ change: id });
      const report = verifyEvidence(await pack(collected), trust, clock.now());
      expect([
        report.verdict,
        report.checks.filter(({ result }) => result !== "passed").map(({ name }) => name),
      ]).toEqual(["VALID", ["range-complete"]]);
      const names = [...collected.files.keys()];
      expect(names).toContain(`services/test/changes/${id}.json`);
      expect(names.filter((name) => /^services\/test\/plans\/plan_[0-9a-f]+\.json$/.test(name))).toHaveLength(
        1,
      );
      expect(report.unproven).toContain("services/test/key-rings.json");
      const configuration: unknown = JSON.parse(
        new TextDecoder().decode(collected.files.get("services/test/configuration.json")),
      );
      expect(configuration).toMatchObject({
        configuration: { service: "test", witnesses: [], alarm_channels: [] },
      });
    },
  );

  it("shows of a compromise everything that the key signed, as its counter says", async () => {
    const { sign, change, clock, administration, collect, pack, trust } = await benchOn(await open());
    await sign(4);
    const since = clock.now().toISOString();
    await sign(3);
    const id = await change({ operation: "key.compromise", target: purpose, parameters: { since } });
    for (let round = 0; round < 4; round += 1) {
      clock.advance(61_000);
      await administration.rotations.advance();
    }
    const [plan] = await administration.rotations.list({ purpose });
    expect(plan).toMatchObject({ changeId: id, oldVersion: 1 });
    const collected = await collect({ plan: plan?.id });
    expect(collected.facts.services[0]?.complete_uses).toMatchObject({ version: 1, count: 7 });
    const report = verifyEvidence(await pack(collected), trust, clock.now());
    expect(report.checks).toContainEqual(
      expect.objectContaining({ name: "uses-complete", result: "passed" }),
    );
    expect(report.verdict).toBe("VALID");

    const [service] = collected.facts.services;
    if (service?.complete_uses === undefined) throw new Error("nothing is claimed");
    const fewer = { ...service, complete_uses: { ...service.complete_uses, count: 6 } };
    const lying = { ...collected, facts: { ...collected.facts, services: [fewer] } };
    const found = verifyEvidence(await pack(lying), trust, clock.now());
    expect(found.summary.en).toContain("7 uses are here, and 6 are claimed.");
  });
});
