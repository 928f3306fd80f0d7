import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

import type { Kysely } from "kysely";
import { SMTPServer } from "smtp-server";
import { afterEach, expect, it } from "vitest";

import {
  auditLogMigrations,
  auditMigration,
  createAuditTrail,
  defineAuditCatalogue,
} from "../audit/index.ts";
import { createMetrics } from "../health/index.ts";
import { describeOnBothDatabases, fixedClock, silentLog } from "../testing/index.ts";
import type { Finding } from "./alarm.ts";
import type { AlarmChannel } from "./alarm-channel.ts";
import { alarmMigration } from "./alarm-tables.ts";
import { createAlarms } from "./create-alarms.ts";
import type { AlarmsOptions } from "./create-alarms.ts";
import { createMailChannel } from "./mail-channel.ts";
import { createWebhookChannel } from "./webhook-channel.ts";

const migrations = {
  "0000-audit": auditMigration,
  ...auditLogMigrations,
  "0014-alarms": alarmMigration,
};
const expiring: Finding = {
  kind: "certificate-expires",
  key: "seal.maker/2/30d",
  severity: "warning",
  subject: "seal.maker",
  detail: { zh: "证书 30 天内到期", en: "The certificate expires within 30 days" },
};
const broken: Finding = {
  kind: "audit-broken",
  key: "log",
  severity: "critical",
  subject: "log",
  detail: { zh: "日志", en: "the log" },
};

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

describeOnBothDatabases<object>("alarms", migrations, (open, itOnce) => {
  const clock = fixedClock("2026-11-22T00:00:00Z");

  function alarmsIn(db: Kysely<object>, parts: Partial<AlarmsOptions<object>> = {}) {
    const trail = createAuditTrail(db, defineAuditCatalogue({})).kit;
    const shared = {
      db,
      trail,
      clock,
      log: silentLog,
      randomBytes,
      service: "seal",
      channels: [],
      sources: {},
    };
    return createAlarms({ ...shared, ...parts });
  }

  function recorder(deliver: AlarmChannel["deliver"] = () => Promise.resolve()) {
    const delivered: string[][] = [];
    const channel: AlarmChannel = {
      name: "recorder",
      accepts: () => true,
      deliver: async (alarms, at) => {
        await deliver(alarms, at);
        delivered.push(alarms.map(({ key }) => key));
      },
    };
    return { channel, delivered };
  }

  it("tell a finding once, also after a restart and by two processes, and again when it came back", async () => {
    const db = await open();
    const { channel, delivered } = recorder();
    let findings: readonly Finding[] = [expiring];
    const parts = { channels: [channel], sources: { keys: () => Promise.resolve(findings) } };
    const [first, second] = [alarmsIn(db, parts), alarmsIn(db, parts)];
    await Promise.all([first.look(), second.look()]);
    await alarmsIn(db, parts).look();
    expect(delivered).toEqual([[expiring.key]]);
    findings = [];
    await second.look();
    expect(await first.list({ isOpen: true, limit: 9 })).toEqual([]);
    findings = [expiring];
    await first.look();
    expect(delivered).toHaveLength(2);
    expect(await first.list({ limit: 9 })).toHaveLength(2);
  });

  it("deliver again what a channel did not take", async () => {
    const db = await open();
    let isDown = true;
    const { channel, delivered } = recorder(() =>
      isDown ? Promise.reject(new Error("down")) : Promise.resolve(),
    );
    const alarms = alarmsIn(db, {
      channels: [channel],
      sources: { keys: () => Promise.resolve([expiring]) },
    });
    await alarms.look();
    isDown = false;
    await alarms.look();
    await alarms.look();
    expect(delivered).toEqual([[expiring.key]]);
  });

  itOnce("make a source that fails an alarm of its own, and hear the others", async () => {
    const alarms = alarmsIn(await open(), {
      sources: {
        device: () => Promise.reject(new Error("no such device")),
        keys: () => Promise.resolve([expiring]),
      },
    });
    await alarms.look();
    const kinds = (await alarms.list({ isOpen: true, limit: 9 })).map(({ kind }) => kind).sort();
    expect(kinds).toEqual(["certificate-expires", "check-failed"]);
  });

  itOnce(
    "tell what is critical past any number of notices, in quiet hours too, and take all back",
    async () => {
      const db = await open();
      const notices = Array.from({ length: 1010 }, (_, at): Finding => {
        return { ...expiring, key: `seal.${String(at)}/1/90d`, severity: "notice" };
      });
      let found: readonly Finding[] = notices;
      const { channel, delivered } = recorder();
      const urgent: AlarmChannel = { ...channel, accepts: ({ severity }) => severity === "critical" };
      const alarms = alarmsIn(db, { sources: { all: () => Promise.resolve(found) }, channels: [urgent] });
      await alarms.look();
      expect(await alarms.list({ isOpen: true, limit: 2000 })).toHaveLength(1000);
      clock.advance(60_000);
      found = [...notices, broken];
      await alarms.look();
      expect(delivered).toEqual([["log"]]);
      found = [];
      await alarms.look();
      expect(await alarms.list({ isOpen: true, limit: 2000 })).toEqual([]);
    },
  );

  itOnce("are counted by the metrics where a channel cannot deliver them", async () => {
    const metrics = createMetrics("seal");
    const { channel } = recorder(() => (isAway ? Promise.reject(new Error("away")) : Promise.resolve()));
    let isAway = true;
    const sources = { keys: () => Promise.resolve([expiring, broken]) };
    const alarms = alarmsIn(await open(), { metrics, channels: [channel], sources });
    await alarms.look();
    expect(await metrics.registry.metrics()).toContain('yinxin_alarm_deliveries_waiting{channel="recorder"');
    expect(await metrics.registry.metrics()).toMatch(/deliveries_waiting\{[^}]*\} 2/);
    isAway = false;
    await alarms.look();
    expect(await metrics.registry.metrics()).toMatch(/deliveries_waiting\{[^}]*\} 0/);
  });

  itOnce("are counted in the metrics while they are open", async () => {
    const metrics = createMetrics("seal");
    let findings: readonly Finding[] = [expiring, broken];
    const alarms = alarmsIn(await open(), { metrics, sources: { keys: () => Promise.resolve(findings) } });
    await alarms.look();
    expect(await metrics.registry.metrics()).toMatch(/yinxin_alarms_open\{kind="audit-broken"[^}]*\} 1/);
    findings = [expiring];
    await alarms.look();
    expect(await metrics.registry.metrics()).not.toContain('kind="audit-broken"');
  });

  itOnce("reach a webhook with a signature over time and body", async () => {
    const secret = randomBytes(32);
    const received: { body: string; signature: string }[] = [];
    const server = createServer((request: IncomingMessage, response) => {
      void text(request).then((body) => {
        received.push({ body, signature: String(request.headers["yinxin-signature"]) });
        response.writeHead(204).end();
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    });
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/alarms`;
    const channel = createWebhookChannel({ url, secret, service: "seal", fetch });
    await alarmsIn(await open(), { channels: [channel] }).test();
    const [{ body, signature } = { body: "", signature: "" }] = received;
    const [, seconds = "", mark] = /^t=(\d+), v1=([0-9a-f]{64})$/.exec(signature) ?? [];
    expect(mark).toBe(createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex"));
    expect(JSON.parse(body)).toMatchObject({ service: "seal", alarms: [{ kind: "test" }] });
  });

  itOnce(
    "reach a mail server in one mail, and wait for the end of the quiet hours unless critical",
    async () => {
      const mails: string[] = [];
      const server = new SMTPServer({
        disabledCommands: ["AUTH", "STARTTLS"],
        onData: (stream, _session, done) => {
          void text(stream).then((mail) => {
            mails.push(mail);
            done();
          });
        },
      });
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      closers.push(
        () =>
          new Promise<void>((resolve) => {
            server.close(resolve);
          }),
      );
      const { port } = server.server.address() as AddressInfo;
      const config = {
        host: "127.0.0.1",
        port,
        security: "none" as const,
        from: "yinxin@gov.example",
        to: ["officer@gov.example"],
      };
      const quietHours = { from: "00:00", to: "06:00", utc_offset_minutes: 0 };
      const channel = createMailChannel({ config, quietHours, service: "seal" });
      const alarms = alarmsIn(await open(), {
        channels: [channel],
        sources: { keys: () => Promise.resolve([expiring, broken]) },
      });
      await alarms.look();
      expect(mails).toHaveLength(1);
      expect(mails[0]).toMatch(/^To: officer@gov\.example/m);
      clock.advance(6 * 3_600_000);
      await alarms.look();
      expect(mails).toHaveLength(2);
      clock.advance(-6 * 3_600_000);
    },
  );
});
