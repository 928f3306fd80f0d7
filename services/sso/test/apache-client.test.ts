import { afterEach, beforeEach, describe, expect, vi } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { missingForApache, startApache } from "./support/apache.ts";
import type { RunningApache } from "./support/apache.ts";
import { payloadOf } from "./support/jwt.ts";
import { tokenRotations } from "./support/rotation.ts";
import { requestToken, startSso } from "./support/sso-for-tests.ts";
import type { RunningSso } from "./support/sso-for-tests.ts";

let sso: RunningSso;
let apache: RunningApache | undefined;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-22T02:00:00Z") });
  sso = await startSso();
});

afterEach(async () => {
  await apache?.close();
  apache = undefined;
  await sso.close();
  vi.useRealTimers();
});

const missing = missingForApache();
const tools = ["apache2", "openssl", ...missing];

describe("Apache's mod_auth_openidc, which keeps the keys for an hour whatever it is told", () => {
  toolTest(
    tools,
    "refuses no token while the token key is rotated, and never has to look for an unknown key",
    async () => {
      apache = await startApache(sso.url);
      const tokens = tokenRotations(sso);
      let live: string[] = [];
      let calls = 0;
      // Its copy is from just before the new key is shown.
      await apache.setTime(new Date());
      live.push(await newToken());
      expect(await apache.call(live[0] ?? "")).toBe(200);
      await tokens.begin("token-key");
      for (let tick = 0; tick < 20; tick += 1) {
        await apache.setTime(new Date());
        await tokens.rotations.advance();
        live = live.filter((token) => Number(payloadOf(token)["exp"]) * 1000 > Date.now());
        live.push(await newToken());
        for (const token of live) {
          expect(await apache.call(token), `tick ${String(tick)}`).toBe(200);
          calls += 1;
        }
        vi.setSystemTime(Date.now() + 330_000);
      }
      expect(await tokens.plan()).toMatchObject({ state: "done" });
      expect(calls).toBeGreaterThan(30);
      expect(apache.reads()).toBeLessThanOrEqual(3);
      expect(await apache.errors()).not.toMatch(/forced refresh|could not find key/);
    },
  );

  toolTest(
    tools,
    "has the clock that the test gives it: an hour later the same token has expired",
    async () => {
      apache = await startApache(sso.url);
      await apache.setTime(new Date());
      const token = await newToken();
      expect(await apache.call(token)).toBe(200);
      await apache.setTime(new Date(Date.now() + 3600_000));
      expect(await apache.call(token)).toBe(401);
    },
  );
});

async function newToken(): Promise<string> {
  const grant = { grant_type: "client_credentials", scope: "seal:make" };
  const { body } = await requestToken(sso, { id: "seal", signer: sso.clients.seal }, grant);
  return String(body["access_token"]);
}
