import { inflate } from "./flate.ts";
import { pdfLimits } from "./limits.ts";
import { integerOf, nameOf, pdfNull } from "./objects.ts";
import type { PdfDictionary, PdfObject, PdfStream } from "./objects.ts";
import { malformed } from "./pdf-error.ts";
import { undoPngFilters, undoTiffPredictor } from "./predictors.ts";

type Resolve = (object: PdfObject | undefined) => PdfObject;

/**
 * The decoded bytes of a structural stream: stored plain or with FlateDecode, with or without a predictor
 * (ISO 32000-1 §7.4.4). Structure behind any other filter is refused; page content is never decoded here.
 *
 * @throws PdfError `pdf-malformed`, `pdf-too-large`
 */
export function decodeStream(stream: PdfStream, resolve: Resolve, limitBytes: number): Uint8Array {
  const { entries } = stream.dictionary;
  const filters = listOf(resolve(entries.get("Filter")), resolve);
  const parameters = listOf(resolve(entries.get("DecodeParms")), resolve);
  if (filters.length === 0) return stream.data;
  if (filters.length > 1 || nameOf(filters[0]) !== "FlateDecode") {
    throw malformed("a structural stream has a filter other than FlateDecode", stream.start);
  }
  const decoded = inflate(stream.data, Math.min(limitBytes, pdfLimits.inflatedBytes));
  const parameter = parameters[0] ?? pdfNull;
  if (parameter.kind === "null") return decoded;
  if (parameter.kind !== "dictionary") throw malformed("DecodeParms is not a dictionary", stream.start);
  return undoPredictor(decoded, parameter, resolve);
}

function listOf(object: PdfObject, resolve: Resolve): readonly PdfObject[] {
  if (object.kind === "null") return [];
  return object.kind === "array" ? object.items.map((item) => resolve(item)) : [object];
}

function undoPredictor(data: Uint8Array, parameters: PdfDictionary, resolve: Resolve): Uint8Array {
  const read = (key: string, standard: number): number => {
    const value = resolve(parameters.entries.get(key));
    return value.kind === "null" ? standard : integerOf(value, key);
  };
  const predictor = read("Predictor", 1);
  if (predictor === 1) return data;
  const layout = {
    columns: read("Columns", 1),
    colors: read("Colors", 1),
    bitsPerComponent: read("BitsPerComponent", 8),
  };
  // Only cross-reference and object streams come here: rows of bytes, never packed pixels.
  if (layout.bitsPerComponent !== 8 || !isRowCount(layout.columns) || !isRowCount(layout.colors)) {
    throw malformed("a predictor with unusual parameters");
  }
  if (predictor === 2) return undoTiffPredictor(data, layout.columns * layout.colors, layout.colors);
  if (predictor < 10 || predictor > 15) throw malformed("an unknown predictor");
  return undoPngFilters(data, layout.columns * layout.colors, layout.colors);
}

function isRowCount(value: number): boolean {
  return value >= 1 && value <= 0x10000;
}
