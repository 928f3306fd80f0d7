import { hexOf } from "@yinxin/crypto/bytes";
import type { Kysely } from "kysely";
import { Gauge } from "prom-client";

import type { KitTrail } from "../audit/index.ts";
import type { Clock } from "../clock/index.ts";
import { transact } from "../database/index.ts";
import type { Metrics } from "../health/index.ts";
import type { Log } from "../log/index.ts";
import type { Alarm, Finding } from "./alarm.ts";
import type { AlarmChannel } from "./alarm-channel.ts";
import {
  addAlarm,
  claimDeliveries,
  clearAlarm,
  countWaiting,
  listAlarms,
  readOpenAlarms,
  settleDeliveries,
} from "./alarm-store.ts";
import type { AlarmTables } from "./alarm-tables.ts";

/** Something that looks and says what is so now. */
export type AlarmSource = (now: Date) => Promise<readonly Finding[]>;

export interface AlarmsOptions<Schema> {
  /** With {@link alarmMigration} among its migrations. */
  readonly db: Kysely<Schema>;
  readonly service: string;
  /** By name; one that throws is itself a finding. */
  readonly sources: Readonly<Record<string, AlarmSource>>;
  readonly channels: readonly AlarmChannel[];
  readonly trail: KitTrail;
  readonly clock: Clock;
  readonly log: Log;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly metrics?: Metrics;
  /** Between two looks; a minute if absent. */
  readonly everyMilliseconds?: number;
}

export interface Alarms {
  /** Looks at everything once, tells what is new, and takes back what is no longer so. Never rejects. */
  look(): Promise<void>;
  /** Raises an alarm that only says that alarms arrive. */
  test(): Promise<Alarm>;
  list(query: { readonly isOpen?: boolean; readonly limit: number }): Promise<readonly Alarm[]>;
  start(): void;
  stop(): Promise<void>;
}

const everyMillisecondsDefault = 60_000;
/** More open warnings and notices than this are one problem, and the first of them say which. What is critical is always told. */
const openAlarmsMax = 1000;

/** The alarms of one service. Every finding is told once, to the log, to `/metrics` and by each channel, until it passes. */
export function createAlarms<Schema>(options: AlarmsOptions<Schema>): Alarms {
  const db = options.db as unknown as Kysely<AlarmTables>;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  if (options.metrics !== undefined) {
    registerAlarms(options.metrics, db);
    registerDeliveries(options.metrics, db, options.channels);
  }

  function look(): Promise<void> {
    looking ??= lookOnce(options, db).finally(() => {
      looking = undefined;
    });
    return looking;
  }

  return {
    look,
    test: async () => {
      const key = hexOf(options.randomBytes(8));
      const detail = {
        zh: "这是一次告警测试，无需处理。",
        en: "This is a test of the alarms; nothing needs to be done.",
      };
      const finding: Finding = { kind: "test", key, severity: "notice", subject: options.service, detail };
      const alarm = await raise(options, db, finding);
      if (alarm === undefined) throw new Error("the alarm of the test was not raised");
      await clearAlarm(db, alarm.id, options.clock.now());
      await deliver(options, db);
      return alarm;
    },
    list: (query) => listAlarms(db, query),
    start: () => {
      void look();
      timer = setInterval(() => void look(), options.everyMilliseconds ?? everyMillisecondsDefault);
    },
    stop: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}

async function lookOnce<Schema>(options: AlarmsOptions<Schema>, db: Kysely<AlarmTables>): Promise<void> {
  try {
    const findings = await findAll(options);
    const open = await readOpenAlarms(db);
    const known = new Map(open.map((alarm) => [`${alarm.kind} ${alarm.key}`, alarm]));
    const wanted = new Map(findings.map((finding) => [`${finding.kind} ${finding.key}`, finding]));
    const others = open.filter(({ severity }) => severity !== "critical").length;
    for (const finding of admitted(wanted, known, openAlarmsMax - others)) await raise(options, db, finding);
    for (const [name, alarm] of known) {
      if (wanted.has(name)) continue;
      await clearAlarm(db, alarm.id, options.clock.now());
      options.log.info({ alarm: alarm.kind, alarm_id: alarm.id, subject: alarm.subject }, "alarm cleared");
    }
    await deliver(options, db);
  } catch (cause) {
    options.log.error({ err: cause }, "alarms could not be looked after");
  }
}

/** What is new: everything critical, and of the rest, warnings first, what there is room for. */
function admitted(
  wanted: ReadonlyMap<string, Finding>,
  known: ReadonlyMap<string, Alarm>,
  room: number,
): readonly Finding[] {
  const fresh = [...wanted].filter(([name]) => !known.has(name)).map(([, finding]) => finding);
  const of = (severity: Finding["severity"]): Finding[] => fresh.filter((one) => one.severity === severity);
  return [...of("critical"), ...[...of("warning"), ...of("notice")].slice(0, Math.max(room, 0))];
}

async function findAll<Schema>({ sources, clock, log }: AlarmsOptions<Schema>): Promise<readonly Finding[]> {
  const now = clock.now();
  const found = await Promise.all(
    Object.entries(sources).map(async ([name, source]): Promise<readonly Finding[]> => {
      try {
        return await source(now);
      } catch (cause) {
        log.error({ err: cause, source: name }, "a check for alarms failed");
        return [failedCheck(name)];
      }
    }),
  );
  return found.flat();
}

function failedCheck(name: string): Finding {
  return {
    kind: "check-failed",
    key: name,
    severity: "warning",
    subject: name,
    detail: {
      zh: `检查 ${name} 未能进行，原因在日志中。`,
      en: `The check ${name} could not be made; the log says why.`,
    },
  };
}

/** Stores the alarm with its event, or does nothing if another process was faster. */
async function raise<Schema>(
  options: AlarmsOptions<Schema>,
  db: Kysely<AlarmTables>,
  finding: Finding,
): Promise<Alarm | undefined> {
  const { service, channels, trail, clock, randomBytes, log } = options;
  const alarm: Alarm = { ...finding, id: `alarm_${hexOf(randomBytes(12))}`, raisedAt: clock.now() };
  const isNew = await transact(db, async (tx) => {
    if (
      !(await addAlarm(
        tx,
        alarm,
        channels.map(({ name }) => name),
      ))
    )
      return false;
    await trail.in(tx).append({
      action: "alarm.raised",
      actor: service,
      subject: alarm.subject,
      occurredAt: alarm.raisedAt,
      detail: { alarm: alarm.kind, severity: alarm.severity },
    });
    return true;
  });
  if (!isNew) return undefined;
  const fields = { alarm: alarm.kind, alarm_id: alarm.id, severity: alarm.severity, subject: alarm.subject };
  log[alarm.severity === "critical" ? "error" : "warn"](fields, `alarm: ${alarm.detail.en}`);
  return alarm;
}

/** At least once: what a channel did not take for certain is delivered again at the next look. */
async function deliver<Schema>(options: AlarmsOptions<Schema>, db: Kysely<AlarmTables>): Promise<void> {
  const { channels, clock, log } = options;
  for (const channel of channels) {
    const at = clock.now();
    const alarms = await claimDeliveries(db, channel.name, (alarm) => channel.accepts(alarm, at), at);
    if (alarms.length === 0) continue;
    const ids = alarms.map(({ id }) => id);
    try {
      await channel.deliver(alarms, at);
      await settleDeliveries(db, channel.name, ids, clock.now());
    } catch (cause) {
      log.error({ err: cause, channel: channel.name, alarms: ids.length }, "alarms were not delivered");
      await settleDeliveries(db, channel.name, ids, undefined);
    }
  }
}

function registerAlarms({ registry }: Metrics, db: Kysely<AlarmTables>): void {
  const gauge: Gauge = new Gauge({
    name: "yinxin_alarms_open",
    help: "Open alarms by kind and severity",
    labelNames: ["kind", "severity"],
    registers: [registry],
    collect: async () => {
      gauge.reset();
      for (const { kind, severity } of await readOpenAlarms(db)) {
        gauge.inc({ kind, severity });
      }
    },
  });
}

/** An alarm that cannot be delivered cannot tell so itself. */
function registerDeliveries(
  { registry }: Metrics,
  db: Kysely<AlarmTables>,
  channels: readonly AlarmChannel[],
): void {
  const gauge: Gauge = new Gauge({
    name: "yinxin_alarm_deliveries_waiting",
    help: "Alarms that a channel has not delivered yet",
    labelNames: ["channel"],
    registers: [registry],
    collect: async () => {
      gauge.reset();
      const waiting = await countWaiting(db);
      for (const { name } of channels) gauge.set({ channel: name }, waiting.get(name) ?? 0);
    },
  });
}
