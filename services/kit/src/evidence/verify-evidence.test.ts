import { utf8Of } from "@yinxin/crypto/bytes";
import { parseCertificateList } from "@yinxin/crypto/revocation";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { encodeNoteKey, noteKeyOf } from "@yinxin/crypto/tlog";
import type { Certificate } from "@yinxin/crypto/x509";
import fc from "fast-check";
import { zipSync } from "fflate";
import type { Kysely } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { AuditTables } from "../audit/audit-tables.ts";
import { fuzzRuns } from "../../../../crypto/testing/fuzz-runs.ts";
import { assembleZip } from "../../../../crypto/testing/build-zip.ts";
import { canonicalBytes } from "../approvals/index.ts";
import { migrateToLatest, openDatabase } from "../database/index.ts";
import { createTestOfficers } from "../testing/index.ts";
import { evidenceBytesMax, verifyEvidence } from "./index.ts";
import type { EvidenceReport } from "./index.ts";
import { evidenceMigrations, openEvidenceBench, purpose } from "./testing/evidence-bench.ts";
import type { Collected, EvidenceBench } from "./testing/evidence-bench.ts";

let db: Kysely<AuditTables>;
let bench: EvidenceBench;
let change: string;
let genuine: Collected;
let bytes: Uint8Array;

beforeAll(async () => {
  db = await openDatabase<AuditTables>({ url: "sqlite::memory:", schema: "test" });
  await migrateToLatest(db, evidenceMigrations);
  bench = await openEvidenceBench(db);
  await bench.sign(3);
  change = await bench.change({ operation: "key.suspend", target: purpose }, []);
  await bench.change({ operation: "key.resume", target: purpose });
  await bench.sign(2);
  genuine = await bench.collect({ since: "2026-11-22T00:00:00.000Z" });
  bytes = await bench.pack(genuine);
});
afterAll(async () => {
  await bench.stop();
  await db.destroy();
});

const events = "services/test/events/0001.jsonl";
const text = (name: string, { files } = genuine): string => new TextDecoder().decode(files.get(name));
const judged = (given: Uint8Array, trust = bench.trust): EvidenceReport =>
  verifyEvidence(given, trust, bench.clock.now());

/** What comes of a package that its exporter made otherwise, and signed as it is. */
async function alteredBy(alter: (collected: Collected) => void): Promise<EvidenceReport> {
  const copy = { facts: structuredClone(genuine.facts), files: new Map(genuine.files) };
  alter(copy);
  return judged(await bench.pack(copy));
}

function failures({ checks }: EvidenceReport): readonly string[] {
  return [...new Set(checks.filter(({ result }) => result === "failed").map(({ name }) => name))];
}

describe("a package of evidence", () => {
  it("is valid as it was exported, also by whoever comes back to it years later", () => {
    expect(judged(bytes)).toMatchObject({
      verdict: "VALID",
      services: [{ name: "test", complete: { from: 0 } }],
    });
    expect(verifyEvidence(bytes, bench.trust, new Date("2046-01-01T00:00:00Z")).verdict).toBe("VALID");
  });

  it("is not valid where a list of the verifier's says that who approved was revoked before", async () => {
    const now = bench.clock.now();
    const lasting = {
      from: new Date(now.getTime() - 60_000),
      until: new Date(now.getTime() + 86_400_000),
    };
    const judgedBy = async (revoked: readonly { readonly certificate: Certificate; readonly at: Date }[]) => {
      const crls = (await bench.officers.crls(revoked, lasting)).map(parseCertificateList);
      return verifyEvidence(bytes, bench.trust, now, crls);
    };
    expect((await judgedBy([])).verdict).toBe("VALID");
    const { certificate } = bench.officers.identity("li-qiang");
    const revoked = await judgedBy([{ certificate, at: new Date("2026-01-01T00:00:00Z") }]);
    expect([revoked.verdict, failures(revoked)]).toEqual([
      "INVALID",
      expect.arrayContaining(["change-signatures"]),
    ]);
    // Whoever exported, too; after the export nothing tells how old the signature is.
    const exporter = bench.officers.identity("sun-li").certificate;
    const stolen = await judgedBy([{ certificate: exporter, at: new Date("2026-01-01T00:00:00Z") }]);
    expect([stolen.verdict, failures(stolen)]).toEqual(["INVALID", ["manifest-revocation"]]);
    const madeAt = Date.parse(judged(bytes).madeAt ?? "");
    const later = await judgedBy([{ certificate: exporter, at: new Date(madeAt + 30_000) }]);
    expect(later).toMatchObject({
      verdict: "INDETERMINATE",
      summary: { en: expect.stringContaining("sun-li is revoked since") as string },
    });
  });

  it("is not valid with any one bit of any member or between them otherwise", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 7 }), (place, bit) => {
        const flipped = bytes.slice();
        const at = place % flipped.length;
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        expect(judged(flipped).verdict).not.toBe("VALID");
      }),
      { numRuns: fuzzRuns(25) },
    );
  });

  it("is not valid with any one bit of the signature itself otherwise, which no digest covers", async () => {
    const small = await bench.pack(await bench.collect({ actor: "nobody" }));
    expect(judged(small).verdict).toBe("VALID");
    const name = "manifest.p7s";
    const start = Buffer.from(small).indexOf(name) + name.length;
    const length = Buffer.from(small).readUInt32LE(start - name.length - 12);
    fc.assert(
      fc.property(fc.nat({ max: length - 1 }), fc.nat({ max: 7 }), (place, bit) => {
        const flipped = small.slice();
        flipped[start + place] = (flipped[start + place] ?? 0) ^ (1 << bit);
        expect(judged(repacked(flipped)).verdict).not.toBe("VALID");
      }),
      { numRuns: fuzzRuns(20) },
    );
  });

  it("shows an event that its exporter took out, put in another's place, or changed", async () => {
    const lines = text(events).trimEnd().split("\n");
    const written = (next: readonly string[]) =>
      alteredBy(({ files }) => files.set(events, utf8Of(`${next.join("\n")}\n`)));
    expect(failures(await written(lines.toSpliced(2, 1)))).toContain("events-included");
    const [first = "", second = "", ...others] = lines;
    expect(failures(await written([second, first, ...others]))).toContain("events-included");
    expect(
      failures(await written(lines.map((line) => line.replace("system_demo", "system_doom")))),
    ).toContain("events-included");
  });

  it("shows a range that lacks an event, though all that it has is proved", async () => {
    const few = await bench.collect({ actor: "system_demo" });
    const report = judged(
      await bench.pack({
        files: few.files,
        facts: {
          ...few.facts,
          query: genuine.facts.query,
          services: few.facts.services.map((service) => ({
            ...service,
            complete: { from: 0, to: service.checkpoint_size },
          })),
        },
      }),
    );
    expect(failures(report)).toEqual(["range-complete"]);
    const silent = await bench.pack({
      files: few.files,
      facts: { ...few.facts, query: genuine.facts.query },
    });
    expect(failures(judged(silent))).toEqual(["range-complete"]);
  });

  it("shows a range that ends before the time asked for does", async () => {
    const since = bench.clock.now().toISOString();
    await bench.sign(3);
    const late = await bench.collect({ since });
    const earlier = { ...late.facts, query: { since: "2026-11-22T00:00:00.000Z" } };
    expect(failures(judged(await bench.pack({ ...late, facts: earlier })))).toEqual(["range-times"]);
  });

  it("misses a change that an event names, and one that is of other members", async () => {
    const name = `services/test/changes/${change}.json`;
    expect(failures(await alteredBy(({ files }) => files.delete(name)))).toEqual(["change-present"]);
    const stranger = await createTestOfficers(bench.clock);
    const foreign = await stranger.propose({ operation: "key.suspend", target: purpose, id: change });
    const exported = {
      type: "yinxin-change-export",
      change: { request: base64(foreign.request), signature: base64(foreign.signature), approvals: [] },
      policies: stranger.chain,
    };
    const report = await alteredBy(({ files }) => files.set(name, canonicalBytes(exported)));
    expect(failures(report)).toEqual(["change-signatures", "change-present"]);
  });

  it("shows that a thing was done which one person alone approved", async () => {
    const resumed =
      [...genuine.files.keys()].find((name) => name.includes("/changes/") && !name.includes(change)) ?? "";
    const report = await alteredBy(({ files }) => {
      const exported = JSON.parse(text(resumed)) as { change: { approvals: unknown[] } };
      files.set(resumed, canonicalBytes({ ...exported, change: { ...exported.change, approvals: [] } }));
    });
    expect(failures(report)).toEqual(["change-agrees"]);
    expect(report.summary.en).toContain("not enough persons");
  });

  it("is believed only by the trust file of its deployment, with its log and enough witnesses", async () => {
    const stranger = await createTestOfficers(bench.clock);
    const other = judged(bytes, { ...stranger.trust, logs: bench.trust.logs });
    expect([other.verdict, failures(other)]).toEqual(["INVALID", expect.arrayContaining(["policy-chain"])]);
    expect(judged(bytes, { ...bench.trust, deployment: "another" }).verdict).toBe("INVALID");
    const unknown = judged(bytes, { ...bench.trust, logs: "quorum none\n" });
    expect([unknown.verdict, unknown.services[0]?.runs]).toEqual(["INDETERMINATE", []]);
    const cosigner = createSoftwareSigner(generateKey("Ed25519").pkcs8).publicKey;
    const witness = encodeNoteKey(noteKeyOf("witness.example", cosigner, "cosignature-ed25519"));
    const logs = bench.trust.logs.replace("quorum none", `witness w1 ${witness}\nquorum w1`);
    const unseen = judged(bytes, { ...bench.trust, logs });
    expect(unseen.verdict).toBe("INDETERMINATE");
    expect(unseen.checks).toContainEqual(
      expect.objectContaining({ name: "witness-quorum", result: "indeterminate" }),
    );
  });

  it("is not believed when a forged chain, an administrator, or nobody of the policy signs", async () => {
    const stranger = await createTestOfficers(bench.clock);
    const forged = await alteredBy(({ files }) =>
      files.set("officer-policies.json", canonicalBytes(stranger.chain)),
    );
    expect(failures(forged)).toContain("policy-chain");
    const copy = { ...genuine, facts: { ...genuine.facts, made_by: "zhao-min" } };
    expect(failures(judged(await bench.pack(copy)))).toEqual(["manifest-signature"]);
    expect(failures(judged(await bench.pack(genuine, stranger.identity("sun-li"))))).toEqual([
      "manifest-signature",
    ]);
    const early = verifyEvidence(bytes, bench.trust, new Date("2026-11-21T00:00:00Z"));
    expect(failures(early)).toContain("manifest-time");
  });

  it("is refused before anything is unpacked if it is a bomb, has a name twice, or names that lead out of a folder", () => {
    const content = new Uint8Array(1_000_000);
    const bomb = zipSync({ "manifest.json": content });
    expect(bomb.length).toBeLessThan(5000);
    const reasons = [
      bomb,
      assembleZip([
        { name: "manifest.json", content: utf8Of("{}") },
        { name: "manifest.json", content: utf8Of("[]") },
      ]),
      assembleZip([{ name: "../manifest.json", content: utf8Of("{}") }]),
      zipSync({ "manifest.json": utf8Of("{}") }, { level: 0, comment: "more" }),
      utf8Of("PK"),
      new Uint8Array(),
      new Uint8Array(evidenceBytesMax + 1),
    ].map((each) => judged(each).checks.map(({ name, result, detail }) => [name, result, detail]));
    expect(reasons.map(([first]) => first?.slice(0, 2))).toEqual(
      reasons.map(() => ["package-form", "failed"]),
    );
    expect(reasons[0]?.[0]?.[2]).toContain("compressed");
    expect(reasons[1]?.[0]?.[2]).toContain("twice");
    expect(reasons[2]?.[0]?.[2]).toContain("a name that no member");
  });

  it("never makes its verifier throw, whatever it is given", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (noise, place) => {
        const at = place % bytes.length;
        const mixed = Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at + noise.length)]);
        expect(judged(noise).verdict).toBe("INVALID");
        expect(judged(new Uint8Array(mixed)).verdict).toMatch(/^(VALID|INVALID)$/);
      }),
      { numRuns: fuzzRuns(40) },
    );
  });
});

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");

/** The archive of the same members as they are now, with the sums of its own that fit. */
function repacked(archive: Uint8Array): Uint8Array {
  const view = Buffer.from(archive);
  const members: Record<string, Uint8Array> = {};
  for (let at = 0; view.readUInt32LE(at) === 0x04034b50;) {
    const [size, nameLength] = [view.readUInt32LE(at + 18), view.readUInt16LE(at + 26)];
    const start = at + 30 + nameLength;
    members[view.toString("utf8", at + 30, start)] = archive.subarray(start, start + size);
    at = start + size;
  }
  return zipSync(members, { level: 0, mtime: new Date(1980, 0, 1, 12), os: 0, attrs: 0 });
}
