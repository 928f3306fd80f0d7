import { base64Of, bytesOfBase64, hexOf } from "@yinxin/crypto/bytes";
import { parseSeal } from "@yinxin/crypto/seal";
import { verifyDocument } from "@yinxin/crypto/verification";
import { parseCertificate, parseTrustList } from "@yinxin/crypto/x509";
import { searchAudit } from "@yinxin/service-kit/audit";
import { transact } from "@yinxin/service-kit/database";
import type { FreezeScope } from "@yinxin/service-kit/key-rings";
import { fixedAuthorities } from "@yinxin/service-kit/known-authorities";
import type { StepContext } from "@yinxin/service-kit/rotations";
import {
  createTestCertificateAuthority,
  createTestRotations,
  startTraffic,
} from "@yinxin/service-kit/testing";
import type { TestRotations, TestTraffic } from "@yinxin/service-kit/testing";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { sealMakerPlan } from "../plans/seal-maker-plan.ts";
import { blankPage } from "../src/domain/blank-page.ts";
import type { SealId } from "../src/domain/seal.ts";
import { reissueSeals } from "../src/operations/reissue-seals.ts";
import { sealHooks } from "../src/operations/seal-hooks.ts";
import { approval, clerk, ledger, maker, startSealService } from "./seal-for-tests.ts";
import type { SealServiceForTests } from "./seal-for-tests.ts";

const running: SealServiceForTests[] = [];
afterEach(async () => {
  for (const service of running.splice(0)) await service.close();
});

async function start(): Promise<SealServiceForTests> {
  const service = await startSealService({ areKeysInMemory: true });
  running.push(service);
  return service;
}

const pdf = blankPage();
/** The clock moves by days while a request is on its way. */
const lasting = { lifetimeSeconds: 60 * 86_400 };

async function make(service: SealServiceForTests, type = 4): Promise<SealId> {
  const body = { organization: approval, type, division_code: "330100" };
  const response = await service.send("POST", "/v1/seals", { ...maker, ...lasting }, body);
  if (response.status !== 201) throw new Error(`making failed: ${await response.text()}`);
  return z.object({ id: z.string() }).parse(await response.json()).id as SealId;
}

const applied = z.object({ document: z.object({ content: z.base64() }) });

async function apply(service: SealServiceForTests, id: SealId): Promise<Uint8Array> {
  const response = await service.send(
    "POST",
    `/v1/seals/${id}/applications`,
    { ...ledger, ...lasting },
    {
      document: { name: "批复.pdf", content: base64Of(pdf) },
      placement: { page: 1, x_mm: 100, y_mm: 100 },
    },
  );
  if (response.status !== 201) throw new Error(`sealing failed: ${await response.text()}`);
  return bytesOfBase64(applied.parse(await response.json()).document.content);
}

/** What somebody finds who has the trust list and looks now. */
function verdictOf({ authority, clock }: SealServiceForTests, bytes: Uint8Array) {
  const { anchors, intermediates } = parseTrustList(authority.trustListPem);
  return verifyDocument({ name: "sealed.pdf", bytes }, { trust: anchors, intermediates, at: clock.now() });
}

/** Whoever seals documents without a pause, with each of these seals. */
function trafficOf(service: SealServiceForTests, seals: readonly SealId[]): TestTraffic<Uint8Array> {
  return startTraffic(seals.map((id) => () => apply(service, id)));
}

function rotationsOf(service: SealServiceForTests, beforeTurn?: () => Promise<unknown>): TestRotations {
  const { db, governance, clock, deps } = service;
  return createTestRotations({
    ...{ db, governance, clock, hooks: sealHooks(deps), definitions: [sealMakerPlan] },
    ...(beforeTurn && { beforeTurn }),
  });
}

const versionsReply = z.object({
  versions: z.array(
    z.object({
      version: z.number(),
      owner_key_version: z.number(),
      maker_key_version: z.number(),
      effective_from: z.string().optional(),
      closed_at: z.string().optional(),
    }),
  ),
});

async function versionsOf(service: SealServiceForTests, id: SealId) {
  const response = await service.send("GET", `/v1/seals/${id}/versions`, { ...clerk, ...lasting });
  return versionsReply.parse(await response.json()).versions;
}

const goodVerdicts = ["VALID", "VALID_WITH_WARNINGS"];

/** As the last step of a plan has it, for a ring's key of now. */
async function contextOf(service: SealServiceForTests, ring: string) {
  const next = (await service.governance.rings.versions(ring)).at(-1);
  return { next: { next } as unknown as StepContext };
}

describe("the key of a seal's owner, rotated while the seal is used", () => {
  it("fails no call; what was sealed before, meanwhile and after is good, and each names its own certificate", async () => {
    const service = await start();
    const id = await make(service);
    const traffic = trafficOf(service, [id]);
    await traffic.more(2);
    const rotations = rotationsOf(service, () => traffic.more(1));
    await rotations.begin("seal-owner", `seal.owner.${id}`);
    const plan = await rotations.runUntil();
    await traffic.more(2);
    const sealed = await traffic.stop();

    expect(plan.state).toBe("done");
    const reports = sealed.map((bytes) => verdictOf(service, bytes));
    expect(reports.filter(({ verdict }) => !goodVerdicts.includes(verdict))).toEqual([]);
    const serials = new Set(reports.map(({ signatures }) => signatures[0]?.signer?.serial));
    expect(serials.size).toBe(2);
    const [first, second, ...more] = await versionsOf(service, id);
    expect(more).toEqual([]);
    expect(second).toMatchObject({ version: 2, owner_key_version: 2, maker_key_version: 1 });
    const parallel = Date.parse(first?.closed_at ?? "") - Date.parse(second?.effective_from ?? "");
    expect(parallel).toBe(7 * 86_400_000);
    const keys = await service.governance.rings.versions(`seal.owner.${id}`);
    expect(keys.map(({ state }) => state)).toEqual(["deactivated", "active"]);
    // Every signature was counted: each application, two requests for certificates, the self-test, and its page.
    const uses = keys.reduce((sum, { signatures }) => sum + signatures, 0);
    expect(uses).toBe(sealed.length + 4);
    const { events } = await searchAudit(service.db, { action: "seal.tested" });
    expect(events).toMatchObject([
      { subject: id, key: { purpose: `seal.owner.${id}`, version: 2 }, detail: { version: 2 } },
    ]);
    expect((await service.remains()).applications).toBe(sealed.length);
  });

  it("does not end well with a seal that verifiers do not take", async () => {
    const service = await start();
    const id = await make(service);
    const stranger = await createTestCertificateAuthority(service.clock);
    const authorities = fixedAuthorities({
      anchors: parseTrustList(stranger.trustListPem).anchors,
      intermediates: [],
    });
    for (const [definition, ring, words] of [
      ["seal-owner", `seal.owner.${id}`, "the sealed document does not verify"],
      ["seal-maker", "seal.maker", `the seal ${id} of the maker's new key is`],
    ] as const) {
      const { next } = await contextOf(service, ring);
      const { [`${definition}.self-test`]: hook } = sealHooks({ ...service.deps, authorities });
      await expect(hook?.run?.(next)).rejects.toThrow(words);
      const { [`${definition}.self-test`]: good } = sealHooks(service.deps);
      await expect(good?.run?.(next)).resolves.toBeDefined();
    }
  });

  it("is not tried on a page while the seal is suspended, which seals nothing", async () => {
    const service = await start();
    const id = await make(service);
    await service.db.updateTable("seals").set({ status: "suspended" }).where("id", "=", id).execute();
    const { next } = await contextOf(service, `seal.owner.${id}`);
    const tested = await sealHooks(service.deps)["seal-owner.self-test"]?.run?.(next);
    expect(tested).toEqual({ version: 1 });
  });

  it("is taken back as if nothing had been, as long as the old key signs", async () => {
    const service = await start();
    const id = await make(service);
    const rotations = rotationsOf(service);
    await rotations.begin("seal-owner", `seal.owner.${id}`);
    await rotations.runUntil("re-issue");
    expect(await versionsOf(service, id)).toHaveLength(2);
    await rotations.rollBack();
    expect(await versionsOf(service, id)).toMatchObject([{ version: 1 }]);
    expect(verdictOf(service, await apply(service, id)).verdict).toBe("VALID_WITH_WARNINGS");
  });
});

describe("the maker's key, rotated while seals are made and used", () => {
  it("fails no call, and every seal is made again; those of the old key and what they sealed stay good", async () => {
    const service = await start();
    const seals = [await make(service), await make(service), await make(service, 2)];
    const oldSeal = new Uint8Array(
      await (await service.send("GET", `/v1/seals/${seals[0] ?? ""}/seal`, clerk)).arrayBuffer(),
    );
    const traffic = trafficOf(service, seals.slice(0, 2));
    const rotations = rotationsOf(service, async () => {
      await traffic.more(1);
      if (seals.length < 5) seals.push(await make(service));
    });
    await rotations.begin("seal-maker", "seal.maker");
    await rotations.runUntil();
    await traffic.more(2);
    const sealed = await traffic.stop();

    const verdicts = sealed.map((bytes) => verdictOf(service, bytes).verdict);
    expect(verdicts.filter((verdict) => !goodVerdicts.includes(verdict))).toEqual([]);
    expect(goodVerdicts).toContain(verdictOf(service, oldSeal).verdict);
    for (const id of seals) {
      const versions = await versionsOf(service, id);
      expect(versions.at(-1)).toMatchObject({ maker_key_version: 2 });
      expect(versions.filter(({ closed_at }) => closed_at === undefined)).toHaveLength(1);
    }
    const record = await service.deps.store.find(seals[0] ?? "seal_");
    const files = await service.deps.store.findFiles(seals[0] ?? "seal_");
    const { info, makerCertificate } = parseSeal(files?.seal ?? new Uint8Array());
    expect(info.code).toBe(record?.code);
    const [, newMaker] = await service.governance.rings.versions("seal.maker");
    expect(parseCertificate(makerCertificate).raw).toEqual(newMaker?.certificate);
    const isOfNewMaker = (bytes: Uint8Array): boolean =>
      Buffer.from(bytes).toString("latin1").toLowerCase().includes(hexOf(makerCertificate));
    expect([sealed[0], sealed.at(-1)].map((bytes) => bytes && isOfNewMaker(bytes))).toEqual([false, true]);
  });

  it("makes no seal twice when the batch is cut short, and goes on, in two processes at once", async () => {
    const service = await start();
    const seals: SealId[] = [];
    for (let index = 0; index < 8; index += 1) seals.push(await make(service));
    const withoutBatch = {
      ...sealHooks(service.deps),
      "seal-maker.re-issue": { run: () => Promise.resolve(null) },
    };
    const { db, governance, clock, deps } = service;
    const rotations = createTestRotations({
      ...{ db, governance, clock, hooks: withoutBatch, definitions: [sealMakerPlan] },
    });
    await rotations.begin("seal-maker", "seal.maker");
    await rotations.runUntil("re-issue");

    const interrupted = new AbortController();
    const fewDeps = {
      ...deps,
      clock: {
        // The clock is asked once for each seal: the run is stopped in the middle.
        now: () => {
          asked += 1;
          if (asked > 6) interrupted.abort();
          return clock.now();
        },
      },
    };
    let asked = 0;
    const first = await reissueSeals(fewDeps, { signal: interrupted.signal });
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(seals.length);
    const rest = await Promise.all([reissueSeals(deps), reissueSeals(deps)]);
    expect(first + rest.reduce((sum, done) => sum + done, 0)).toBe(seals.length);
    for (const id of seals) expect(await versionsOf(service, id)).toHaveLength(2);
    expect(await deps.store.countOfOtherMakers(2)).toBe(0);
  });
});

describe("a seal that is stopped", () => {
  it.each([
    ["its owner's key", (id: SealId): FreezeScope => `key:seal.owner.${id}`, "key-frozen"],
    ["the seal", (id: SealId): FreezeScope => `seal:${id}`, "scope-frozen"],
    ["the organization", (): FreezeScope => `unit:${approval.id}`, "scope-frozen"],
  ])("refuses at once, also those who began before: %s", async (_what, scopeOf, code) => {
    const service = await start();
    const id = await make(service);
    const before = await service.remains();
    const freeze = () =>
      transact(service.db, (tx) =>
        service.governance.rings
          .in(tx)
          .freeze(scopeOf(id), { at: service.clock.now(), reason: "a test", persons: ["psn_officer1"] }),
      );
    // Frozen after the key was opened and before what it signs is stored.
    service.beforeSigning(freeze);
    await expect(apply(service, id)).rejects.toThrow(code);
    await expect(apply(service, id)).rejects.toThrow(code);
    expect((await service.remains()).applications).toBe(before.applications);
    // Nor is an empty page sealed at the end of a plan: the step waits.
    const { next } = await contextOf(service, `seal.owner.${id}`);
    const { "seal-owner.self-test": hook } = sealHooks(service.deps);
    const tested = async () => {
      await hook?.ready?.(next);
      return await hook?.run?.(next);
    };
    await expect(tested()).rejects.toThrow(/frozen/);
  });
});

describe("the key of a seal's owner that was compromised", () => {
  it("is revoked, and a new version of the seal, in force from then on, takes its place", async () => {
    const service = await start();
    const id = await make(service);
    const lost = parseCertificate((await service.deps.store.find(id))?.certificate ?? new Uint8Array());
    const rotations = rotationsOf(service);
    const since = "2026-11-21T00:00:00.000Z";
    await rotations.begin("compromise", `seal.owner.${id}`, { since });
    await expect(apply(service, id)).rejects.toThrow("key-not-active");
    await rotations.runUntil("re-issue");
    expect(service.authority.revoked.get(lost.serialNumber)).toEqual(new Date(since));
    expect(verdictOf(service, await apply(service, id)).verdict).toBe("VALID_WITH_WARNINGS");
    expect(await versionsOf(service, id)).toMatchObject([
      { version: 1, closed_at: since },
      { version: 2, owner_key_version: 2 },
    ]);
  });

  it("is followed by the version that a rotation had made ahead, which is in force from then on", async () => {
    const service = await start();
    const id = await make(service);
    const rotations = rotationsOf(service);
    await rotations.begin("seal-owner", `seal.owner.${id}`);
    await rotations.runUntil("publish");
    const since = "2026-11-21T00:00:00.000Z";
    await rotations.begin("compromise", `seal.owner.${id}`, { since });
    const plan = await rotations.runUntil();
    expect(plan.state).toBe("done");
    expect(verdictOf(service, await apply(service, id)).verdict).toBe("VALID_WITH_WARNINGS");
    expect(await versionsOf(service, id)).toMatchObject([
      { version: 1, closed_at: since },
      { version: 2, owner_key_version: 2, effective_from: expect.any(String) as string },
    ]);
  });
});
