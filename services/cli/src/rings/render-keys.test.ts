import { describe, expect, it } from "vitest";

import type { KeyRow } from "./key-row.ts";
import { bandOf } from "./key-row.ts";
import { daysInWords, renderKeyCsv, renderKeyTable } from "./render-keys.ts";
import { statusOf } from "./status-command.ts";

const row: KeyRow = {
  service: "seal",
  purpose: "seal.maker",
  title: { zh: "制章", en: "Seal maker" },
  version: 2,
  state: "active",
  algorithm: "SM2",
  keyId: "sm3:00",
  place: "card 7",
  isStandby: false,
  isFrozen: false,
  expiresAt: "2026-12-15T00:00:00.000Z",
  daysLeft: 24,
  signatures: 3,
  isStandbyReady: true,
  due: [],
  drift: [],
};
const plain = { language: "zh", hasColour: false } as const;

describe("the bands of expiry", () => {
  it("are 90, 30 and 7 days, and what has ended", () => {
    expect([undefined, 91, 90, 31, 30, 8, 7, 0, -1].map(bandOf)).toEqual([
      ...["later", "later", "90", "90", "30", "30", "7", "7", "ended"],
    ]);
    expect([90, 30, 1, -1].map((days) => daysInWords(days, "en"))).toEqual([
      ...["○ 90 days", "⚠ 30 days", "‼ 1 day", "✖ ended"],
    ]);
  });
});

describe("the table of keys", () => {
  it("shows what officers look for, aligned under Chinese headings", () => {
    expect(renderKeyTable([row], plain)).toBe(
      "密钥        用途  单位  版本  算法  位置    到期        状态\n" +
        "seal.maker  制章  —     v2    SM2   card 7  2026-12-15  启用  ⚠ 24 天\n",
    );
  });

  it("says in words what a colour would say", () => {
    const drift = [{ kind: "gone", detail: { zh: "不见了", en: "gone" } }];
    const table = renderKeyTable([{ ...row, isFrozen: true, isExtractable: true, drift }], plain);
    expect(table).toContain("card 7（可导出！）");
    expect(table).toContain("启用  ❄ 冻结  ✖ 与登记不符  ⚠ 24 天");
  });

  it("is CSV with names that stay", () => {
    const [heading, line] = renderKeyCsv([row]).split("\r\n");
    expect(heading).toBe(
      "service,purpose,title_zh,title_en,version,state,algorithm,key_id,place,made_inside,is_extractable,is_standby,is_frozen," +
        "expires_at,days_left,signatures,usage_limit,last_used_at,restore_tested_days_ago,due,drift",
    );
    expect(line).toBe(
      "seal,seal.maker,制章,Seal maker,2,active,SM2,sm3:00,card 7,,,false,false,2026-12-15T00:00:00.000Z,24,3,,,,,",
    );
  });
});

describe("the status of rings", () => {
  it("is red without an active version, amber where something is due, and red comes first", () => {
    const due = [{ kind: "unused", detail: { zh: "久未使用", en: "unused" } }];
    const lights = statusOf(
      [
        row,
        { ...row, purpose: "a.ring", due },
        { ...row, purpose: "z.ring", state: "suspended" },
        { ...row, purpose: "y.ring", daysLeft: -1 },
      ],
      "en",
    );
    expect(lights.map(({ purpose, light, why }) => [purpose, light, ...why])).toEqual([
      ["y.ring", "red", "✖ ended"],
      ["z.ring", "red", "suspended"],
      ["a.ring", "amber", "unused"],
      ["seal.maker", "green"],
    ]);
  });
});
