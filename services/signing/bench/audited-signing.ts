import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Worker } from "node:worker_threads";

import { base64Of, utf8Of } from "@yinxin/crypto/bytes";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { createAuditLog } from "@yinxin/service-kit/audit";
import { systemClock } from "@yinxin/service-kit/clock";
import { migrateToLatest, openDatabase } from "@yinxin/service-kit/database";
import { createHealth } from "@yinxin/service-kit/health";
import {
  createTestCertificateAuthority,
  createTestGovernance,
  createTestTokens,
  silentLog,
  startTestService,
} from "@yinxin/service-kit/testing";
import type { TestGovernance } from "@yinxin/service-kit/testing";

import { compared, mustHold } from "../../../crypto/bench/measure.ts";
import type { Measurement } from "../../../crypto/bench/measure.ts";
import { migrations } from "../migrations/index.ts";
import { createSigningApp } from "../src/app.ts";
import { signingEvents } from "../src/domain/signing-events.ts";
import { ringOfPurpose } from "../src/domain/signing-ring.ts";
import type { SigningSchema } from "../src/store/signing-schema.ts";
import { createSigningStore } from "../src/store/signing-store.ts";

/** Many short ones, in turns, so that neither meets a busy moment of the machine or its disk alone. */
const rounds = 120;
const signaturesPerRound = 80;
const inFlight = 8;

/** The most of the throughput that the audit log may cost. */
const ratioMin = 0.9;

/**
 * The signing service as callers have it, `POST /v1/signatures` over HTTP, with the audit log beside the same without: there the use of
 * the key is still counted, and the leaf is left out. The callers run in a thread of their own; SQLite is as durable as it is run, and the
 * log makes its checkpoints meanwhile.
 */
export async function benchAuditedSigning(): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const algorithm of ["SM2", "ES256"] as const) {
    const folder = await mkdtemp(join(tmpdir(), "yinxin-bench-signing-"));
    try {
      measurements.push(await measure(algorithm, folder));
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  return measurements;
}

async function measure(algorithm: "SM2" | "ES256", folder: string): Promise<Measurement> {
  const audited = await startSigning(algorithm, join(folder, "with"), true);
  const bare = await startSigning(algorithm, join(folder, "without"), false);
  const seconds = { with: 0, without: 0 };
  for (let round = 0; round <= rounds; round += 1) {
    // Who goes first changes, so that what a round leaves behind meets both.
    for (const service of round % 2 === 0 ? [bare, audited] : [audited, bare]) {
      const taken = await service.signingSeconds();
      // The first round warms up.
      if (round > 0) seconds[service === audited ? "with" : "without"] += taken;
    }
  }
  const signatures = (rounds + 1) * signaturesPerRound;
  mustHold((await audited.signedEvents()) === signatures, "every signature has its event");
  mustHold((await bare.signedEvents()) === 0, "the other service has no events of signatures");
  // The key signed the request for its certificate, too.
  mustHold((await bare.countedUses()) === signatures + 1, "every use of the other service's key is counted");
  await audited.close();
  await bare.close();
  return compared(
    { subject: "audit log", operation: `POST /v1/signatures, ${algorithm}`, unit: "1/s" },
    (rounds * signaturesPerRound) / seconds.with,
    { name: "without the audit leaf", value: (rounds * signaturesPerRound) / seconds.without },
    { of: "ratio", atLeast: ratioMin },
  );
}

async function startSigning(algorithm: "SM2" | "ES256", folder: string, isAudited: boolean) {
  const db = await openDatabase<SigningSchema>({ url: `sqlite:${folder}.sqlite`, schema: "signing" });
  await migrateToLatest(db, migrations);
  const tokens = createTestTokens(systemClock);
  const authority = await createTestCertificateAuthority(systemClock);
  const { rings, trail, administration } = createTestGovernance({
    ...{ service: "signing", db, catalogue: signingEvents, clock: systemClock },
  });
  const auditSigner = createSoftwareSigner(generateKey("Ed25519").pkcs8);
  const auditLog = createAuditLog({
    ...{ db, origin: "bench.example/audit/signing", folder: `${folder}-audit`, witnesses: [] },
    openKeys: () => Promise.resolve([{ signer: auditSigner }]),
    ...{ clock: systemClock, log: silentLog, randomBytes },
  });
  const purposes = createSigningStore({ db, trail, rings });
  const store = isAudited
    ? purposes
    : createSigningStore({ db, trail: countingOnly({ trail, rings }), rings });
  const app = {
    authenticator: tokens.authenticator,
    ...{ administration, rings, authority, clock: systemClock, randomBytes, log: silentLog },
    trust: authority.roots,
    intermediates: [],
    health: createHealth({ checks: {}, log: silentLog, clock: systemClock }),
  };
  const service = await startTestService({
    at: (baseUrl) => createSigningApp({ ...app, store, baseUrl }),
  });
  const headersFor = async (permission: string) => ({
    authorization: `Bearer ${await tokens.token({ subject: "bench", permissions: [permission] })}`,
    "content-type": "application/json",
  });
  const made = await fetch(`${service.url}/v1/purposes`, {
    method: "POST",
    headers: await headersFor("key:create"),
    body: JSON.stringify({ name: "bench", algorithm }),
  });
  mustHold(made.status === 201, "the purpose was made");
  if (isAudited) auditLog.start();
  const callers = new Worker(callersProgram, { eval: true });
  const request = {
    url: `${service.url}/v1/signatures`,
    headers: await headersFor("signature:create"),
    body: JSON.stringify({ purpose: "bench", message: base64Of(utf8Of("印信")) }),
    ...{ count: signaturesPerRound, inFlight },
  };
  return {
    signingSeconds: async () => {
      const startedAt = performance.now();
      const failed = await new Promise<number>((resolve) => {
        callers.once("message", resolve);
        callers.postMessage(request);
      });
      mustHold(failed === 0, "every call is answered with a signature");
      return (performance.now() - startedAt) / 1000;
    },
    signedEvents: async () => {
      const events = db
        .selectFrom("audit_events" as never)
        .where("action" as never, "=", "message.signed" as never);
      return (await events.selectAll().execute()).length;
    },
    countedUses: async () => (await rings.versions(ringOfPurpose("bench"))).at(-1)?.signatures ?? 0,
    close: async () => {
      await callers.terminate();
      await service.close();
      await auditLog.stop();
      await db.destroy();
    },
  };
}

/** The trail without its leaves. */
function countingOnly({
  trail,
  rings,
}: Pick<TestGovernance<typeof signingEvents>, "trail" | "rings">): typeof trail {
  return {
    ...trail,
    in: (tx) => ({
      append: async ({ key, occurredAt }) => {
        if (key !== undefined) await rings.in(tx).recordUse(key, occurredAt);
      },
    }),
  };
}

/** So many calls, so many at a time; answers with how many failed. Plain JavaScript, since a thread starts without our sources' loader. */
const callersProgram = `
const { parentPort } = require("node:worker_threads");
const http = require("node:http");
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const call = ({ url, headers, body }) => new Promise((resolve) => {
  const request = http.request(url, { method: "POST", headers, agent }, (response) => {
    response.resume();
    response.on("end", () => resolve(response.statusCode === 201 ? 0 : 1));
  });
  request.on("error", () => resolve(1));
  request.end(body);
});
parentPort.on("message", async (asked) => {
  let left = asked.count;
  let failed = 0;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      failed += await call(asked);
    }
  };
  await Promise.all(Array.from({ length: asked.inFlight }, work));
  parentPort.postMessage(failed);
});
`;
