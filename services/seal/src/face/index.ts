/**
 * The face of a seal: a red ring, a five-pointed star and the organization's name on an arc, drawn from the outlines of
 * a font file as a PNG at 600 dpi.
 *
 * {@link openFaceFont} reads the font the deployment names; no font of the system is ever used, so the same seal looks
 * the same on every machine. {@link drawSealFace} refuses a name with a character that the font does not draw: a seal
 * with a hole in it would be another organization's. fontkit and @napi-rs/canvas are imported in this folder only.
 */
export { checkFaceText, drawSealFace } from "./draw-face.ts";
export { openFaceFont } from "./face-font.ts";
export type { FaceFont } from "./face-font.ts";
export type { FaceText } from "./face-layout.ts";
