import { describe, expect, it } from "vitest";

import { encodePng, joinPng } from "../../testing/build-png.ts";
import { decodePicture } from "./picture.ts";

const pixelAt = (x: number, y: number): readonly number[] => [x * 40, y * 60, 7, 255 - x];
const opaqueAt = (x: number, y: number): readonly number[] => pixelAt(x, y).slice(0, 3);
const small = encodePng({ width: 5, height: 4, pixelAt });

function allPixels(at: (x: number, y: number) => readonly number[]): Uint8Array {
  return Uint8Array.from(
    Array.from({ length: 20 }, (_, index) => at(index % 5, Math.floor(index / 5))).flat(),
  );
}

describe("a seal's picture", () => {
  it.each([0, 1, 2] as const)("is decoded from RGBA with row filter %d", (filter) => {
    const picture = decodePicture(encodePng({ width: 5, height: 4, pixelAt, filter }));
    expect(picture).toMatchObject({ width: 5, height: 4 });
    expect(picture.rgb).toEqual(allPixels(opaqueAt));
    expect(picture.alpha).toEqual(allPixels((x) => [255 - x]));
  });

  it("is decoded from RGB and then has no transparency", () => {
    const picture = decodePicture(encodePng({ width: 5, height: 4, pixelAt: opaqueAt }));
    expect(picture.rgb).toEqual(allPixels(opaqueAt));
    expect(picture.alpha).toBeUndefined();
  });

  const header = (...bytes: number[]): Uint8Array =>
    joinPng([["IHDR", Uint8Array.from([0, 0, 0, 1, 0, 0, 0, 1, ...bytes])]]);

  it.each([
    ["not a PNG", Uint8Array.from([0xff, 0xd8, 0xff])],
    ["cut off", small.subarray(0, small.length - 13)],
    ["damaged", small.with(60, (small[60] ?? 0) ^ 1)],
    ["of palette colours", header(8, 3, 0, 0, 0)],
    ["grey", header(8, 0, 0, 0, 0)],
    ["of 16 bits", header(16, 2, 0, 0, 0)],
    ["interlaced", header(8, 2, 0, 0, 1)],
    [
      "without data",
      joinPng([
        ["IHDR", Uint8Array.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0])],
        ["IEND", new Uint8Array()],
      ]),
    ],
    [
      "of no size",
      joinPng([
        ["IHDR", Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 1, 8, 2, 0, 0, 0])],
        ["IEND", new Uint8Array()],
      ]),
    ],
    [
      "larger than any seal",
      joinPng([
        ["IHDR", Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 8, 2, 0, 0, 0])],
        ["IEND", new Uint8Array()],
      ]),
    ],
    ["made transparent by a tRNS chunk", withChunk("tRNS")],
    ["marked with an unknown critical chunk", withChunk("ABCD")],
  ])("is refused when it is %s", (_, png) => {
    expect(() => decodePicture(png)).toThrow(expect.objectContaining({ code: "picture-unsupported" }));
  });

  it("may carry chunks that do not change it", () => {
    expect(decodePicture(withChunk("pHYs")).width).toBe(5);
  });

  function withChunk(type: string): Uint8Array {
    const original = encodePng({ width: 5, height: 4, pixelAt: opaqueAt });
    const extra = joinPng([[type, new Uint8Array(9)]]).subarray(8);
    return Uint8Array.from([...original.subarray(0, 33), ...extra, ...original.subarray(33)]);
  }
});
