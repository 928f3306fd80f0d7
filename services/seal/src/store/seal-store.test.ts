import { createTestGovernance, describeOnBothDatabases, fixedClock } from "@yinxin/service-kit/testing";
import type { Kysely } from "kysely";
import { expect, it } from "vitest";

import { migrations } from "../../migrations/index.ts";
import type { SealFiles, SealRecord } from "../domain/seal.ts";
import { sealEvents } from "../domain/seal-events.ts";
import type { ApplicationRecord, SealStore } from "../operations/seal-store.ts";
import type { SealSchema } from "./seal-schema.ts";
import { createSealStore } from "./seal-store.ts";

const at = new Date("2026-11-22T08:00:00.000Z");

function sealOf(number: number, changes: Partial<SealRecord> = {}): SealRecord {
  const tail = String(number).padStart(8, "0");
  return {
    id: `seal_${tail}`,
    code: `330100${tail}`,
    name: "临溪市民政局",
    type: 1,
    organizationId: `org_${String(number)}`,
    status: "active",
    validFrom: at,
    validUntil: new Date("2029-11-22T08:00:00.000Z"),
    sizeMm: 42,
    version: 1,
    ownerKeyVersion: 1,
    makerKeyVersion: 1,
    certificate: Uint8Array.of(1, 2),
    ...changes,
  };
}

const files: SealFiles = { picture: Uint8Array.of(3, 4, 5), seal: Uint8Array.of(6) };

const application: ApplicationRecord = {
  id: "app_1",
  sealId: "seal_00000001",
  documentName: "批复.pdf",
  format: "pdf",
  digestBefore: "sm3:00",
  digestAfter: "sm3:01",
  placement: { page: 1, xMm: 118.25, yMm: 186 },
  signedAt: at,
  actor: "psn_zhangmin",
  onBehalfOf: "org_1",
  reason: "批复",
};

function storeOf(db: Kysely<SealSchema>): SealStore {
  const clock = fixedClock(at);
  return createSealStore({
    db,
    ...createTestGovernance({ service: "seal", db, catalogue: sealEvents, clock }),
  });
}

describeOnBothDatabases<SealSchema>("the store of the seal service", migrations, (open) => {
  it("gives a seal back as it was added, and its bytes apart", async () => {
    const store = storeOf(await open());
    expect(await store.find("seal_00000001")).toBeUndefined();
    expect(await store.findFiles("seal_00000001")).toBeUndefined();
    expect(await store.transact((unit) => unit.addSeal(sealOf(1), files))).toBe(true);
    expect(await store.find("seal_00000001")).toEqual(sealOf(1));
    expect(await store.findFiles("seal_00000001")).toEqual(files);
  });

  it("keeps one seal of its legal name for an organization until it is revoked, and any number of others", async () => {
    const db = await open();
    const store = storeOf(db);
    const add = (seal: SealRecord): Promise<boolean> => store.transact((unit) => unit.addSeal(seal, files));
    expect(await add(sealOf(1))).toBe(true);
    expect(await add(sealOf(2, { organizationId: "org_1" }))).toBe(false);
    expect(await add(sealOf(3, { organizationId: "org_1", type: 4 }))).toBe(true);
    expect(await add(sealOf(4, { organizationId: "org_1", type: 4 }))).toBe(true);
    expect(await store.hasUnrevoked("org_1", 1)).toBe(true);
    expect(await store.hasUnrevoked("org_1", 2)).toBe(false);
    await db.updateTable("seals").set({ status: "revoked" }).where("id", "=", "seal_00000001").execute();
    expect(await store.hasUnrevoked("org_1", 1)).toBe(false);
    expect(await add(sealOf(2, { organizationId: "org_1" }))).toBe(true);
  });

  it("lists in the order of the codes, by organization, page by page", async () => {
    const store = storeOf(await open());
    const type = 4;
    for (const number of [3, 1, 4, 2]) {
      const organizationId = number % 2 === 0 ? "org_even" : "org_odd";
      await store.transact((unit) => unit.addSeal(sealOf(number, { organizationId, type }), files));
    }
    const codes = async (filter: Parameters<typeof store.list>[0]): Promise<string[]> =>
      (await store.list(filter)).map(({ code }) => code.slice(-1));
    expect(await codes({ limit: 10 })).toEqual(["1", "2", "3", "4"]);
    expect(await codes({ limit: 10, organizationId: "org_even" })).toEqual(["2", "4"]);
    expect(await codes({ limit: 2 })).toEqual(["1", "2"]);
    expect(await codes({ limit: 2, after: "33010000000002" })).toEqual(["3", "4"]);
  });

  it("never gives a serial number twice, however many take one at once", async () => {
    const store = storeOf(await open());
    const taken = await Promise.all(Array.from({ length: 12 }, () => store.takeSerial("330100")));
    expect([...taken].sort((one, other) => one - other)).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
    expect(await store.takeSerial("330200")).toBe(1);
  });

  it("records the use of an active seal, and of no other", async () => {
    const db = await open();
    const store = storeOf(db);
    const use = (id: ApplicationRecord["id"]): Promise<boolean> =>
      store.transact((unit) => unit.addApplication({ ...application, id }));
    expect(await use("app_0"), "there is no such seal").toBe(false);
    await store.transact((unit) => unit.addSeal(sealOf(1), files));
    expect(await use("app_1")).toBe(true);
    for (const status of ["suspended", "revoked"]) {
      await db.updateTable("seals").set({ status }).execute();
      expect(await use(`app_${status}`)).toBe(false);
    }
    expect(await db.selectFrom("applications").selectAll().execute()).toEqual([
      expect.objectContaining({
        id: "app_1",
        x_um: 118_250,
        y_um: 186_000,
        actor: "psn_zhangmin",
        on_behalf_of: "org_1",
      }),
    ]);
  });

  it("stores nothing of a change that fails", async () => {
    const store = storeOf(await open());
    const change = store.transact(async (unit) => {
      await unit.addSeal(sealOf(1), files);
      throw new Error("the power went out");
    });
    await expect(change).rejects.toThrow("the power went out");
    expect(await store.find("seal_00000001")).toBeUndefined();
  });

  it("keeps the maker's first certificate", async () => {
    const store = storeOf(await open());
    const add = (byte: number): Promise<boolean> =>
      store.transact((unit) => unit.addMakerCertificate("file:maker", Uint8Array.of(byte), at));
    expect(await store.findMakerCertificate("file:maker")).toBeUndefined();
    expect(await add(1)).toBe(true);
    expect(await add(2)).toBe(false);
    expect(await store.findMakerCertificate("file:maker")).toEqual(Uint8Array.of(1));
  });

  it("puts one version in force at a time and keeps the others with the date on which they were closed", async () => {
    const store = storeOf(await open());
    await store.transact((unit) => unit.addSeal(sealOf(1), files));
    const second = { ...sealOf(1), version: 2, ownerKeyVersion: 2, certificate: Uint8Array.of(3) };
    const bytes = Uint8Array.of(7);
    const add = (): Promise<boolean> =>
      store.transact((unit) => unit.addVersion("seal_00000001", second, bytes));
    expect(await add()).toBe(true);
    expect(await add(), "a batch that runs again").toBe(false);
    expect(await store.find("seal_00000001")).toEqual(sealOf(1));
    expect(await store.findVersionFor("seal_00000001", 2)).toBeUndefined();
    expect(await store.findVersionFor("seal_00000001", 2, true)).toMatchObject({ version: 2, seal: bytes });

    const later = new Date(at.getTime() + 1000);
    const closedAt = new Date(at.getTime() + 9000);
    const putInForce = (): Promise<boolean> =>
      store.transact((unit) => unit.putInForce("seal_00000001", 2, { at: later, closedAt }));
    expect(await putInForce()).toBe(true);
    expect(await putInForce()).toBe(false);
    expect(await store.find("seal_00000001")).toMatchObject({ version: 2, certificate: Uint8Array.of(3) });
    expect((await store.findFiles("seal_00000001"))?.seal).toEqual(bytes);
    expect(await store.versions("seal_00000001")).toMatchObject([
      { version: 1, effectiveFrom: at, closedAt },
      { version: 2, effectiveFrom: later },
    ]);
  });

  it("takes a version back that was never in force, and no other", async () => {
    const store = storeOf(await open());
    await store.transact((unit) => unit.addSeal(sealOf(1), files));
    const second = { ...sealOf(1), version: 2, ownerKeyVersion: 2 };
    await store.transact((unit) => unit.addVersion("seal_00000001", second, Uint8Array.of(7)));
    for (const key of [1, 2]) await store.transact((unit) => unit.withdrawVersion("seal_00000001", key));
    expect(await store.versions("seal_00000001")).toMatchObject([{ version: 1 }]);
  });

  it("finds the seals that another key of the maker signed, page by page", async () => {
    const store = storeOf(await open());
    for (const number of [1, 2, 3]) {
      const makerKeyVersion = number === 2 ? 2 : 1;
      await store.transact((unit) => unit.addSeal(sealOf(number, { makerKeyVersion }), files));
    }
    expect(await store.countOfOtherMakers(2)).toBe(2);
    const [first] = await store.listOfOtherMakers({ makerKeyVersion: 2, limit: 1 });
    expect(first?.id).toBe("seal_00000001");
    const rest = await store.listOfOtherMakers({ makerKeyVersion: 2, limit: 9, after: first?.id ?? "" });
    expect(rest.map(({ id }) => id)).toEqual(["seal_00000003"]);
  });
});
