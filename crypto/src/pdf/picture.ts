import { bytesOfHex, concatBytes, equalBytes, latin1Of } from "../bytes/index.ts";
import { inflate } from "./flate.ts";
import { PdfError } from "./pdf-error.ts";
import { undoPngFilters } from "./predictors.ts";

/** A decoded picture, rows from the top. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Three bytes a pixel. */
  readonly rgb: Uint8Array;
  /** One byte a pixel, 255 is opaque; absent if the picture has no transparency. */
  readonly alpha: Uint8Array | undefined;
}

/** A seal of 42 mm at 600 dpi has a million; sixteen are still decoded in a fraction of a second. */
const maximumPixels = 16 * 1024 * 1024;

const signature = bytesOfHex("89504e470d0a1a0a");

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/**
 * Decodes a PNG (ISO/IEC 15948) of 8-bit RGB or RGBA without interlacing: what a seal's picture is drawn as.
 *
 * @throws PdfError `picture-unsupported` for anything else.
 */
export function decodePicture(png: Uint8Array): Picture {
  try {
    return decode(png);
  } catch (error) {
    if (!(error instanceof PdfError) || error.code === "picture-unsupported") throw error;
    throw new PdfError("picture-unsupported", "the picture is damaged", { cause: error });
  }
}

function decode(png: Uint8Array): Picture {
  const [header, ...chunks] = chunksOf(png);
  const { width, height, channels } = readHeader(header);
  for (const { type } of chunks) {
    // tRNS changes what is visible; an unknown critical chunk might too. PLTE of a true-colour picture is only advice.
    const isCritical = type.charCodeAt(0) < 0x60 && !["IDAT", "PLTE", "IEND"].includes(type);
    if (type === "tRNS" || isCritical) throw unsupported(`has a ${type} chunk`);
  }
  const packed = concatBytes(...chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data));
  const filteredBytes = height * (width * channels + 1);
  const filtered = inflate(packed, filteredBytes);
  if (filtered.length !== filteredBytes) throw unsupported("has too few rows");
  const pixels = undoPngFilters(filtered, width * channels, channels);
  return { width, height, ...splitChannels(pixels, channels) };
}

/** By colour type: RGB, RGBA. */
const channelsByColorType = new Map([
  [2, 3],
  [6, 4],
]);

function readHeader(header: Chunk | undefined): { width: number; height: number; channels: number } {
  if (header?.type !== "IHDR" || header.data.length !== 13) throw unsupported("has no header");
  const view = new DataView(header.data.buffer, header.data.byteOffset);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const [bitDepth, colorType, compression, filter, interlace] = header.data.subarray(8);
  const channels = channelsByColorType.get(colorType ?? 0);
  if (
    channels === undefined ||
    bitDepth !== 8 ||
    [compression, filter, interlace].some((method) => method !== 0)
  ) {
    throw unsupported("is not 8-bit RGB or RGBA without interlacing");
  }
  if (width * height === 0 || width * height > maximumPixels) throw unsupported("has an unusable size");
  return { width, height, channels };
}

function chunksOf(png: Uint8Array): Chunk[] {
  if (!equalBytes(png.subarray(0, 8), signature)) throw unsupported("is not a PNG");
  const view = new DataView(png.buffer, png.byteOffset, png.length);
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= png.length;) {
    const dataEnd = at + 8 + view.getUint32(at);
    if (dataEnd + 4 > png.length) break;
    if (crc32(png.subarray(at + 4, dataEnd)) !== view.getUint32(dataEnd))
      throw unsupported("has a damaged chunk");
    const type = latin1Of(png.subarray(at + 4, at + 8));
    chunks.push({ type, data: png.subarray(at + 8, dataEnd) });
    if (type === "IEND") return chunks;
    at = dataEnd + 4;
  }
  throw unsupported("is cut off");
}

/** ISO/IEC 15948 §5.5 and Annex D. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function splitChannels(
  pixels: Uint8Array,
  channels: number,
): { rgb: Uint8Array; alpha: Uint8Array | undefined } {
  if (channels === 3) return { rgb: pixels, alpha: undefined };
  const count = pixels.length / 4;
  const rgb = new Uint8Array(count * 3);
  const alpha = new Uint8Array(count);
  for (let pixel = 0; pixel < count; pixel += 1) {
    // Written out: a view for each of a million pixels would take longer than all the rest.
    rgb[pixel * 3] = pixels[pixel * 4] ?? 0;
    rgb[pixel * 3 + 1] = pixels[pixel * 4 + 1] ?? 0;
    rgb[pixel * 3 + 2] = pixels[pixel * 4 + 2] ?? 0;
    alpha[pixel] = pixels[pixel * 4 + 3] ?? 0;
  }
  return { rgb, alpha };
}

function unsupported(what: string): PdfError {
  return new PdfError("picture-unsupported", `the picture ${what}`);
}
