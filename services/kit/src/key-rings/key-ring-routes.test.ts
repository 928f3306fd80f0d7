import { randomBytes } from "node:crypto";

import { afterEach, expect, it } from "vitest";

import { createHealth } from "../health/index.ts";
import { createServiceApp, openApiOf } from "../routes/index.ts";
import {
  createTestTokens,
  describeOnBothDatabases,
  silentLog as log,
  startTestService,
} from "../testing/index.ts";
import type { TestService } from "../testing/index.ts";
import { makerRing, ringBench, ringMigrations, start } from "../testing/key-ring-bench.ts";
import type { RingBench, TestTables } from "../testing/key-ring-bench.ts";
import { keyRingProblems, keyRingRoutes } from "./index.ts";
import type { KeyEvent, KeyEventQuery } from "./index.ts";

const { purpose } = makerRing;
const services: TestService[] = [];
afterEach(async () => {
  for (const service of services.splice(0)) await service.close();
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}
interface RouteBench extends RingBench {
  readonly queries: KeyEventQuery[];
  get(path: string, permissions?: readonly string[]): Promise<Answer>;
}

const events: readonly KeyEvent[] = [0, 1, 2].map((index) => ({
  ...{
    index,
    occurredAt: start.toISOString(),
    action: "key.used",
    actor: "person_1",
    subject: `thing_${String(index)}`,
  },
  ...{ onBehalfOf: "org_1", requestId: "req_1", key: { purpose, version: 1 }, detail: { for: "test" } },
}));

describeOnBothDatabases<TestTables>("the routes of key rings", ringMigrations, (open) => {
  async function served(): Promise<RouteBench> {
    const bench = ringBench(await open());
    await bench.rings.ensure(makerRing);
    const { clock, rings } = bench;
    const tokens = createTestTokens(clock);
    const queries: KeyEventQuery[] = [];
    const routes = keyRingRoutes({
      ...{ rings, clock },
      searchEvents: (query) => {
        queries.push(query);
        return Promise.resolve(
          events.filter(({ index }) => index >= (query.from ?? 0)).slice(0, query.limit),
        );
      },
      plansOf: () =>
        Promise.resolve([
          {
            ...{ id: "plan_1", purpose: "seal.maker", definition: "rotate", state: "running" },
            ...{ nextStep: "retire", nextAt: start },
          },
        ]),
    });
    const service = await startTestService({
      at: (baseUrl) =>
        createServiceApp({
          ...{ name: "test", version: "0.1.0", baseUrl, routes, problems: keyRingProblems },
          ...{ authenticator: tokens.authenticator, log, randomBytes },
          health: createHealth({ checks: {}, log, clock }),
        }),
    });
    services.push(service);
    const get: RouteBench["get"] = async (path, permissions = ["key:read"]) => {
      const authorization = await tokens.bearer({ permissions });
      const response = await fetch(`${service.url}${path}`, { headers: { authorization } });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    return { ...bench, queries, get };
  }

  it("list every ring and version with what is due, and nothing of a private key", async () => {
    const bench = await served();
    await bench.change((tx) => tx.freeze("unit:org_1", { at: start, reason: "test", persons: ["p1"] }));
    await bench.keys.create("stray", "ES256");
    await bench.rings.drift();
    const { status, body } = await bench.get("/v1/key-rings?within_days=366");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      rings: [
        {
          purpose,
          algorithm: "ES256",
          overlap_seconds: 3600,
          plans: [{ id: "plan_1", next_step: "retire" }],
        },
      ],
      versions: [
        {
          ...{ purpose, version: 1, state: "active", signatures: 0, is_frozen: false, signatures_today: 0 },
          due: [{ kind: "crypto-period-ends", at: "2027-11-22T00:00:00.000Z" }],
        },
      ],
      drift: [{ kind: "unknown", key_uri: "file:stray" }],
      freezes: [{ scope: "unit:org_1", reason: "test" }],
    });
    expect(JSON.stringify(body)).not.toMatch(/private/i);
  });

  it("show one ring with its history and plans", async () => {
    const bench = await served();
    const { status, body } = await bench.get(`/v1/key-rings/${purpose}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ring: { purpose, title: makerRing.title, plan: "rotate" },
      versions: [{ version: 1, origin: { label: "seal.maker-v1", local: true } }],
      plans: [{ id: "plan_1", definition: "rotate", state: "running" }],
      ...{ drift: [] },
      history: [{ index: 0, key: { purpose, version: 1 } }, {}, {}],
    });
    expect(bench.queries).toEqual([
      { subject: purpose, actions: ["key.created", "key.moved", "key.drifted"], limit: 500 },
    ]);
  });

  it("list the uses of a key page by page", async () => {
    const bench = await served();
    const first = await bench.get(
      `/v1/key-rings/${purpose}/uses?version=1&since=2026-11-22T08:00:00%2B08:00&limit=2`,
    );
    expect(first.body).toMatchObject({ uses: [{ index: 0 }, { index: 1 }], next_from: 2 });
    expect(bench.queries).toEqual([{ keyPurpose: purpose, keyVersion: 1, since: start, limit: 3 }]);
    const second = await bench.get(`/v1/key-rings/${purpose}/uses?from=2`);
    expect(second.body).toEqual({
      uses: [
        {
          ...{ index: 2, occurred_at: start.toISOString(), action: "key.used", actor: "person_1" },
          ...{ on_behalf_of: "org_1", subject: "thing_2", request_id: "req_1" },
          ...{ key: { purpose, version: 1 }, detail: { for: "test" } },
        },
      ],
    });
  });

  it("are for those who may read keys, and know no other ring", async () => {
    const bench = await served();
    expect(await bench.get("/v1/key-rings", ["audit:read"])).toMatchObject({ status: 403 });
    expect(await bench.get("/v1/key-rings/seal.makr")).toMatchObject({
      ...{ status: 404, body: { code: "key-ring-not-found" } },
    });
    expect(await bench.get("/v1/key-rings/seal.makr/uses")).toMatchObject({ status: 404 });
    expect(await bench.get(`/v1/key-rings/${purpose}/uses?limit=0`)).toMatchObject({ status: 400 });
  });
});

it("the routes of key rings have an interface description", () => {
  const routes = keyRingRoutes({} as never);
  const { paths } = openApiOf({ title: "test", version: "0.1.0", routes, problems: keyRingProblems });
  expect(Object.keys(paths as object)).toEqual([
    "/v1/key-rings",
    "/v1/key-rings/{purpose}",
    "/v1/key-rings/{purpose}/uses",
  ]);
});
