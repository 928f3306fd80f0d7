import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../../crypto/testing/fuzz-runs.ts";
import { layOutFace, starCorners } from "./face-layout.ts";
import type { GlyphPlace } from "./face-layout.ts";

const sizeMm = 42;
const code = "33010600000001";

function nameOfLength(length: number): string {
  return "临".repeat(length);
}

/** Distance from the centre of the seal and clockwise angle from its top. */
function polar({ x, y }: GlyphPlace): { radius: number; angle: number } {
  return { radius: Math.hypot(x, y), angle: Math.atan2(x, -y) };
}

/** The four corners of a cell. */
function cornersOf({ x, y, turn, widthMm, heightMm }: GlyphPlace): { x: number; y: number }[] {
  return [-1, 1].flatMap((right) =>
    [-1, 1].map((down) => {
      const dx = (right * widthMm) / 2;
      const dy = (down * heightMm) / 2;
      return {
        x: x + dx * Math.cos(turn) - dy * Math.sin(turn),
        y: y + dx * Math.sin(turn) + dy * Math.cos(turn),
      };
    }),
  );
}

describe("the face of a round seal", () => {
  it("is as wide as asked, with a ring of 1.2 mm and a star of 14 mm on a 42 mm seal", () => {
    const { ring, star } = layOutFace({ name: "临溪市民政局" }, sizeMm);
    expect(ring.outerRadiusMm).toBe(21);
    expect(ring.outerRadiusMm - ring.innerRadiusMm).toBeCloseTo(1.2, 10);
    expect(star.radiusMm).toBe(7);
  });

  it("scales with the diameter", () => {
    const small = layOutFace({ name: "临溪市民政局", code }, 21);
    const large = layOutFace({ name: "临溪市民政局", code }, 42);
    expect(small.star.radiusMm * 2).toBeCloseTo(large.star.radiusMm, 10);
    small.glyphs.forEach((place, index) => {
      const other = large.glyphs[index];
      expect(place.x * 2).toBeCloseTo(other?.x ?? Number.NaN, 10);
      expect(place.heightMm * 2).toBeCloseTo(other?.heightMm ?? Number.NaN, 10);
    });
  });

  it("spreads the name evenly and symmetrically, each character standing with its foot to the centre", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), (length) => {
        const places = layOutFace({ name: nameOfLength(length) }, sizeMm).glyphs;
        const angles = places.map((place) => polar(place).angle);
        const pitches = angles.slice(1).map((angle, index) => angle - (angles[index] ?? 0));
        for (const pitch of pitches) expect(pitch).toBeCloseTo(pitches[0] ?? 0, 8);
        expect(angles[0]).toBeCloseTo(-(angles.at(-1) ?? 0), 8);
        for (const place of places) expect(place.turn).toBeCloseTo(polar(place).angle, 8);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("gives brackets less room than characters, so that they do not tear the name apart", () => {
    const angles = layOutFace({ name: "市政局（测试）" }, sizeMm).glyphs.map((place) => polar(place).angle);
    const pitches = angles.slice(1).map((angle, index) => angle - (angles[index] ?? 0));
    const [whole = 0, , beforeBracket = 0, afterBracket = 0, wholeAgain = 0, last = 0] = pitches;
    expect(wholeAgain).toBeCloseTo(whole, 8);
    for (const pitch of [beforeBracket, afterBracket, last]) expect(pitch).toBeCloseTo(0.8 * whole, 8);
  });

  it("puts a single character at the top", () => {
    const [only] = layOutFace({ name: "印" }, sizeMm).glyphs;
    expect(only).toMatchObject({ x: 0, turn: 0 });
    expect(only?.y).toBeLessThan(-10);
  });

  it("keeps every character inside the ring, off the star, and off its neighbours", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.boolean(), (length, hasLine) => {
        const text = { name: nameOfLength(length), code, ...(hasLine && { line: "合同专用章" }) };
        const { glyphs, ring, star } = layOutFace(text, sizeMm);
        for (const place of glyphs) {
          for (const corner of cornersOf(place)) {
            expect(Math.hypot(corner.x, corner.y)).toBeLessThan(ring.innerRadiusMm);
            expect(Math.hypot(corner.x, corner.y)).toBeGreaterThan(star.radiusMm);
          }
        }
        const name = glyphs.slice(0, length);
        name.slice(1).forEach((place, index) => {
          // The feet stand on the inner side of the arc, where the cells come closest.
          const { radius, angle } = polar(place);
          const before = polar(name[index] ?? place).angle;
          const feetPitchMm = (angle - before) * (radius - place.heightMm / 2);
          expect(place.widthMm).toBeLessThan(feetPitchMm);
        });
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("leaves the lower arc to the code, which reads from left to right with its feet outwards", () => {
    const { glyphs } = layOutFace({ name: nameOfLength(40), code }, sizeMm);
    const digits = glyphs.slice(40);
    expect(digits.map(({ character }) => character).join("")).toBe(code);
    digits.slice(1).forEach((place, index) => {
      expect(place.x).toBeGreaterThan(digits[index]?.x ?? Number.NaN);
    });
    for (const place of digits) {
      expect(place.y).toBeGreaterThan(0);
      expect(Math.abs(polar(place).angle)).toBeGreaterThan(polar(glyphs[39] ?? place).angle);
      expect(place.turn).toBeCloseTo(-Math.atan2(place.x, place.y), 8);
    }
  });

  it("centres the horizontal line under the star", () => {
    const { glyphs, star } = layOutFace({ name: "税务局", line: "发票专用章" }, sizeMm);
    const line = glyphs.slice(3);
    expect(line.reduce((sum, { x }) => sum + x, 0)).toBeCloseTo(0, 8);
    for (const place of line) {
      expect(place.turn).toBe(0);
      expect(place.y - place.heightMm / 2).toBeGreaterThan(star.radiusMm);
    }
  });
});

describe("the star", () => {
  it("has one point up, five points on its circle, and straight sides", () => {
    const corners = starCorners(7);
    expect(corners).toHaveLength(10);
    expect(corners[0]?.x).toBeCloseTo(0, 10);
    expect(corners[0]?.y).toBeCloseTo(-7, 10);
    // The corners 0, 1, 3 and 4 of a pentagram lie on one line.
    const [a, b, c, d] = [corners[0], corners[1], corners[3], corners[4]];
    if (a === undefined || b === undefined || c === undefined || d === undefined)
      throw new Error("no corners");
    for (const between of [b, c]) {
      const cross = (d.x - a.x) * (between.y - a.y) - (d.y - a.y) * (between.x - a.x);
      expect(cross).toBeCloseTo(0, 8);
    }
  });
});
