import { describe, expect, it } from "vitest";

import { documentKindOf } from "./document-kind.ts";
import { sealCodeOf } from "./seal-code.ts";
import { canApply, canMove, sealStatuses } from "./seal-status.ts";
import { faceLineOf, sealNameOf } from "./seal-type.ts";
import { sealedNameOf } from "./sealed-name.ts";

describe("the states of a seal", () => {
  it("go from active to suspended and back, and from both to revoked, and nowhere from there", () => {
    const steps = sealStatuses.flatMap((from) =>
      sealStatuses.filter((to) => canMove(from, to)).map((to) => `${from} → ${to}`),
    );
    expect(steps).toEqual([
      "active → suspended",
      "active → revoked",
      "suspended → active",
      "suspended → revoked",
    ]);
  });

  it("allow use only while active", () => {
    expect(sealStatuses.filter(canApply)).toEqual(["active"]);
  });
});

describe("the code of a seal", () => {
  it("is the division code and eight digits", () => {
    expect(sealCodeOf("330106", 1)).toBe("33010600000001");
    expect(sealCodeOf("330106", 99_999_999)).toBe("33010699999999");
  });

  it("is never made from anything else", () => {
    for (const serial of [0, -1, 1.5, 100_000_000, Number.NaN]) {
      expect(() => sealCodeOf("330106", serial)).toThrow(RangeError);
    }
    expect(() => sealCodeOf("33010", 1)).toThrow(RangeError);
    expect(() => sealCodeOf("33010六", 1)).toThrow(RangeError);
  });
});

describe("the name of a seal", () => {
  it("is the organization's for the seal of its legal name, without a line on the face", () => {
    expect(sealNameOf("临溪市民政局", 1)).toBe("临溪市民政局");
    expect(faceLineOf(1)).toBeUndefined();
  });

  it("says what every other seal is for, and so does its face", () => {
    expect(sealNameOf("临溪市民政局", 4)).toBe("临溪市民政局合同专用章");
    expect(faceLineOf(4)).toBe("合同专用章");
  });
});

describe("the kind of a document", () => {
  it("is told by its first bytes", () => {
    expect(documentKindOf(new TextEncoder().encode("%PDF-1.7\n"))).toBe("pdf");
    expect(documentKindOf(Uint8Array.of(0x50, 0x4b, 0x03, 0x04, 0x14))).toBe("ofd");
  });

  it("is unknown for anything else, however short", () => {
    expect(documentKindOf(new Uint8Array())).toBeUndefined();
    expect(documentKindOf(new TextEncoder().encode("%PDF"))).toBeUndefined();
    expect(documentKindOf(new TextEncoder().encode(" %PDF-1.7"))).toBeUndefined();
    expect(documentKindOf(Uint8Array.of(0x50, 0x4b, 0x05, 0x06))).toBeUndefined();
  });
});

describe("the name of a sealed file", () => {
  it("keeps the stem and has the ending of its kind", () => {
    expect(sealedNameOf("批复.pdf", "pdf")).toBe("批复-sealed.pdf");
    expect(sealedNameOf("批复.PDF", "pdf")).toBe("批复-sealed.pdf");
    expect(sealedNameOf("批复", "ofd")).toBe("批复-sealed.ofd");
    expect(sealedNameOf("批复.pdf", "ofd")).toBe("批复.pdf-sealed.ofd");
  });
});
