import { bytesOfHex, utf8Of } from "@yinxin/crypto/bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../crypto/testing/fuzz-runs.ts";
import {
  canonicalKeyUri,
  checkKeyLabel,
  fileKeyUri,
  labelOfKeyUri,
  parseKeyUri,
  readKeyUri,
  writeKeyUri,
} from "./index.ts";

const malformed = expect.objectContaining({ code: "key-uri-malformed" }) as Error;

describe("a key URI", () => {
  it.each(["file:client", "file:ledger.checkpoint", "file:seal-owner.2026-1"])(
    "%s reads and writes the same",
    (text) => {
      const uri = parseKeyUri(text);
      expect(fileKeyUri(labelOfKeyUri(uri))).toBe(text);
      expect(writeKeyUri("file", readKeyUri(uri).attributes.size === 1 ? { label: text.slice(5) } : {})).toBe(
        text,
      );
    },
  );

  it.each([
    ["pkcs11", { id: bytesOfHex("6b01"), serial: "d6dc" }, "pkcs11:serial=d6dc;id=%6b%01"],
    ["pkcs11", { id: bytesOfHex("61"), serial: "", token: "印" }, "pkcs11:token=%e5%8d%b0;serial=;id=%61"],
    ["sdf", { index: "3", serial: "20260101 01/7" }, "sdf:serial=20260101%2001%2f7;index=3"],
    [
      "skf",
      { container: "a;b=c", application: "签章", serial: "1" },
      "skf:serial=1;application=%e7%ad%be%e7%ab%a0;container=a%3bb%3dc",
    ],
    ["piv", { slot: "9c", serial: "77" }, "piv:serial=77;slot=9c"],
    [
      "remote",
      { key: "sdf:serial=1;index=2", server: "hall" },
      "remote:server=hall;key=sdf%3aserial%3d1%3bindex%3d2",
    ],
    ["simulator", { id: utf8Of("k"), serial: "s" }, "simulator:serial=s;id=%6b"],
  ] as const)("of a %s key is written in one way", (scheme, attributes, text) => {
    expect(writeKeyUri(scheme, attributes)).toBe(text);
    const read = readKeyUri(parseKeyUri(text));
    expect(read.scheme).toBe(scheme);
    for (const [name, value] of Object.entries(attributes)) {
      expect(read.attributes.get(name)).toEqual(typeof value === "string" ? utf8Of(value) : value);
    }
  });

  it("written otherwise is brought into its one form, and is not taken for it unasked", () => {
    for (const other of ["pkcs11:id=%6B%01;serial=d6dc", "pkcs11:serial=d%36dc;id=k%01"]) {
      expect(canonicalKeyUri(other)).toBe("pkcs11:serial=d6dc;id=%6b%01");
      expect(() => parseKeyUri(other)).toThrow(malformed);
    }
  });

  it.each([
    ["no scheme", "client"],
    ["an unknown scheme", "fuel:client"],
    ["an attribute of another scheme", "pkcs11:serial=1;slot=9c;id=%01"],
    ["no id", "pkcs11:serial=1"],
    ["a label in place of an id", "pkcs11:serial=1;object=client"],
    ["an empty index", "sdf:serial=1;index="],
    ["the same attribute twice", "sdf:serial=1;serial=1;index=1"],
    ["half an escape", "piv:serial=1;slot=9%c"],
    ["text that is not UTF-8", "piv:serial=%ff;slot=9c"],
    ["a part without a name", "piv:serial=1;;slot=9c"],
    ["no attributes", "piv:"],
    ["2,049 characters", `pkcs11:serial=${"a".repeat(2_049 - 21)};id=%01`],
    ["no label", "file:"],
    ["a path", "file:../client"],
    ["an absolute path", "file:/etc/passwd"],
    ["a NUL", "file:a\u0000b"],
    ["capital letters", "file:Client"],
    ["a hidden file", "file:.client"],
    ["two dots in a row", "file:a..b"],
    ["an option of a command", "file:-rf"],
    ["a query", "file:client?pin-source=file:/pin"],
    ["65 characters", `file:${"a".repeat(65)}`],
    ["a final newline", "file:client\n"],
  ])("is refused with %s", (_, text) => {
    expect(() => parseKeyUri(text)).toThrow(malformed);
    expect(() => canonicalKeyUri(text)).toThrow(malformed);
  });

  it("does not repeat a PIN that somebody put into its query", () => {
    try {
      parseKeyUri("pkcs11:serial=1;id=%01?pin-value=648219");
      expect.unreachable();
    } catch (cause) {
      expect((cause as Error).message).toContain("query");
      expect((cause as Error).message).not.toContain("648219");
    }
  });

  it("has no label unless it is of a file", () => {
    expect(() => labelOfKeyUri("piv:serial=1;slot=9c")).toThrow(malformed);
    expect(() => writeKeyUri("file", { label: "a", serial: "b" })).toThrow(malformed);
    expect(() => writeKeyUri("file", {})).toThrow(malformed);
  });

  it("brings every value back that was written", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 40 }),
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        (serial, id) => {
          const uri = writeKeyUri("pkcs11", { serial, id });
          expect(canonicalKeyUri(uri)).toBe(uri);
          expect([...readKeyUri(uri).attributes.values()]).toEqual([utf8Of(serial), id]);
          expect(uri).toMatch(/^[\x21-\x7e]+$/);
        },
      ),
      { numRuns: fuzzRuns(100) },
    );
  });
});

describe("a label for a new key", () => {
  it("is short, plain, and safe as the name of a file", () => {
    expect(() => {
      checkKeyLabel("ring.purpose-2026");
    }).not.toThrow();
    for (const label of ["", "印章", "a/b", "A", "a--b", "a".repeat(65)]) {
      expect(() => {
        checkKeyLabel(label);
      }, label).toThrow(malformed);
    }
  });

  it("is refused with the advice to choose another, and not to copy a URI", () => {
    const advice = expect.objectContaining({
      en: expect.stringMatching(/^Choose another label/) as string,
    }) as object;
    expect(() => {
      checkKeyLabel("印章");
    }).toThrow(expect.objectContaining({ nextStep: advice }) as Error);
  });
});
