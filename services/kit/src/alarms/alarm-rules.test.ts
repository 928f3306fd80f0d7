import { describe, expect, it } from "vitest";

import type { InventoryRow } from "../key-rings/index.ts";
import { alarmConfigSchema, isQuiet } from "./alarm-config.ts";
import { findingsOfAuditLog, findingsOfDevice, findingsOfKeys, findingsOfRates } from "./alarm-rules.ts";

const now = new Date("2026-11-22T08:00:00Z");

const detail = { zh: "到期", en: "expires" };

function rowThatEndsIn(days: number): InventoryRow {
  const at = new Date(now.getTime() + days * 86_400_000);
  // Only what the rules read.
  return {
    version: { purpose: "seal.maker", version: 2 },
    due: [{ kind: "certificate-expires", at, detail }],
  } as unknown as InventoryRow;
}

describe("the rules of alarms", () => {
  it.each([
    [91, undefined, undefined],
    [90, "seal.maker/2/90d", "notice"],
    [31, "seal.maker/2/90d", "notice"],
    [30, "seal.maker/2/30d", "warning"],
    [7, "seal.maker/2/7d", "critical"],
    [1, "seal.maker/2/1d", "critical"],
    [-3, "seal.maker/2/1d", "critical"],
  ])("tell of a certificate with %i days left by its band", (days, key, severity) => {
    const [finding] = findingsOfKeys([rowThatEndsIn(days)], now);
    expect(finding?.key).toBe(key);
    expect(finding?.severity).toBe(severity);
  });

  it("tell of a limit at 80 % and again, louder, at 95 %", () => {
    const row = (share: number): InventoryRow =>
      ({ ...rowThatEndsIn(1), due: [{ kind: "limit-near", share, detail }] }) as unknown as InventoryRow;
    expect(findingsOfKeys([row(0.8)], now)).toMatchObject([{ key: "seal.maker/2", severity: "warning" }]);
    expect(findingsOfKeys([row(0.949)], now)).toMatchObject([{ key: "seal.maker/2", severity: "warning" }]);
    expect(findingsOfKeys([row(0.95)], now)).toMatchObject([
      { key: "seal.maker/2/95%", severity: "critical" },
    ]);
  });

  it("tell of events without a checkpoint only when they have waited", () => {
    const state = { size: 12, checkpointedSize: 10, witnessedSize: 10, witnessedAt: now };
    const origin = "log.example/audit";
    const isWitnessed = true;
    const fresh = { origin, now, isWitnessed, gapSince: new Date(now.getTime() - 60_000) };
    const old = { origin, now, isWitnessed, gapSince: new Date(now.getTime() - 6 * 60_000) };
    expect(findingsOfAuditLog(state, fresh)).toEqual([]);
    expect(findingsOfAuditLog(state, old).map(({ kind }) => kind)).toEqual(["audit-gap"]);
  });

  it("tell of a witness that has not cosigned for a quarter of an hour", () => {
    const origin = "log.example/audit";
    const state = { size: 10, checkpointedSize: 10, witnessedSize: 7 };
    const witnessedAt = new Date(now.getTime() - 16 * 60_000);
    expect(findingsOfAuditLog({ ...state, witnessedAt: now }, { origin, now, isWitnessed: true })).toEqual(
      [],
    );
    expect(findingsOfAuditLog({ ...state, witnessedAt }, { origin, now, isWitnessed: true })[0]?.kind).toBe(
      "witness-missing",
    );
  });

  it("tell of a witness that is missing before the stop rule stops signing, however short its time is", () => {
    const state = { size: 10, checkpointedSize: 10, witnessedSize: 7, witnessedAt: now };
    const facts = { origin: "log.example/audit", now, isWitnessed: true, witnessAbsenceSecondsMax: 300 };
    const kindsAfter = (unwitnessedSeconds: number) =>
      findingsOfAuditLog(state, { ...facts, unwitnessedSeconds }).map(({ kind }) => kind);
    expect(kindsAfter(149)).toEqual([]);
    expect(kindsAfter(150)).toEqual(["witness-missing"]);
    // Nor does it need a checkpoint, or a witness in the configuration: signing stops all the same.
    const alone = { ...facts, isWitnessed: false, unwitnessedSeconds: 150 };
    const unsigned = { size: 10, checkpointedSize: 0, witnessedSize: 0 };
    expect(findingsOfAuditLog(unsigned, alone).map(({ kind }) => kind)).toEqual(["witness-missing"]);
  });

  it("tell of an hour that is far busier than a week", () => {
    const purpose = "sso.token";
    expect(findingsOfRates([{ purpose, lastHour: 501, busiestHour: 100 }])).toHaveLength(1);
    expect(findingsOfRates([{ purpose, lastHour: 500, busiestHour: 100 }])).toHaveLength(0);
    expect(findingsOfRates([{ purpose, lastHour: 99, busiestHour: 0 }])).toHaveLength(0);
    expect(findingsOfRates([{ purpose, lastHour: 100, busiestHour: 0 }])).toHaveLength(1);
  });

  it("tell a latched PIN from a device that is away", () => {
    expect(findingsOfDevice({ name: "card", state: "ready" })).toEqual([]);
    expect(findingsOfDevice({ name: "card", state: "latched" })[0]?.kind).toBe("pin-latched");
    const low = findingsOfDevice({ name: "card", state: "latched", remainingTries: 1 });
    expect(low.map(({ kind, severity }) => [kind, severity])).toEqual([
      ["pin-low", "critical"],
      ["pin-latched", "critical"],
    ]);
    expect(findingsOfDevice({ name: "card", state: "ready", remainingTries: 2 })).toMatchObject([
      { kind: "pin-low", severity: "warning", key: "card/2" },
    ]);
    expect(findingsOfDevice({ name: "card", state: "offline" })[0]?.kind).toBe("device-unavailable");
  });
});

describe("quiet hours", () => {
  const night = { from: "22:00", to: "07:30", utc_offset_minutes: 480 };

  it.each([
    ["2026-11-22T13:59:59Z", false],
    ["2026-11-22T14:00:00Z", true],
    ["2026-11-22T23:29:59Z", true],
    ["2026-11-22T23:30:00Z", false],
  ])("go over midnight in local time: %s is %s", (at, expected) => {
    expect(isQuiet(night, new Date(at))).toBe(expected);
  });
});

describe("the configuration of alarms", () => {
  it("lets no alarm leave the machine without protection", () => {
    const webhook = { url: "http://alarms.example/", secret_file: "/run/secret" };
    const mail = {
      host: "mail.example",
      port: 25,
      security: "none",
      from: "a@b.example",
      to: ["c@d.example"],
    };
    expect(alarmConfigSchema.safeParse({ webhook }).success).toBe(false);
    expect(alarmConfigSchema.safeParse({ mail }).success).toBe(false);
    expect(alarmConfigSchema.safeParse({ mail: { ...mail, security: "starttls" } }).success).toBe(true);
    expect(alarmConfigSchema.safeParse({ mail: { ...mail, host: "127.0.0.1" } }).success).toBe(true);
  });
});
