import { describe, expect, it } from "vitest";

import { localDay, localSecond, localTime, spanUntil, withLocalTimes } from "./local-time.ts";

const shanghai = (): number => 480;
const newfoundland = (): number => -210;

describe("a time for a person", () => {
  it("is told where the reader is, with its offset", () => {
    const time = "2026-11-22T12:08:31.250Z";
    expect(localTime(time, shanghai)).toBe("2026-11-22 20:08 +08:00");
    expect(localSecond(time, shanghai)).toBe("2026-11-22 20:08:31 +08:00");
    expect(localTime(new Date(time), newfoundland)).toBe("2026-11-22 08:38 -03:30");
    expect(localDay("2026-11-22T16:00:00Z", shanghai)).toBe("2026-11-23");
  });

  it("is shown as it came where it is no time", () => {
    expect(localTime("soon")).toBe("soon");
    expect(spanUntil("soon", new Date(0), "en")).toBe("");
  });

  it("is told so in a sentence of a service, too", () => {
    const sentence = "not before 2026-11-22T12:08:31.250Z; v2";
    expect(withLocalTimes(sentence, shanghai)).toBe("not before 2026-11-22 20:08 +08:00; v2");
  });

  it("says how long it is until then, in minutes, hours or days", () => {
    const now = new Date("2026-11-22T12:00:00Z");
    const until = (time: string, language: "zh" | "en" = "en"): string => spanUntil(time, now, language);
    expect(until("2026-11-22T13:00:01Z")).toBe("in 61 min");
    expect(until("2026-11-22T13:00:01Z", "zh")).toBe("61 分钟后");
    expect(until("2026-11-22T15:00:01Z")).toBe("in 3 h");
    expect(until("2026-11-29T12:10:00Z")).toBe("in 7 days");
    expect(until("2026-11-29T12:00:00Z", "zh")).toBe("7 天后");
    expect(until("2026-11-22T11:59:00Z")).toBe("now");
  });
});
