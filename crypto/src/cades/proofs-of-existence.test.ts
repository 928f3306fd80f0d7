import { describe, expect, it } from "vitest";

import { utf8Of } from "../bytes/index.ts";
import { nothingProven } from "./proofs-of-existence.ts";

const [early, late] = [new Date("2026-01-01T00:00:00Z"), new Date("2027-01-01T00:00:00Z")];
const [one, other] = [utf8Of("one"), utf8Of("other")];

describe("proofs of existence (ETSI EN 319 102-1 §5.6.2.3)", () => {
  it("are of bytes, wherever they stand", () => {
    const proofs = nothingProven.with([one], early);
    expect(proofs.earliestOf(Uint8Array.from(one))).toEqual(early);
    expect(proofs.earliestOf(other)).toBeUndefined();
  });

  it("count from the earliest, in whatever order they come", () => {
    const proofs = nothingProven.with([one], early).with([one, other], late).with([other], early);
    expect(proofs.earliestOf(one)).toEqual(early);
    expect(proofs.earliestOf(other)).toEqual(early);
  });

  it("do not change when others are made of them", () => {
    const before = nothingProven.with([one], late);
    before.with([one, other], early);
    expect(before.earliestOf(one)).toEqual(late);
    expect(before.earliestOf(other)).toBeUndefined();
    expect(nothingProven.earliestOf(one)).toBeUndefined();
  });
});
