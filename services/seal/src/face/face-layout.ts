/** Where a glyph stands on the face. Millimetres from the centre of the seal, x to the right, y down. */
export interface GlyphPlace {
  readonly character: string;
  readonly x: number;
  readonly y: number;
  /** Clockwise turn of the upright glyph, radians. */
  readonly turn: number;
  /** The cell the glyph's em square is stretched to. */
  readonly widthMm: number;
  readonly heightMm: number;
  /** The ink fills only half of the em square, so it is the ink that stands in the middle of the place. */
  readonly isHalfWide: boolean;
}

/** Everything a round seal of an organization shows, in millimetres from its centre. */
export interface FaceLayout {
  readonly sizeMm: number;
  readonly ring: { readonly outerRadiusMm: number; readonly innerRadiusMm: number };
  readonly star: { readonly radiusMm: number };
  readonly glyphs: readonly GlyphPlace[];
}

export interface FaceText {
  /** Along the upper arc: the organization's name. */
  readonly name: string;
  /** Horizontal, under the star: what the seal is for, e.g. 合同专用章. */
  readonly line?: string;
  /** Small, along the lower arc: the seal's code. */
  readonly code?: string;
}

/**
 * The usual proportions of an organization's round seal: the numbers are those of a 42 mm one, the size of a county's
 * or a city department's, and scale with the diameter.
 */
const proportions = {
  designSizeMm: 42,
  ringWidthMm: 1.2,
  starRadiusMm: 7,
  /** From the ring to the top of the characters. */
  nameGapMm: 1.15,
  nameHeightMm: { longest: 6.6, shortest: 4.6 },
  /** A cell is never wider than this share of its height: the characters of a seal are tall. */
  nameWidestShare: 0.74,
  /** The share of the pitch on the inner side of the arc that a cell fills; the rest is the gap between two feet. */
  namePitchShare: 0.96,
  /** The name spreads towards this angle as it grows longer, which leaves the lower arc to the code. */
  nameSpanDegrees: 264,
  /** The same with a horizontal line, which needs the room between the arc's two ends. */
  nameSpanWithLineDegrees: 238,
  /** Characters after which the name has spread to 63 % of it. */
  nameSpanCharacters: 4,
  lineBaselineMm: 11.6,
  lineHeightMm: 3.9,
  lineWidestMm: 17.5,
  codeHeightMm: 1.5,
  codeGapMm: 0.55,
  codePitchMm: 1.22,
  codeWidthMm: 1.7,
} as const;

/** Lays out the face of a round seal of the given diameter. Pure geometry: no font is asked. */
export function layOutFace(text: FaceText, sizeMm: number): FaceLayout {
  const scale = sizeMm / proportions.designSizeMm;
  const outerRadiusMm = sizeMm / 2;
  const innerRadiusMm = outerRadiusMm - proportions.ringWidthMm * scale;
  return {
    sizeMm,
    ring: { outerRadiusMm, innerRadiusMm },
    star: { radiusMm: proportions.starRadiusMm * scale },
    glyphs: [
      ...layOutName(text, innerRadiusMm, scale),
      ...layOutLine(Array.from(text.line ?? ""), scale),
      ...layOutCode(Array.from(text.code ?? ""), innerRadiusMm, scale),
    ],
  };
}

/** The corners of a five-pointed star with one point up, from the top clockwise, around the centre. */
export function starCorners(radiusMm: number): readonly { readonly x: number; readonly y: number }[] {
  // The inner corners lie where the lines between the points cross: the golden section of the pentagram.
  const innerRadiusMm = radiusMm * (Math.sin(Math.PI / 10) / Math.cos(Math.PI / 5));
  return Array.from({ length: 10 }, (_, index) => {
    const radius = index % 2 === 0 ? radiusMm : innerRadiusMm;
    const angle = (index * Math.PI) / 5;
    return { x: radius * Math.sin(angle), y: -radius * Math.cos(angle) };
  });
}

function layOutName(text: FaceText, innerRadiusMm: number, scale: number): GlyphPlace[] {
  const characters = Array.from(text.name);
  const heightMm = nameHeight(characters.length) * scale;
  const topRadiusMm = innerRadiusMm - proportions.nameGapMm * scale;
  const middleRadiusMm = topRadiusMm - heightMm / 2;
  const middles = middlesOf(characters);
  const lengthInCells = middles.at(-1) ?? 0;
  const span = nameSpan(lengthInCells + 1, text.line !== undefined);
  const pitch = lengthInCells > 0 ? span / lengthInCells : Number.POSITIVE_INFINITY;
  const feetPitchMm = pitch * (topRadiusMm - heightMm);
  const widthMm = Math.min(proportions.nameWidestShare * heightMm, proportions.namePitchShare * feetPitchMm);
  return characters.map((character, index) => {
    const turn = lengthInCells > 0 ? (middles[index] ?? 0) * pitch - span / 2 : 0;
    return {
      character,
      x: middleRadiusMm * Math.sin(turn),
      y: -middleRadiusMm * Math.cos(turn),
      turn,
      widthMm,
      heightMm,
      isHalfWide: halfWide.has(character),
    };
  });
}

/** Brackets, whose ink leaves half of the em square empty: with a whole cell each they would tear the name apart. */
const halfWide: ReadonlySet<string> = new Set("()（）〔〕「」『』《》〈〉【】");

/** Where the middle of each character lies, in cells from the middle of the first one. */
function middlesOf(characters: readonly string[]): number[] {
  const widths = characters.map((character) => (halfWide.has(character) ? 0.6 : 1));
  let middle = 0;
  return widths.map((width, index) => {
    if (index > 0) middle += ((widths[index - 1] ?? width) + width) / 2;
    return middle;
  });
}

/** Between the middles of the first and the last character, radians. Short names keep together at the top. */
function nameSpan(cells: number, hasLine: boolean): number {
  const fullDegrees = hasLine ? proportions.nameSpanWithLineDegrees : proportions.nameSpanDegrees;
  return ((fullDegrees * Math.PI) / 180) * (1 - Math.exp(-(cells - 1) / proportions.nameSpanCharacters));
}

/** Long names get lower characters, so that they do not become threads. */
function nameHeight(count: number): number {
  const { longest, shortest } = proportions.nameHeightMm;
  return Math.max(shortest, longest - Math.max(0, count - 10) * 0.1);
}

function layOutLine(characters: readonly string[], scale: number): GlyphPlace[] {
  const heightMm = proportions.lineHeightMm * scale;
  const pitchMm = Math.min(
    0.86 * heightMm,
    (proportions.lineWidestMm * scale) / Math.max(1, characters.length),
  );
  const middle = (characters.length - 1) / 2;
  return characters.map((character, index) => ({
    character,
    x: (index - middle) * pitchMm,
    y: proportions.lineBaselineMm * scale,
    turn: 0,
    widthMm: pitchMm * 0.92,
    heightMm,
    isHalfWide: false,
  }));
}

/** Along the lower arc the feet look outwards, so that the code reads from left to right. */
function layOutCode(characters: readonly string[], innerRadiusMm: number, scale: number): GlyphPlace[] {
  const heightMm = proportions.codeHeightMm * scale;
  const middleRadiusMm = innerRadiusMm - (proportions.codeGapMm * scale + heightMm / 2);
  const pitch = (proportions.codePitchMm * scale) / middleRadiusMm;
  const middle = (characters.length - 1) / 2;
  return characters.map((character, index) => {
    const angle = (index - middle) * pitch;
    return {
      character,
      x: middleRadiusMm * Math.sin(angle),
      y: middleRadiusMm * Math.cos(angle),
      turn: -angle,
      widthMm: proportions.codeWidthMm * scale,
      heightMm,
      isHalfWide: false,
    };
  });
}
