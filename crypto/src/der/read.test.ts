import { describe, expect, it } from "vitest";

import { bytesOfHex, concatBytes, hexOf } from "../bytes/index.ts";
import { DerError, parseDer, parseDerPrefix, sequence } from "./index.ts";

function codeOf(hex: string): string {
  try {
    parseDer(bytesOfHex(hex));
  } catch (cause) {
    if (cause instanceof DerError) return cause.code;
    throw cause;
  }
  return "accepted";
}

describe("a DER element", () => {
  it("keeps the very bytes it stood in, and where", () => {
    const root = parseDer(bytesOfHex("30080201050403aabbcc"));
    const [number, octets] = root.children;
    expect(hexOf(root.raw)).toBe("30080201050403aabbcc");
    expect(number).toMatchObject({ tag: 0x02, constructed: false, offset: 2, children: [] });
    expect(hexOf(octets?.raw ?? new Uint8Array())).toBe("0403aabbcc");
    expect(hexOf(octets?.contents ?? new Uint8Array())).toBe("aabbcc");
    expect(octets?.offset).toBe(5);
  });

  it("may have a long length, in its shortest form (X.690 §10.1)", () => {
    expect(parseDer(concatBytes(bytesOfHex("048180"), new Uint8Array(0x80))).contents.length).toBe(0x80);
    expect(parseDer(concatBytes(bytesOfHex("04820100"), new Uint8Array(0x100))).contents.length).toBe(0x100);
  });

  it.each([
    ["nothing at all", "", "der-truncated"],
    ["a tag without a length", "02", "der-truncated"],
    ["contents that are cut off", "020201", "der-truncated"],
    ["a length that is cut off", "0482", "der-truncated"],
    ["a member that reaches out of its SEQUENCE", "3003020201ff", "der-truncated"],
    ["bytes after the element", "02010500", "der-trailing-bytes"],
    ["an indefinite length", "30800000", "der-bad-length"],
    ["a length of five octets", "04850000000001aa", "der-bad-length"],
    ["the reserved length octet", "04ff", "der-bad-length"],
    ["a long length for less than 128", "0481017f", "der-bad-length"],
    ["a long length with a leading zero", `04820080${"00".repeat(128)}`, "der-bad-length"],
    ["a tag of several octets", "1f8101 00".replace(" ", ""), "der-bad-tag"],
    ["end-of-contents octets", "0000", "der-bad-tag"],
    ["a constructed OCTET STRING", "2403040101", "der-bad-tag"],
    ["a primitive SEQUENCE", "1000", "der-bad-tag"],
    ["a primitive SET", "1100", "der-bad-tag"],
  ])("is not %s", (_what, hex, code) => {
    expect(codeOf(hex)).toBe(code);
  });

  it("says at which byte it is wrong", () => {
    expect(() => parseDer(bytesOfHex("300302028001"))).toThrow(
      expect.objectContaining({ offset: 3 }) as Error,
    );
  });

  it("is not nested without end", () => {
    const nested = (depth: number): Uint8Array => (depth === 0 ? sequence() : sequence(nested(depth - 1)));
    expect(parseDer(nested(32)).tag).toBe(0x30);
    expect(() => parseDer(nested(33))).toThrow(expect.objectContaining({ code: "der-too-deep" }) as Error);
    // A deep nest must be refused by the limit and not by the stack.
    let bomb = sequence();
    for (let depth = 0; depth < 3000; depth += 1) bomb = sequence(bomb);
    expect(() => parseDer(bomb)).toThrow(DerError);
  });

  it("has a limited number of members", () => {
    const many = Array.from({ length: 30 }, () => sequence());
    expect(() => parseDer(sequence(...many), { limits: { depth: 32, elements: 30 } })).toThrow(
      expect.objectContaining({ code: "der-too-many-elements" }) as Error,
    );
    expect(parseDer(sequence(...many), { limits: { depth: 32, elements: 31 } }).children).toHaveLength(30);
  });

  it("can be read off the front of other bytes", () => {
    expect(hexOf(parseDerPrefix(bytesOfHex("020105ffff")).raw)).toBe("020105");
  });
});
