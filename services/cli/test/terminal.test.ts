import { KeyStoreError } from "@yinxin/hsm-adapters/key-store";
import { describe, expect, it } from "vitest";

import { renderKeyStoreError } from "../src/keys/refusal.ts";
import { renderJson } from "../src/terminal/index.ts";

/** A colour, a colour by one octet of C1, a turn of direction, a line of its own, and a tag beyond the first plane. */
const hostile = "a\u001b[31mb\u009b31mc\u202ed\ne\u{e0041}";
const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|\u{e0041}/u;

describe("what a device says of itself", () => {
  it("is the same in JSON, and nothing there that a terminal obeys", () => {
    const text = renderJson({ label: hostile, publicKey: Uint8Array.of(1, 2, 3) });
    expect(text).not.toMatch(obeyed);
    expect(JSON.parse(text)).toEqual({ label: hostile, public_key: "AQID" });
  });

  it("is shown in a refusal, and not obeyed", () => {
    const error = new KeyStoreError("token-not-found", `seen: ${hostile}`, { facts: { seen: [hostile] } });
    const text = renderKeyStoreError(error, "en");
    expect(text).not.toMatch(obeyed);
    expect(text).toContain("seen: a\\u{1b}[31mb");
    expect(text.split("\n")).toHaveLength(3);
  });
});
