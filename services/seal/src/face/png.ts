import { crc32, deflateSync } from "node:zlib";

import { bytesOfHex, concatBytes, utf8Of } from "@yinxin/crypto/bytes";

export interface Raster {
  readonly widthPixels: number;
  readonly heightPixels: number;
  /** Red, green, blue, alpha; alpha not multiplied in; rows from the top. */
  readonly rgba: Uint8Array;
}

const signature = bytesOfHex("89504e470d0a1a0a");

/**
 * A PNG of eight bits a channel with alpha that says how large it is meant to be (pHYs, W3C PNG §11.3.4.3).
 *
 * Written here and not by the canvas: the canvas knows no pHYs, and one colour with varying alpha packs to half of what
 * it makes. The picture travels inside every seal signature, so its size counts.
 */
export function encodePng(raster: Raster, pixelsPerMetre: number): Uint8Array {
  const { widthPixels, heightPixels, rgba } = raster;
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, widthPixels);
  new DataView(header.buffer).setUint32(4, heightPixels);
  header.set([8, 6, 0, 0, 0], 8); // eight bits, colour with alpha, the only compression and filter method, no interlace
  const resolution = new Uint8Array(9);
  new DataView(resolution.buffer).setUint32(0, pixelsPerMetre);
  new DataView(resolution.buffer).setUint32(4, pixelsPerMetre);
  resolution[8] = 1; // the unit is the metre
  return concatBytes(
    signature,
    chunk("IHDR", header),
    chunk("pHYs", resolution),
    chunk("IDAT", deflateSync(unfilteredRows(rgba, widthPixels * 4), { level: 9 })),
    chunk("IEND", new Uint8Array()),
  );
}

/** Each row behind its filter type 0: for flat colour no filter packs better than none. */
function unfilteredRows(rgba: Uint8Array, rowBytes: number): Uint8Array {
  const rows = new Uint8Array((rgba.length / rowBytes) * (rowBytes + 1));
  for (let from = 0, to = 0; from < rgba.length; from += rowBytes, to += rowBytes + 1) {
    rows.set(rgba.subarray(from, from + rowBytes), to + 1);
  }
  return rows;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const typed = concatBytes(utf8Of(type), data);
  const framed = new Uint8Array(4 + typed.length + 4);
  const view = new DataView(framed.buffer);
  view.setUint32(0, data.length);
  framed.set(typed, 4);
  view.setUint32(4 + typed.length, crc32(typed));
  return framed;
}
