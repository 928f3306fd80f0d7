import { describe, expect, it } from "vitest";

import { fileKeyUri, labelOfKeyUri, parseKeyUri } from "./index.ts";

describe("a key URI", () => {
  it.each(["file:client", "file:ledger.checkpoint", "file:seal-owner.2026-1"])(
    "%s reads and writes the same",
    (text) => {
      const uri = parseKeyUri(text);
      expect(fileKeyUri(labelOfKeyUri(uri))).toBe(text);
    },
  );

  it.each([
    ["no scheme", "client"],
    ["another scheme", "pkcs11:object=client"],
    ["another scheme of the same length", "fuel:client"],
    ["no label", "file:"],
    ["a path", "file:../client"],
    ["an absolute path", "file:/etc/passwd"],
    ["a NUL", "file:a\u0000b"],
    ["capital letters", "file:Client"],
    ["a hidden file", "file:.client"],
    ["two dots in a row", "file:a..b"],
    ["an option of a command", "file:-rf"],
    ["a query", "file:client?pin-value=1"],
    ["65 characters", `file:${"a".repeat(65)}`],
    ["a final newline", "file:client\n"],
  ])("is refused with %s", (_, text) => {
    expect(() => parseKeyUri(text)).toThrow(expect.objectContaining({ code: "key-uri-malformed" }));
  });
});
