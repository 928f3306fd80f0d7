import { describe, expect, it } from "vitest";

import { UsageError } from "../terminal/index.ts";
import { parseEventQuery } from "./parse-query.ts";

const now = new Date("2026-11-21T02:00:00Z");

describe("a search of the audit log", () => {
  it("reads names and values, phrases and plain words", () => {
    expect(
      parseEventQuery(
        'seal:seal_7 actor:li-qiang since:7d request:req_9 action:key.moved 轮换 "two words"',
        now,
      ),
    ).toEqual({
      subject: "seal_7",
      actor: "li-qiang",
      since: "2026-11-14T02:00:00.000Z",
      request_id: "req_9",
      action: "key.moved",
      text: "轮换 two words",
    });
  });

  it("takes a value with blanks in quotes, and a value with colons as it is", () => {
    expect(parseEventQuery('subject:seal:seal_7 until:"2026-11-20 08:00+08:00" key:sso.token', now)).toEqual({
      subject: "seal:seal_7",
      until: "2026-11-20T00:00:00.000Z",
      key: "sso.token",
    });
    expect(parseEventQuery("", now)).toEqual({});
  });

  it.each([
    ["akctor:x", "Did you mean actor?"],
    ["colour:red", "It knows seal"],
    ["since:yesterday", "span of time"],
    ["seal:a license:b", "twice"],
    ['text:"open', "not closed"],
    ['actor:""', "what of it?"],
    ["x".repeat(1001), "too long"],
  ])("says what is wrong with %s", (typed, words) => {
    expect(() => parseEventQuery(typed, now)).toThrow(UsageError);
    expect(() => parseEventQuery(typed, now)).toThrow(words);
  });
});
