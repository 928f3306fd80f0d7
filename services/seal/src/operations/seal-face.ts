/** What stands on the face of a seal. */
export interface SealFaceText {
  readonly name: string;
  readonly line?: string;
  readonly code: string;
}

/** Whoever draws seals. */
export interface SealFace {
  /** Asked before anything is spent on a seal. @throws Refusal `glyph-missing` */
  check(text: SealFaceText): void;
  /** A PNG of the given diameter on a transparent ground. @throws Refusal `glyph-missing` */
  draw(text: SealFaceText, sizeMm: number): Uint8Array;
}
