import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { element, encodeNode, node, parseDer } from "./index.ts";
import type { DerPart } from "./index.ts";

interface Shape {
  readonly tag: number;
  readonly members: readonly Shape[] | Uint8Array;
}

const { shape } = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.record({
    tag: fc.constantFrom(0x30, 0x31, 0xa0, 0xa3),
    members: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.uint8Array({ maxLength: 300 }).map((octets) => element(0x04, octets)),
      fc.array(tie("shape"), { maxLength: 4 }),
    ),
  }),
}));

const written = ({ tag, members }: Shape): Uint8Array =>
  members instanceof Uint8Array ? element(tag, members) : element(tag, ...members.map(written));
const planned = ({ tag, members }: Shape): DerPart =>
  members instanceof Uint8Array ? node(tag, members) : node(tag, ...members.map(planned));

describe("an element that is written at once", () => {
  it("is what the elements written one by one are, and parses", () => {
    fc.assert(
      fc.property(shape, (value) => {
        const root = planned(value);
        if (root instanceof Uint8Array) throw new Error("no node");
        const bytes = encodeNode(root);
        expect(bytes).toEqual(written(value));
        expect(root.length).toBe(bytes.length);
        expect(parseDer(bytes).raw).toEqual(bytes);
      }),
      { numRuns: fuzzRuns(200) },
    );
  });

  it.each([0, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000])("has the shortest length over %s octets", (size) => {
    const bytes = encodeNode(node(0x04, new Uint8Array(size)));
    expect(parseDer(bytes).contents).toHaveLength(size);
  });
});
