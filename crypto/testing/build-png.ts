import { crc32, deflateSync } from "node:zlib";

import { bytesOfHex, bytesOfLatin1, concatBytes } from "../src/bytes/index.ts";

export type Pixel = readonly number[];

export interface PngParts {
  readonly width: number;
  readonly height: number;
  /** The same number of bytes for every pixel: 3 or 4. */
  readonly pixelAt: (x: number, y: number) => Pixel;
  /** Row filter 0 (none), 1 (sub) or 2 (up); what is written, not only claimed. */
  readonly filter?: 0 | 1 | 2;
}

/** Encodes a PNG of 8-bit RGB or RGBA. */
export function encodePng({ width, height, pixelAt, filter = 0 }: PngParts): Uint8Array {
  const channels = pixelAt(0, 0).length;
  const rows: number[] = [];
  for (let y = 0; y < height; y += 1) {
    rows.push(filter);
    for (let x = 0; x < width; x += 1) {
      const left = x > 0 ? pixelAt(x - 1, y) : [];
      const above = y > 0 ? pixelAt(x, y - 1) : [];
      const prediction = filter === 1 ? left : filter === 2 ? above : [];
      rows.push(...pixelAt(x, y).map((value, index) => (value - (prediction[index] ?? 0)) & 0xff));
    }
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, channels === 4 ? 6 : 2], 8);
  return joinPng([
    ["IHDR", header],
    ["IDAT", deflateSync(Uint8Array.from(rows))],
    ["IEND", new Uint8Array()],
  ]);
}

/** Any chunks as a PNG, with right checksums. */
export function joinPng(chunks: readonly (readonly [type: string, data: Uint8Array])[]): Uint8Array {
  const parts = chunks.flatMap(([type, data]) => {
    const body = concatBytes(bytesOfLatin1(type), data);
    return [uint32(data.length), body, uint32(crc32(body))];
  });
  return concatBytes(bytesOfHex("89504e470d0a1a0a"), ...parts);
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** A red ring on transparent ground, its upper left quarter blue, so that a turned picture is noticed. */
export function sealPicture(pixels = 60): Uint8Array {
  const middle = (pixels - 1) / 2;
  return encodePng({
    width: pixels,
    height: pixels,
    pixelAt: (x, y) => {
      if (Math.hypot(x - middle, y - middle) > pixels / 2) return [0, 0, 0, 0];
      return x < middle && y < middle ? [0, 0, 255, 255] : [255, 0, 0, 255];
    },
  });
}
