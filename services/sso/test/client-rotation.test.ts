import { randomBytes, randomUUID } from "node:crypto";

import { base64Of } from "@yinxin/crypto/bytes";
import { publicJwkOfSpki } from "@yinxin/crypto/tokens";
import type { Signer } from "@yinxin/crypto/signer";
import { defineAuditCatalogue, searchAudit } from "@yinxin/service-kit/audit";
import { createSuiteTokens } from "@yinxin/service-kit/auth";
import {
  clientKeyHooks,
  clientPurpose,
  clientRing,
  createRegistration,
  createRemoval,
  openClientKey,
} from "@yinxin/service-kit/client-keys";
import type { StatementToMake } from "@yinxin/service-kit/client-keys";
import { migrateToLatest, openDatabase, transact } from "@yinxin/service-kit/database";
import { governanceMigrations } from "@yinxin/service-kit/governance";
import { createTestGovernance, createTestRotations, startTraffic } from "@yinxin/service-kit/testing";
import type { MemoryRingKeys, TestTraffic } from "@yinxin/service-kit/testing";
import { memoryRingKeys } from "@yinxin/service-kit/testing";
import { auditMigration } from "@yinxin/service-kit/audit";
import type { Kysely, Transaction } from "kysely";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { clientKeyOperations } from "../src/operations/client-key-operations.ts";
import { createClientKeyStore } from "../src/store/index.ts";
import type { SsoSchema } from "../src/store/index.ts";
import { openManifest } from "../src/domain/signed-manifest.ts";
import { newKey, requestToken, signManifest, startSso, testManifest } from "./support/sso-for-tests.ts";
import type { RunningSso } from "./support/sso-for-tests.ts";

let sso: RunningSso;

beforeEach(async () => {
  // Both sides read the machine's clock; only it is moved, timers and sockets are real.
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-22T02:00:00Z") });
  sso = await startSso();
});

afterEach(async () => {
  await sso.close();
  vi.useRealTimers();
});

const clock = {
  now: () => new Date(),
  advance: (milliseconds: number) => {
    vi.setSystemTime(Date.now() + milliseconds);
  },
};

const keyIdOf = ({ publicKey }: Pick<Signer, "publicKey">): string => publicJwkOfSpki(publicKey).kid;

async function registeredKeys(): Promise<readonly string[]> {
  const rows = await sso.database
    .selectFrom("client_keys")
    .select("key_id")
    .where("client_id", "=", "seal")
    .where("state", "=", "registered")
    .execute();
  return rows.map((row) => row.key_id);
}

/** The service seal as its own program makes it: its ring has taken over the key that sso's manifest names. */
async function startClient() {
  const db = await openDatabase<unknown>({ url: "sqlite::memory:", schema: "seal" });
  await migrateToLatest(db, { "0000-audit": auditMigration, ...governanceMigrations });
  const keys: MemoryRingKeys = memoryRingKeys();
  const governance = createTestGovernance({
    ...{ service: "seal", db, catalogue: defineAuditCatalogue({}), clock, keys },
  });
  const { trail, rings } = governance;
  await rings.ensure(clientRing("seal"));
  const deps = { db, rings, trail: trail.kit, clock, service: "seal" };
  const ofSso = { issuer: sso.url, clientId: "seal", fetch, randomBytes };
  const rotations = createTestRotations({
    ...{ db, governance, clock, hooks: clientKeyHooks({ ...deps, ...ofSso }) },
  });
  const tokens = { ...ofSso, signer: openClientKey(deps), scope: "seal:make", clock };
  return {
    ...{ db, rings, rotations },
    /** A client without a token yet, so each call proves itself. */
    call: () => createSuiteTokens(tokens).accessToken(),
  };
}

async function importManifest(seal: Signer): Promise<void> {
  const bootstrap = newKey();
  const manifest = await testManifest({ ...sso.clients, seal }, sso.callback);
  await sso.service.importBootstrap(
    openManifest(await signManifest(bootstrap, manifest), bootstrap.publicKey),
  );
}

describe("the rotation of a service's client key", () => {
  it("fails no call while the service asks for tokens without a pause, and survives the old manifest", async () => {
    const client = await startClient();
    const first = (await client.rings.open(clientPurpose("seal"))).signer;
    await importManifest(first);
    let traffic: TestTraffic<string> = startTraffic([client.call, client.call, client.call]);
    await traffic.more(5);
    await client.rotations.begin("client-key", clientPurpose("seal"));
    await traffic.more(10);
    const before = await traffic.stop();
    const second = (await client.rings.open(clientPurpose("seal"))).signer;
    expect((await registeredKeys()).toSorted()).toEqual([keyIdOf(first), keyIdOf(second)].toSorted());

    const plan = await client.rotations.runUntil();
    traffic = startTraffic([client.call, client.call, client.call]);
    await traffic.more(10);
    expect(before.length + (await traffic.stop()).length).toBeGreaterThanOrEqual(25);
    expect(plan.state).toBe("done");
    expect((await client.rings.versions(clientPurpose("seal"))).map(({ state }) => state)).toEqual([
      "deactivated",
      "active",
    ]);
    expect(await registeredKeys()).toEqual([keyIdOf(second)]);

    await importManifest(first);
    expect(await registeredKeys()).toEqual([keyIdOf(second)]);
    await client.call();
    const refused = await requestToken(sso, { id: "seal", signer: first }, tokenRequest);
    expect(refused).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    const { events } = await searchAudit(sso.database, { subject: "seal" }, { limit: 100 });
    const changes = events.filter(({ action }) => action.startsWith("client-key."));
    expect(changes.map(({ action, detail }) => [action, detail])).toEqual(
      expect.arrayContaining([
        ["client-key.registered", { key_id: keyIdOf(second), by_key: keyIdOf(first) }],
        ["client-key.removed", { key_id: keyIdOf(first), by_key: keyIdOf(second) }],
      ]),
    );
    await client.db.destroy();
  });

  it("can be taken back before the new key signs", async () => {
    const client = await startClient();
    const { signer } = await client.rings.open(clientPurpose("seal"));
    await importManifest(signer);
    const hooks = clientKeyHooks({
      ...{ db: client.db, rings: client.rings, clock, service: "seal", issuer: sso.url, clientId: "seal" },
      trail: { in: () => ({ append: () => Promise.resolve() }) },
      ...{ fetch, randomBytes },
    });
    const next = newKey();
    await register(statementBy(signer), next);
    const context = { rings: client.rings, next } as unknown as Parameters<
      NonNullable<(typeof hooks)["client-key.register"]>["undo"] & {}
    >[0];
    await hooks["client-key.register"]?.undo?.(context);
    await hooks["client-key.register"]?.undo?.(context);
    expect(await registeredKeys()).toEqual([keyIdOf(signer)]);
    await client.db.destroy();
  });
});

describe("the compromise of a service's client key", () => {
  it("waits until officers had the stolen key turned away, and again until they had its successor taken", async () => {
    const client = await startClient();
    const stolen = (await client.rings.open(clientPurpose("seal"))).signer;
    await importManifest(stolen);
    // The thief was quicker than the officers: he has a key of his own there.
    const thiefs = newKey();
    expect((await register(statementBy(stolen), thiefs))[0]).toBe(200);
    const since = clock.now().toISOString();
    await client.rotations.begin("compromise", clientPurpose("seal"), { since });
    const waiting = await client.rotations.plan();
    expect(waiting).toMatchObject({ problem: { step: "deny", code: "client-key-refused" } });
    expect(waiting.problem?.detail.en).toContain("yinxin clients suspend seal --reason");
    expect(waiting.result).toBeUndefined();

    expect(await officers("client.suspend", {})).toMatchObject({ removed: { length: 2 } });
    for (const signer of [stolen, thiefs]) {
      const refused = await requestToken(sso, { id: "seal", signer }, tokenRequest);
      expect(refused).toMatchObject({ status: 401, body: { error: "invalid_client" } });
      expect(await register(statementBy(signer), newKey())).toEqual(notProven);
    }
    const { problem } = await client.rotations.tryAgain();
    expect(problem).toMatchObject({ step: "publish", code: "client-key-refused" });
    const [, publicKey = ""] = /--public-key (\S+) /u.exec(problem?.detail.en ?? "") ?? [];

    await officers("client.replace-key", { public_key: publicKey });
    await client.rotations.tryAgain();
    const plan = await client.rotations.runUntil();
    expect(plan.state).toBe("done");
    expect(plan.steps.find(({ name }) => name === "deny")?.result).toEqual({ refused: keyIdOf(stolen) });
    expect(await registeredKeys()).toEqual([
      keyIdOf((await client.rings.open(clientPurpose("seal"))).signer),
    ]);
    await client.call();
    await importManifest(stolen);
    expect(await registeredKeys()).toHaveLength(1);
    await client.db.destroy();
  });

  it("registers no key that was ever a client's, and none for a client that is not there", async () => {
    const { seal, desk } = sso.clients;
    const keyOf = ({ publicKey }: Signer) => ({ public_key: base64Of(publicKey) });
    await expect(officers("client.replace-key", keyOf(desk))).rejects.toMatchObject({
      code: "client-key-used",
    });
    await expect(officers("client.replace-key", keyOf(seal))).rejects.toMatchObject({
      code: "client-key-used",
    });
    await expect(officers("client.replace-key", { public_key: "AAAA" })).rejects.toMatchObject({
      code: "client-key-malformed",
    });
    await expect(officers("client.suspend", {}, "nobody")).rejects.toMatchObject({
      code: "client-not-found",
    });
    expect(await registeredKeys()).toEqual([keyIdOf(seal)]);
  });
});

/** What sso does once enough officers approved a change. */
async function officers(
  name: string,
  parameters: Record<string, unknown>,
  target = "seal",
): Promise<unknown> {
  const operation = clientKeyOperations({
    clientKeys: createClientKeyStore(),
    audit: sso.governance.trail,
    transact: (change) => transact(sso.database, change),
    tables: (tx): Transaction<SsoSchema> => tx,
  }).find((one) => one.name === name);
  if (operation === undefined) throw new Error(`no operation ${name}`);
  const parsed = operation.parameters.parse(parameters);
  await operation.preview(target, parsed);
  const change = {
    ...{ id: "chg_1", operation: name, target, parameters: parsed, reason: "stolen", digest: "sm3:00" },
    ...{ proposer: "psn_1", approvers: ["psn_1", "psn_2"], executor: "psn_1" },
  };
  return await transact(sso.database as unknown as Kysely<unknown>, (tx) =>
    operation.execute({ tx, change, at: clock.now() }),
  );
}

const tokenRequest = { grant_type: "client_credentials", scope: "seal:make" };

function statementBy(signer: Signer, given: Partial<StatementToMake> = {}): StatementToMake {
  const now = clock.now();
  return { signer, issuer: sso.url, clientId: "seal", now, statementId: randomUUID(), ...given };
}

async function post(path: string, body: object): Promise<[number, unknown]> {
  const response = await fetch(`${sso.url}/v1/clients/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const { code, key_id: keyId } = (await response.json()) as { code?: string; key_id?: string };
  return [response.status, code ?? keyId];
}

async function register(made: StatementToMake, next: Signer, at = "seal"): Promise<[number, unknown]> {
  return await post(`${at}/keys`, await createRegistration(made, next));
}

const notProven = [403, "client-key-not-proven"];

describe("a statement about a client's keys", () => {
  it("counts once, for this client at this service, from this minute, by a key that is registered", async () => {
    const { seal, desk } = sso.clients;
    const statementId = randomUUID();
    const [first, second] = [newKey(), newKey()];
    expect(await register(statementBy(seal, { statementId }), first)).toEqual([200, keyIdOf(first)]);
    expect(await register(statementBy(seal, { statementId }), second)).toEqual(notProven);
    for (const given of [
      { signer: newKey() },
      { signer: desk },
      { clientId: "desk" },
      { issuer: "https://other.example" },
      { now: new Date(Date.now() - 61_000) },
      { now: new Date(Date.now() + 62_000) },
    ]) {
      expect(await register(statementBy(seal, given), second)).toEqual(notProven);
    }
    expect(await register(statementBy(seal), second, "desk")).toEqual(notProven);
    expect(await register(statementBy(seal, { clientId: "nobody" }), second, "nobody")).toEqual(notProven);
    expect(await registeredKeys()).toHaveLength(2);
  });

  it("needs the new key's own proof, over this very statement", async () => {
    const [mine, stolen] = [newKey(), newKey()];
    const { statement } = await createRegistration(statementBy(sso.clients.seal), stolen);
    const other = await createRegistration(statementBy(sso.clients.seal), mine);
    expect(await post("seal/keys", { statement, proof: other.proof })).toEqual(notProven);
    const again = await createRegistration(statementBy(sso.clients.seal), stolen);
    expect(await post("seal/keys", { statement, proof: again.proof })).toEqual(notProven);
    expect(await post("seal/keys", { statement, proof: statement })).toEqual(notProven);
    expect(await post("seal/key-removals", { statement })).toEqual(notProven);
  });

  it("registers no key that any client has or had, and no more than a client needs", async () => {
    const { seal, desk } = sso.clients;
    const next = newKey();
    expect(await register(statementBy(seal), desk)).toEqual([409, "client-key-used"]);
    expect((await register(statementBy(seal), next))[0]).toBe(200);
    expect((await register(statementBy(seal), next))[0]).toBe(200);
    const removal = await createRemoval(statementBy(seal), keyIdOf(next));
    expect(await post("seal/key-removals", { statement: removal })).toEqual([200, keyIdOf(next)]);
    expect(await register(statementBy(seal), next)).toEqual([409, "client-key-used"]);
    for (let count = 2; count <= 4; count += 1) await register(statementBy(seal), newKey());
    expect(await register(statementBy(seal), newKey())).toEqual([409, "client-keys-too-many"]);
  });

  it("by a key that was removed, or about the signing key itself, removes nothing", async () => {
    const { seal } = sso.clients;
    const next = newKey();
    const itself = await createRemoval(statementBy(seal), keyIdOf(seal));
    expect(await post("seal/key-removals", { statement: itself })).toEqual(notProven);
    await register(statementBy(seal), next);
    const removal = await createRemoval(statementBy(next), keyIdOf(seal));
    expect((await post("seal/key-removals", { statement: removal }))[0]).toBe(200);
    const revenge = await createRemoval(statementBy(seal), keyIdOf(next));
    expect(await post("seal/key-removals", { statement: revenge })).toEqual(notProven);
    expect(await register(statementBy(seal), newKey())).toEqual(notProven);
    expect(await registeredKeys()).toEqual([keyIdOf(next)]);
  });
});

describe("a manifest with another key for a client", () => {
  it("is the operator's word: that key is the only one from then on", async () => {
    await register(statementBy(sso.clients.seal), newKey());
    const replacement = newKey();
    await importManifest(replacement);
    expect(await registeredKeys()).toEqual([keyIdOf(replacement)]);
  });
});
