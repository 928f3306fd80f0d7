import { bytesOfBase64 } from "@yinxin/crypto/bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { fuzzRuns } from "../../../../crypto/testing/fuzz-runs.ts";
import { base64Bytes, dateTimeText } from "./index.ts";

describe("bytes on the wire", () => {
  it("are read from base64 into the bytes they stand for", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        expect(base64Bytes(100).parse(text)).toEqual(bytes);
        expect(bytesOfBase64(text)).toEqual(bytes);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it.each(["QQ", "QQ=", "QQ= =", "QR==", "Q Q=", "QQ==\n", "_-8=", "=", "印"])(
    "are not read from %j, which is not the one text of any bytes",
    (text) => {
      expect(base64Bytes(100).safeParse(text).success).toBe(false);
    },
  );

  it("have a limit that is exact", () => {
    const textOf = (length: number): string => Buffer.alloc(length).toString("base64");
    expect(base64Bytes(100).safeParse(textOf(100)).success).toBe(true);
    expect(base64Bytes(100).safeParse(textOf(101)).success).toBe(false);
    expect(base64Bytes(100).safeParse(textOf(104)).success).toBe(false);
  });

  it("are read at tens of megabytes", () => {
    const text = Buffer.alloc(24 * 1024 * 1024, 7).toString("base64");
    expect(base64Bytes(32 * 1024 * 1024).parse(text)).toHaveLength(24 * 1024 * 1024);
  });

  it("are described as text that encodes bytes", () => {
    expect(z.toJSONSchema(base64Bytes(3), { io: "input" })).toMatchObject({
      type: "string",
      maxLength: 4,
      contentEncoding: "base64",
    });
  });
});

describe("a time on the wire", () => {
  it("has a date, a time and an offset", () => {
    expect(dateTimeText.safeParse("2026-11-22T08:00:00+08:00").success).toBe(true);
    expect(dateTimeText.safeParse("2026-11-22T00:00:00.000Z").success).toBe(true);
    expect(dateTimeText.safeParse("2026-11-22T00:00:00").success).toBe(false);
    expect(dateTimeText.safeParse("2026-11-22").success).toBe(false);
  });
});
