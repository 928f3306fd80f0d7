import { describe, expect, it } from "vitest";

import { escapedForTerminal, renderJson, renderJsonLine } from "./index.ts";

describe("JSON on a terminal", () => {
  it("escapes what a terminal would obey, and is the same value for a program (RFC 8259 §7)", () => {
    const label = "a\u001b[2J\u202e\u009b\u2028印信\u{e0001}";
    const text = renderJson({ someLabel: label });
    expect(text).toMatch(/^[\n -~印信]*$/);
    expect(text).toContain(String.raw`\u202e`);
    expect(JSON.parse(text)).toEqual({ some_label: label });
  });

  it("escapes the same on a line of a stream, and in JSON that keeps the names of its members", () => {
    const label = "a\u202e\u2066b\u001b[2J";
    const line = renderJsonLine({ someLabel: label });
    expect(line).toBe(`{"some_label":"a\\u202e\\u2066b\\u001b[2J"}\n`);
    expect(escapedForTerminal(JSON.stringify({ someLabel: label }))).toContain('"someLabel":"a\\u202e');
  });

  it("has members in snake_case and octets in base64", () => {
    expect(JSON.parse(renderJson([{ publicKey: Uint8Array.of(1, 2) }]))).toEqual([{ public_key: "AQI=" }]);
  });
});
