import { createCanvas, Path2D } from "@napi-rs/canvas";
import type { SKRSContext2D } from "@napi-rs/canvas";
import { refuse } from "@yinxin/service-kit/problems";

import type { FaceFont, GlyphOutline } from "./face-font.ts";
import { layOutFace, starCorners } from "./face-layout.ts";
import type { FaceLayout, FaceText, GlyphPlace } from "./face-layout.ts";
import { encodePng } from "./png.ts";

/** 600 dots an inch, the resolution at which a printed seal shows no steps. */
const pixelsPerMetre = 23_622;
const pixelsPerMm = pixelsPerMetre / 1000;

/** Cinnabar as ink shows it on paper. */
const sealRed = { red: 0xe0, green: 0x06, blue: 0x1a } as const;

/** Squeezing a glyph thins its stems; this outline gives them their weight back. Millimetres, for a 42 mm seal. */
const stemWeightMm = 0.13;

/** The share of the em square that an ideograph usually inks; the cell is filled with ink, not with side bearings. */
const inkShare = 0.93;

/**
 * Whether the font draws every character of the text; asked before anything is spent on a seal.
 *
 * @throws Refusal `glyph-missing` naming the first character that it does not draw.
 */
export function checkFaceText(font: FaceFont, { name, line = "", code = "" }: FaceText): void {
  for (const character of name + line + code) outlineFor(font, character);
}

/**
 * Draws the face of an organization's round seal as a PNG on a transparent ground, at 600 dpi. The same text, font and
 * size give the same bytes.
 *
 * @throws Refusal `glyph-missing` naming the first character that the font does not draw.
 */
export function drawSealFace(font: FaceFont, text: FaceText, sizeMm: number): Uint8Array {
  const layout = layOutFace(text, sizeMm);
  const outlines = layout.glyphs.map((place) => outlineFor(font, place.character));
  const sizePixels = Math.round(sizeMm * pixelsPerMm);
  const canvas = createCanvas(sizePixels, sizePixels);
  const context = canvas.getContext("2d");
  context.translate(sizePixels / 2, sizePixels / 2);
  context.scale(pixelsPerMm, pixelsPerMm);
  drawRingAndStar(context, layout);
  layout.glyphs.forEach((place, index) => {
    const outline = outlines[index];
    if (outline !== undefined) drawGlyph(context, font, outline, place, (stemWeightMm * sizeMm) / 42);
  });
  const { data } = context.getImageData(0, 0, sizePixels, sizePixels);
  return encodePng({ widthPixels: sizePixels, heightPixels: sizePixels, rgba: inked(data) }, pixelsPerMetre);
}

/**
 * The drawing's alpha as ink of one colour. Transparent pixels carry the colour too, so that no renderer blends a dark
 * fringe in when it scales the picture.
 */
function inked(drawn: Uint8ClampedArray): Uint8Array {
  const rgba = new Uint8Array(drawn.length);
  for (let index = 0; index < rgba.length; index += 4) {
    rgba[index] = sealRed.red;
    rgba[index + 1] = sealRed.green;
    rgba[index + 2] = sealRed.blue;
    rgba[index + 3] = drawn[index + 3] ?? 0;
  }
  return rgba;
}

function outlineFor(font: FaceFont, character: string): GlyphOutline {
  const outline = font.outlineOf(character);
  if (outline === undefined) {
    const codePoint = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    throw refuse("glyph-missing", `The seal font does not draw the character ${character} (U+${codePoint}).`);
  }
  return outline;
}

function drawRingAndStar(context: SKRSContext2D, layout: FaceLayout): void {
  const ring = new Path2D();
  ring.arc(0, 0, layout.ring.outerRadiusMm, 0, 2 * Math.PI);
  ring.arc(0, 0, layout.ring.innerRadiusMm, 0, 2 * Math.PI, true);
  context.fill(ring);
  const star = new Path2D();
  for (const corner of starCorners(layout.star.radiusMm)) star.lineTo(corner.x, corner.y);
  star.closePath();
  context.fill(star);
}

function drawGlyph(
  context: SKRSContext2D,
  font: FaceFont,
  outline: GlyphOutline,
  place: GlyphPlace,
  weightMm: number,
): void {
  const scaleX = place.widthMm / (font.unitsPerEm * inkShare);
  const scaleY = place.heightMm / (font.unitsPerEm * inkShare);
  const glyph = new Path2D(outline.svgPath).transform({
    a: scaleX,
    b: 0,
    c: 0,
    d: -scaleY,
    e: -(place.isHalfWide ? outline.inkMiddle : outline.advance / 2) * scaleX,
    f: (font.emTop - font.unitsPerEm / 2) * scaleY,
  });
  context.save();
  context.translate(place.x, place.y);
  context.rotate(place.turn);
  context.fill(glyph);
  context.lineWidth = weightMm * Math.min(1, place.heightMm / 5);
  context.lineJoin = "round";
  context.stroke(glyph);
  context.restore();
}
