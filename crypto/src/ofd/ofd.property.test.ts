import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { deflatedOfd, partsWith, sealOfd, smallOfd, smallParts } from "../../testing/build-ofd.ts";
import { refusalOf } from "../../testing/ofd-error.ts";
import { equalBytes, hexOf } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { createOfd } from "./create-ofd.ts";
import type { OfdPackage } from "./ofd-package.ts";
import { openOfd } from "./open-ofd.ts";

const stored = sealOfd(smallOfd());
const compressed = sealOfd(deflatedOfd());

/** Whether every byte that the signature of the original protects is still the same, and still under the signature. */
function isIntact(ofd: OfdPackage, original: OfdPackage): boolean {
  const [signature] = ofd.signatures;
  const [before] = original.signatures;
  return (
    signature !== undefined &&
    before !== undefined &&
    equalBytes(signature.raw, before.raw) &&
    equalBytes(signature.signedValue, before.signedValue) &&
    signature.references.every(({ part, digest: expected }) => {
      const content = ofd.entries.get(part)?.content();
      return content !== undefined && hexOf(digest("SM3", content)) === hexOf(expected);
    })
  );
}

/** Opens the package with one byte changed: is it refused, does the signature notice, or does nobody? */
function outcomeOf(
  bytes: Uint8Array,
  offset: number,
  mask: number,
  original: OfdPackage,
): "caught" | "unnoticed" {
  const changed = bytes.slice();
  changed[offset] = (changed[offset] ?? 0) ^ mask;
  let ofd: OfdPackage | undefined;
  const refusal = refusalOf(() => {
    ofd = openOfd(changed);
  });
  if (refusal !== undefined) return "caught";
  return ofd !== undefined && isIntact(ofd, original) ? "unnoticed" : "caught";
}

function isWithin(ofd: OfdPackage, parts: readonly string[], offset: number): boolean {
  return parts
    .flatMap((part) => ofd.uncoveredRanges(part))
    .some(({ start, end }) => offset >= start && offset < end);
}

describe("a sealed package in which one byte is changed", () => {
  it("is refused, or breaks the signature, unless the byte lies where the package says that nothing is bound", () => {
    const original = openOfd(stored);
    const unnoticed = Array.from(stored.keys()).filter((offset) =>
      [1 << (offset % 8), 0xff].some((mask) => outcomeOf(stored, offset, mask, original) === "unnoticed"),
    );
    const free = ["zip:attributes", "Doc_0/Signs/Signatures.xml"];
    expect(unnoticed.filter((offset) => !isWithin(original, free, offset))).toEqual([]);
    // Not empty, and not the whole file: the ranges mean something.
    expect(unnoticed.length).toBeGreaterThan(20);
    expect(original.uncoveredRanges("zip:compression")).toEqual([]);
  });

  it("and whose entries are compressed may also hide a change in the choice of encoding", () => {
    const original = openOfd(compressed);
    const unnoticed = Array.from(compressed.keys()).filter(
      (offset) => outcomeOf(compressed, offset, 1 << (offset % 8), original) === "unnoticed",
    );
    const free = ["zip:attributes", "zip:compression", "Doc_0/Signs/Signatures.xml"];
    expect(unnoticed.filter((offset) => !isWithin(original, free, offset))).toEqual([]);
  });
});

describe("a package that is damaged at random", () => {
  const packages = [stored, compressed, smallOfd(), deflatedOfd()];

  it("is refused with an OfdError when it is cut off anywhere", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...packages),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (bytes, share) => {
          const length = Math.floor(share * (bytes.length - 1));
          const code = refusalOf(() => openOfd(bytes.subarray(0, length)))?.code;
          expect(["zip-truncated", "not-ofd"]).toContain(code);
        },
      ),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("opens or is refused with an OfdError when bytes are changed, put in, or taken out", () => {
    const damage = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      removed: fc.integer({ min: 0, max: 4 }),
      added: fc.uint8Array({ maxLength: 4 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...packages),
        fc.array(damage, { minLength: 1, maxLength: 4 }),
        (bytes, damages) => {
          const damaged = Array.from(bytes);
          for (const { at, removed, added } of damages)
            damaged.splice(Math.floor(at * bytes.length), removed, ...added);
          // refusalOf lets nothing but an OfdError pass.
          refusalOf(() => openOfd(Uint8Array.from(damaged)));
        },
      ),
      { numRuns: fuzzRuns(300) },
    );
  });

  it("opens or is refused with an OfdError when the XML of a part is damaged and the archive is not", () => {
    const parts = partsWith();
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(smallParts)),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.oneof(fc.constantFrom("<", ">", "/", '"', "&#0;", "<!DOCTYPE a>", "]]>", "0", " "), fc.string()),
        (part, at, text) => {
          const bytes = Array.from(parts.get(part) ?? []);
          bytes.splice(Math.floor(at * bytes.length), 1, ...new TextEncoder().encode(text));
          refusalOf(() => createOfd(new Map([...parts, [part, Uint8Array.from(bytes)]]), new Date(0)));
        },
      ),
      { numRuns: fuzzRuns(300) },
    );
  });
});

describe("parts that are packed", () => {
  it("come out as they went in", () => {
    const name = fc.stringMatching(/^[a-z0-9_\u4e00-\u4eff]{1,12}$/);
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.uint8Array({ maxLength: 300 }), { noNullPrototype: true }),
        (files) => {
          const extra = Object.entries(files).map(([path, content]): [string, Uint8Array] => [
            `Res/${path}`,
            content,
          ]);
          const parts = new Map([...partsWith(), ...extra]);
          const { entries } = openOfd(createOfd(parts, new Date("2026-11-21T01:00:00Z")));
          expect(Array.from(entries, ([path, entry]) => [path, hexOf(entry.content())])).toEqual(
            Array.from(parts, ([path, content]) => [path, hexOf(content)]),
          );
        },
      ),
      { numRuns: fuzzRuns(100) },
    );
  });
});
