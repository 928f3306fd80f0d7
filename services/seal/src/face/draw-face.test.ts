import { readFileSync } from "node:fs";
import { join } from "node:path";

import { createCanvas, loadImage } from "@napi-rs/canvas";
import { describe, expect, it } from "vitest";

import { checkFaceText, drawSealFace, openFaceFont } from "./index.ts";
import type { FaceText } from "./index.ts";

const fontFile = join(import.meta.dirname, "../../../../fixtures/fonts/yinxin-test-song.otf");
const font = openFaceFont(new Uint8Array(readFileSync(fontFile)));
const text: FaceText = { name: "临溪市民政局", code: "33010600000001" };
const face = drawSealFace(font, text, 42);

const pixelsPerMm = 23.622;

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and alpha at a place in millimetres from the centre, y down. */
  at(xMm: number, yMm: number): readonly number[];
  /** The share of a ring's circumference, or of a box's area, that is inked. */
  inkOn(places: readonly (readonly [number, number])[]): number;
}

/** Decoded by another program than the one that wrote it. */
async function decode(png: Uint8Array): Promise<Picture> {
  const image = await loadImage(png);
  const canvas = createCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, image.width, image.height);
  const at = (xMm: number, yMm: number): readonly number[] => {
    const x = Math.floor(width / 2 + xMm * pixelsPerMm);
    const y = Math.floor(height / 2 + yMm * pixelsPerMm);
    return Array.from(data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4));
  };
  const inkOn: Picture["inkOn"] = (places) =>
    places.filter(([x, y]) => (at(x, y)[3] ?? 0) > 127).length / places.length;
  return { width, height, at, inkOn };
}

function circle(radiusMm: number, fromDegrees = 0, toDegrees = 360): [number, number][] {
  return Array.from({ length: 720 }, (_, index) => {
    const angle = ((fromDegrees + ((toDegrees - fromDegrees) * index) / 720) * Math.PI) / 180;
    return [radiusMm * Math.sin(angle), -radiusMm * Math.cos(angle)];
  });
}

describe("the picture of a seal", () => {
  it("is a PNG of 992 × 992 pixels for 42 mm and says 23622 pixels a metre", () => {
    const view = new DataView(face.buffer, face.byteOffset);
    expect(Array.from(face.subarray(0, 8))).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    expect([view.getUint32(16), view.getUint32(20)]).toEqual([992, 992]);
    // 33: behind the signature and the header; a length, a type, then the data.
    expect(Buffer.from(face.subarray(37, 41)).toString()).toBe("pHYs");
    expect([view.getUint32(41), view.getUint32(45), view.getUint8(49)]).toEqual([23622, 23622, 1]);
  });

  it("is the same bytes for the same text", () => {
    expect(drawSealFace(font, text, 42)).toEqual(face);
  });

  it("is red on nothing, in every pixel", async () => {
    const picture = await decode(face);
    expect(picture.at(0, 0)).toEqual([0xe0, 0x06, 0x1a, 255]);
    expect(picture.at(-20.9, -20.9)[3]).toBe(0);
    expect(picture.at(0, 9)[3]).toBe(0);
  });

  it("has a whole ring, a star in the middle, and nothing between star and name", async () => {
    const picture = await decode(face);
    expect(picture.inkOn(circle(20.4))).toBe(1);
    expect(picture.inkOn(circle(19.6))).toBe(0);
    expect(picture.inkOn(circle(2.5))).toBe(1);
    // Five points of the star.
    expect(picture.inkOn(circle(5))).toBeGreaterThan(0.05);
    expect(picture.inkOn(circle(8.5))).toBe(0);
  });

  it("has the name along the upper arc and the code along the lower one", async () => {
    const picture = await decode(face);
    expect(picture.inkOn(circle(15, -100, 100))).toBeGreaterThan(0.05);
    expect(picture.inkOn(circle(15, 130, 230))).toBe(0);
    expect(picture.inkOn(circle(18.5, 160, 200))).toBeGreaterThan(0.1);
    const without = await decode(drawSealFace(font, { name: text.name }, 42));
    expect(without.inkOn(circle(18.5, 130, 230))).toBe(0);
  });

  it("has each character with its foot to the centre: the 一 of the middle lies, that of the side stands", async () => {
    const picture = await decode(drawSealFace(font, { name: "一一一" }, 42));
    const column = (x: number): [number, number][] =>
      Array.from({ length: 60 }, (_, index) => [x, -18.6 + index * 0.11]);
    const row = (y: number): [number, number][] =>
      Array.from({ length: 60 }, (_, index) => [-2.2 + index * 0.073, y]);
    // The stroke is long along the arc and thin along the radius.
    const widest = Math.max(...column(0).map(([, y]) => picture.inkOn(row(y))));
    const tallest = Math.max(...row(-15).map(([x]) => picture.inkOn(column(x))));
    expect(widest).toBeGreaterThan(0.8);
    expect(tallest).toBeLessThan(0.3);
  });

  it("differs with every part of the text", () => {
    const others: FaceText[] = [
      { ...text, name: "临溪市财政局" },
      { ...text, code: "33010600000002" },
      { ...text, line: "合同专用章" },
      { name: text.name },
    ];
    const drawn = others.map((other) => Buffer.from(drawSealFace(font, other, 42)).toString("base64"));
    expect(new Set([...drawn, Buffer.from(face).toString("base64")]).size).toBe(5);
  });

  it("is small enough to travel in every document, even for a long name with line and code", () => {
    const long = { name: "中华人民共和国云溪省临溪市行政审批服务管理局不动产登记中心", line: "合同专用章" };
    expect(drawSealFace(font, { ...long, code: "33010600000001" }, 42).length).toBeLessThan(128 * 1024);
  });
});

describe("a character that the font does not draw", () => {
  it.each([
    ["in the name", { name: "临溪市龘局" }, "龘 (U+9F98)"],
    ["in the line", { name: "临溪市民政局", line: "龘章" }, "龘"],
    ["beyond the basic plane", { name: "𠮷野局" }, "𠮷 (U+20BB7)"],
    ["that is only a space", { name: "临溪市 民政局" }, "U+0020"],
  ])("is refused by name when it is %s", (_where, faulty: FaceText, named) => {
    const attempts = [
      () => drawSealFace(font, faulty, 42),
      () => {
        checkFaceText(font, faulty);
      },
    ];
    for (const attempt of attempts) {
      expect(attempt).toThrow(expect.objectContaining({ code: "glyph-missing" }) as Error);
      expect(attempt).toThrow(named);
    }
  });

  it("is no trouble where every character is drawn", () => {
    expect(() => {
      checkFaceText(font, text);
    }).not.toThrow();
  });
});

describe("a seal font", () => {
  it("is refused if it is no font", () => {
    expect(() => openFaceFont(new TextEncoder().encode("no font at all"))).toThrow(RangeError);
    expect(() => openFaceFont(new Uint8Array())).toThrow(RangeError);
  });
});
