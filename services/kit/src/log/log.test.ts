import { Writable } from "node:stream";

import { describe, expect, it } from "vitest";

import { fixedClock } from "../clock/index.ts";
import { createLog, redactedNames } from "./index.ts";
import type { Log, LogLevel } from "./index.ts";

function logTo(lines: string[], level: LogLevel = "debug"): Log {
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  return createLog({ service: "seal", level, clock: fixedClock("2026-11-21T02:00:00Z"), destination });
}

describe("a log line", () => {
  it("is one line of JSON with service, level and an RFC 3339 time", () => {
    const lines: string[] = [];
    logTo(lines).child({ request_id: "req_1" }).warn({ route: "/v1/a" }, "two\nlines");
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toContain("\n");
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      level: "warn",
      time: "2026-11-21T02:00:00.000Z",
      service: "seal",
      request_id: "req_1",
      route: "/v1/a",
      msg: "two\nlines",
    });
  });

  it("of an error has its causes", () => {
    const lines: string[] = [];
    logTo(lines).error({ err: new Error("outer", { cause: new Error("inner") }) }, "failed");
    expect(lines[0]).toContain("outer");
    expect(lines[0]).toContain("inner");
  });

  it("below the level is not written", () => {
    const lines: string[] = [];
    const log = logTo(lines, "warn");
    log.debug({}, "a");
    log.info({}, "b");
    expect(lines).toEqual([]);
  });

  it.each(redactedNames)("never has the value of %s, at the top or two levels down", (name) => {
    const lines: string[] = [];
    const value = "s3cret";
    logTo(lines).info(
      { [name]: value, headers: { [name]: value }, request: { body: { [name]: value } } },
      "a",
    );
    expect(lines[0]).not.toContain(value);
    expect(lines[0]?.match(/\[redacted\]/g)).toHaveLength(3);
  });
});
