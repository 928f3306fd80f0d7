import { malformed } from "./pdf-error.ts";

/**
 * Undoes the row filters of PNG (ISO/IEC 15948 §9), which a picture and FlateDecode with predictors 10–15 share.
 *
 * @throws PdfError `pdf-malformed` for an unknown filter or an incomplete row.
 */
export function undoPngFilters(data: Uint8Array, rowBytes: number, pixelBytes: number): Uint8Array {
  if (data.length % (rowBytes + 1) !== 0) throw malformed("filtered rows are incomplete");
  const rows = data.length / (rowBytes + 1);
  const output = new Uint8Array(rows * rowBytes);
  for (let row = 0; row < rows; row += 1) {
    const filter = data[row * (rowBytes + 1)] ?? 0;
    const input = data.subarray(row * (rowBytes + 1) + 1, (row + 1) * (rowBytes + 1));
    undoRow(filter, input, output, row * rowBytes, pixelBytes);
  }
  return output;
}

function undoRow(
  filter: number,
  input: Uint8Array,
  output: Uint8Array,
  start: number,
  pixelBytes: number,
): void {
  const predict = predictions[filter];
  if (predict === undefined) throw malformed("an unknown row filter");
  if (filter === 0) {
    output.set(input, start);
    return;
  }
  const rowBytes = input.length;
  for (let index = 0; index < rowBytes; index += 1) {
    const at = start + index;
    const left = index >= pixelBytes ? (output[at - pixelBytes] ?? 0) : 0;
    const above = output[at - rowBytes] ?? 0;
    const aboveLeft = index >= pixelBytes ? (output[at - rowBytes - pixelBytes] ?? 0) : 0;
    output[at] = (input[index] ?? 0) + predict(left, above, aboveLeft);
  }
}

/** By filter type: none, sub, up, average, Paeth. */
const predictions: readonly ((left: number, above: number, aboveLeft: number) => number)[] = [
  () => 0,
  (left) => left,
  (_, above) => above,
  (left, above) => (left + above) >> 1,
  paeth,
];

function paeth(left: number, above: number, aboveLeft: number): number {
  const estimate = left + above - aboveLeft;
  const toLeft = Math.abs(estimate - left);
  const toAbove = Math.abs(estimate - above);
  const toAboveLeft = Math.abs(estimate - aboveLeft);
  if (toLeft <= toAbove && toLeft <= toAboveLeft) return left;
  return toAbove <= toAboveLeft ? above : aboveLeft;
}

/** Undoes horizontal differencing of 8-bit components (TIFF 6.0 §14), predictor 2. @throws PdfError `pdf-malformed` */
export function undoTiffPredictor(data: Uint8Array, rowBytes: number, pixelBytes: number): Uint8Array {
  if (data.length % rowBytes !== 0) throw malformed("differenced rows are incomplete");
  const output = Uint8Array.from(data);
  for (let at = 0; at < output.length; at += 1) {
    if (at % rowBytes >= pixelBytes) output[at] = (output[at] ?? 0) + (output[at - pixelBytes] ?? 0);
  }
  return output;
}
