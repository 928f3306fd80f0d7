/**
 * DER (ITU-T X.690), read strictly and written canonically.
 *
 * A parsed element keeps `raw`, the very bytes it stood in: a signature is checked over those, never over a
 * re-encoding. What {@link parseDer} accepts under the profile `strict`, re-encodes to the same bytes; under `lenient`
 * it also reads what the field writes instead of DER, and lists each departure by name ({@link derQuirkClauses}).
 */
export { parseDer, parseDerPrefix, parseInner, readImplicitOctets } from "./read.ts";
export type { DerElement } from "./read.ts";
export { DerError, derLimits, derQuirkClauses } from "./reading.ts";
export type {
  DerErrorCode,
  DerLimits,
  DerOptions,
  DerProfile,
  DerQuirk,
  DerQuirkCode,
  DerReading,
} from "./reading.ts";
export { encodeNode, node } from "./node.ts";
export type { DerNode, DerPart } from "./node.ts";
export { compareDer } from "./order.ts";
export {
  defaultEncoded,
  readBits,
  readBitString,
  readBoolean,
  readChildren,
  readInteger,
  readOid,
  readSetOf,
  readSmallInteger,
  readString,
  readTime,
} from "./values.ts";
export type { ReadTimeOptions } from "./values.ts";
export {
  bitString,
  boolean,
  contextExplicit,
  contextImplicit,
  element,
  generalizedTime,
  ia5String,
  integer,
  nullValue,
  octetString,
  oid,
  printableString,
  sequence,
  setOf,
  smallInteger,
  utcTime,
  utf8String,
  x509Time,
} from "./write.ts";
export { tags } from "./tags.ts";
