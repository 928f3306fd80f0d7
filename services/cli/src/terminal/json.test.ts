import { describe, expect, it } from "vitest";

import { renderJson } from "./index.ts";

describe("JSON on a terminal", () => {
  it("escapes what a terminal would obey, and is the same value for a program (RFC 8259 §7)", () => {
    const label = "a\u001b[2J\u202e\u009b\u2028印信\u{e0001}";
    const text = renderJson({ someLabel: label });
    expect(text).toMatch(/^[\n -~印信]*$/);
    expect(text).toContain(String.raw`\u202e`);
    expect(JSON.parse(text)).toEqual({ some_label: label });
  });

  it("has members in snake_case and octets in base64", () => {
    expect(JSON.parse(renderJson([{ publicKey: Uint8Array.of(1, 2) }]))).toEqual([{ public_key: "AQI=" }]);
  });
});
