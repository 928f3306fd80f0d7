import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { equalBytes } from "../bytes/index.ts";
import {
  DerError,
  element,
  generalizedTime,
  integer,
  oid,
  parseDer,
  parseDerPrefix,
  readBitString,
  readBoolean,
  readInteger,
  readOid,
  readString,
  readTime,
  utf8String,
} from "./index.ts";
import type { DerElement } from "./index.ts";

interface Tree {
  readonly tag: number;
  readonly contents: Uint8Array | readonly Tree[];
}

const { tree } = fc.letrec<{ tree: Tree; leaf: Tree; node: Tree }>((tie) => ({
  tree: fc.oneof({ depthSize: "small", withCrossShrink: true }, tie("leaf"), tie("node")),
  leaf: fc.record({
    tag: fc.constantFrom(
      0x01,
      0x02,
      0x03,
      0x04,
      0x05,
      0x06,
      0x0c,
      0x13,
      0x16,
      0x17,
      0x18,
      0x80,
      0x9e,
      0x41,
      0xc5,
    ),
    contents: fc.uint8Array({ maxLength: 300 }),
  }),
  node: fc.record({
    tag: fc.constantFrom(0x30, 0x31, 0xa0, 0xa3, 0xbe, 0x61),
    contents: fc.array(tie("tree"), { maxLength: 4 }),
  }),
}));

function encode({ tag, contents }: Tree): Uint8Array {
  return contents instanceof Uint8Array ? element(tag, contents) : element(tag, ...contents.map(encode));
}

function reencode({ tag, constructed, contents, children }: DerElement): Uint8Array {
  return constructed ? element(tag, ...children.map(reencode)) : element(tag, contents);
}

function isParsedOrDerError(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (cause) {
    return cause instanceof DerError;
  }
}

const almostDer = fc.tuple(tree.map(encode), fc.nat(), fc.nat(255)).map(([bytes, at, value]) => {
  const changed = Uint8Array.from(bytes);
  changed[at % changed.length] = value;
  return changed;
});
const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), almostDer);

describe("DER", () => {
  it("of any tree parses to that tree, and re-encodes to the same bytes", () => {
    fc.assert(
      fc.property(tree, (value) => {
        const bytes = encode(value);
        const root = parseDer(bytes);
        expect(equalBytes(reencode(root), bytes)).toBe(true);
        expect(equalBytes(root.raw, bytes)).toBe(true);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("that parses, whatever it is, re-encodes to the same bytes: there is no second encoding", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        let root: DerElement;
        try {
          root = parseDerPrefix(bytes);
        } catch (cause) {
          expect(cause).toBeInstanceOf(DerError);
          return;
        }
        expect(equalBytes(reencode(root), bytes.subarray(0, root.raw.length))).toBe(true);
      }),
      { numRuns: fuzzRuns(1000) },
    );
  });

  it("values of any bytes are read or refused with a DerError, never another error", () => {
    const readers = [
      readBoolean,
      readInteger,
      readBitString,
      readOid,
      (e: DerElement) => readString(e),
      readTime,
    ];
    const values = fc
      .tuple(
        fc.constantFrom(0x01, 0x02, 0x03, 0x06, 0x0c, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1e),
        fc.uint8Array(),
      )
      .map(([tag, contents]) => parseDer(element(tag, contents)));
    fc.assert(
      fc.property(values, fc.constantFrom(...readers), (value, read) =>
        isParsedOrDerError(() => read(value)),
      ),
      { numRuns: fuzzRuns(2000) },
    );
  });

  it("numbers, identifiers, texts and times come back as they went", () => {
    fc.assert(
      fc.property(fc.bigInt(), (value) => readInteger(parseDer(integer(value))) === value),
      { numRuns: fuzzRuns(100) },
    );
    fc.assert(
      fc.property(
        fc.nat(2),
        fc.nat(39),
        fc.array(fc.bigInt({ min: 0n, max: 1n << 70n }), { maxLength: 8 }),
        (a, b, c) => {
          const dotted = [a, b, ...c].join(".");
          return readOid(parseDer(oid(dotted))) === dotted;
        },
      ),
      { numRuns: fuzzRuns(100) },
    );
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => readString(parseDer(utf8String(text))) === text),
      { numRuns: fuzzRuns(100) },
    );
    const seconds = fc.integer({ min: Date.UTC(1000, 0) / 1000, max: Date.UTC(9999, 0) / 1000 });
    fc.assert(
      fc.property(
        seconds,
        (at) => readTime(parseDer(generalizedTime(new Date(at * 1000)))).getTime() === at * 1000,
      ),
      { numRuns: fuzzRuns(100) },
    );
  });
});
