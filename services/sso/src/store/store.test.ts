import { createAuditTrail } from "@yinxin/service-kit/audit";
import { transact } from "@yinxin/service-kit/database";
import { describeOnBothDatabases, fixedClock } from "@yinxin/service-kit/testing";
import type { Kysely, Transaction } from "kysely";
import { expect, it } from "vitest";

import { migrations } from "../../migrations/index.ts";
import { ssoEvents } from "../domain/events.ts";
import { parseManifest } from "../domain/manifest.ts";
import type { Manifest } from "../domain/manifest.ts";
import { importBootstrap } from "../operations/import-bootstrap.ts";
import { sweepExpired } from "../operations/sweep-expired.ts";
import { createClientKeyStore } from "./client-keys.ts";
import { createAccountStore, createAttemptStore, createClientStore, createProtocolStore } from "./index.ts";
import type { SsoSchema } from "./index.ts";

const start = new Date("2026-11-21T02:00:00Z");
const coordinate = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const otherCoordinate = coordinate.replace("f83O", "a83O");
const hash =
  "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$oLfkTXFPyMs7TQLOTDLbU2vXk0ZzVYWHQzZ2cVVdbXQ";

function manifestWith(clientIds: readonly string[], personName = "张敏"): Manifest {
  return parseManifest({
    organizations: [{ id: "org_1", name: "杭州市测试审批局", uscc: "91430100MA4PD37P5G" }],
    people: [
      {
        id: "psn_1",
        username: "zhangmin",
        name: personName,
        password_hash: hash,
        organization: "org_1",
        entitlements: ["seal:apply"],
      },
    ],
    clients: clientIds.map((client_id) => ({
      client_id,
      name: client_id,
      jwk: { kty: "EC", crv: "P-256", x: coordinate, y: coordinate },
      grant_types: ["client_credentials"],
      redirect_uris: [],
      post_logout_redirect_uris: [],
      scope: "seal:make",
      entitlements: ["seal:make"],
    })),
  });
}

describeOnBothDatabases<SsoSchema>("the import of a manifest", migrations, (open) => {
  const depsOf = (db: Kysely<SsoSchema>) => ({
    accounts: createAccountStore(db),
    clients: createClientStore(db),
    audit: createAuditTrail(db, ssoEvents),
    transact: <Result>(change: (tx: Transaction<SsoSchema>) => Promise<Result>) => transact(db, change),
    clock: fixedClock(start),
  });

  it("brings people and clients, writes an event for each, and a second time changes nothing", async () => {
    const deps = depsOf(await open());
    await importBootstrap(deps, manifestWith(["seal", "ledger"]));
    expect(await deps.audit.verify()).toEqual({ events: 4 });
    await importBootstrap(deps, manifestWith(["seal", "ledger"]));
    expect(await deps.audit.verify()).toEqual({ events: 4 });
    expect(await deps.accounts.findByUsername("zhangmin")).toMatchObject({
      account: { id: "psn_1", organization: { id: "org_1" }, entitlements: ["seal:apply"] },
    });
    expect(await deps.clients.find("seal")).toMatchObject({ id: "seal", entitlements: ["seal:make"] });
  });

  it("changes what has changed, and removes clients that are not in it any more", async () => {
    const deps = depsOf(await open());
    await importBootstrap(deps, manifestWith(["seal", "ledger"]));
    await importBootstrap(deps, manifestWith(["seal"], "张敏敏"));
    expect((await deps.accounts.find("psn_1"))?.name).toBe("张敏敏");
    expect(await deps.clients.find("ledger")).toBeUndefined();
    expect(await deps.audit.verify()).toEqual({ events: 6 });
  });

  it("brings no client back that security officers turned away, neither by a new key nor by leaving it out", async () => {
    const db = await open();
    const deps = depsOf(db);
    const keys = async () =>
      (await transact(db, (tx) => createClientKeyStore().in(tx).list("seal")))?.map(({ state }) => state);
    const withKey = (x: string): Manifest => {
      const { clients, ...others } = manifestWith(["seal"]);
      return { ...others, clients: clients.map((client) => ({ ...client, key: { ...client.key, x } })) };
    };
    await importBootstrap(deps, manifestWith(["seal"]));
    await importBootstrap(deps, withKey(otherCoordinate));
    expect((await keys())?.sort()).toEqual(["registered", "removed"]);
    await db.updateTable("client_keys").set({ state: "removed" }).execute();
    for (const next of [withKey(coordinate.replace("f", "g")), manifestWith([]), withKey(otherCoordinate)])
      await importBootstrap(deps, next);
    await importBootstrap(deps, withKey(coordinate.replace("f", "h")));
    expect(await keys()).toEqual(["removed", "removed"]);
  });

  it("leaves nothing behind if a part of it fails", async () => {
    const db = await open();
    const deps = depsOf(db);
    const good = manifestWith(["seal"]);
    const orphan = good.people.map((person) => ({ ...person, organizationId: "org_missing" as const }));
    await expect(importBootstrap(deps, { ...good, people: orphan })).rejects.toThrow();
    expect(await db.selectFrom("organizations").select("id").execute()).toEqual([]);
    expect(await deps.audit.verify()).toEqual({ events: 0 });
  });
});

describeOnBothDatabases<SsoSchema>("the store of attempts", migrations, (open) => {
  const state = { failures: 1, lastAt: start, blockedUntil: start };

  it("lets one of two writers with the same idea of the counter win", async () => {
    const attempts = createAttemptStore(await open());
    const first = await Promise.all([1, 2, 3].map(() => attempts.replace("account:x", undefined, state)));
    expect(first.filter(Boolean)).toHaveLength(1);
    const second = await Promise.all(
      [1, 2, 3].map(() => attempts.replace("account:x", state, { ...state, failures: 2 })),
    );
    expect(second.filter(Boolean)).toHaveLength(1);
    expect(await attempts.find("account:x")).toEqual({ ...state, failures: 2 });
  });

  it("takes one failure back, never below none, and forgets", async () => {
    const attempts = createAttemptStore(await open());
    await attempts.replace("address:::1", undefined, state);
    await attempts.takeBack("address:::1");
    await attempts.takeBack("address:::1");
    expect(await attempts.find("address:::1")).toMatchObject({ failures: 0 });
    await attempts.remove("address:::1");
    expect(await attempts.find("address:::1")).toBeUndefined();
  });
});

describeOnBothDatabases<SsoSchema>("the store of protocol records", migrations, (open) => {
  const record = {
    model: "AuthorizationCode",
    id: "code",
    payload: { accountId: "psn_1", name: "张·敏" },
    grantId: "grant",
    expiresAt: new Date(start.getTime() + 60_000),
  };

  it("gives back what was put, under its model only", async () => {
    const records = createProtocolStore(await open());
    await records.put(record);
    await records.put({ ...record, payload: { accountId: "psn_2" } });
    expect(await records.find("AuthorizationCode", "code")).toEqual({ payload: { accountId: "psn_2" } });
    expect(await records.find("AccessToken", "code")).toBeUndefined();
  });

  it("finds a session by the id that outlives its cookie", async () => {
    const records = createProtocolStore(await open());
    await records.put({
      model: "Session",
      id: "a",
      uid: "u",
      payload: { jti: "a" },
      expiresAt: record.expiresAt,
    });
    expect(await records.findByUid("Session", "u")).toEqual({ payload: { jti: "a" } });
    expect(await records.findByUid("Interaction", "u")).toBeUndefined();
  });

  it("is consumed once, and stays consumed when it is written again", async () => {
    const records = createProtocolStore(await open());
    await records.put(record);
    const consumed = await Promise.all(
      [1, 2, 3].map(() => records.consume("AuthorizationCode", "code", start)),
    );
    expect(consumed.filter(Boolean)).toHaveLength(1);
    await records.put(record);
    expect(await records.find("AuthorizationCode", "code")).toMatchObject({ consumedAt: start });
  });

  it("adds only what is not there yet", async () => {
    const records = createProtocolStore(await open());
    const added = await Promise.all([1, 2, 3].map(() => records.add(record)));
    expect(added.filter(Boolean)).toHaveLength(1);
  });

  it("removes by id, by grant, and what has expired", async () => {
    const db = await open();
    const records = createProtocolStore(db);
    for (const id of ["a", "b", "c"]) await records.put({ ...record, id });
    await records.put({ ...record, id: "d", grantId: "other" });
    await records.remove("AuthorizationCode", "a");
    await records.removeByGrant("AuthorizationCode", "grant");
    const left = async () =>
      (await db.selectFrom("protocol_records").select("id").execute()).map(({ id }) => id);
    expect(await left()).toEqual(["d"]);

    const clock = fixedClock(start);
    const deps = { records, attempts: createAttemptStore(db), clock };
    await sweepExpired(deps);
    expect(await left()).toEqual(["d"]);
    clock.advance(121_000);
    await sweepExpired(deps);
    expect(await left()).toEqual([]);
  });
});
