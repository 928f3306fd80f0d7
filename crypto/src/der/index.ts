/**
 * DER (ITU-T X.690), read strictly and written canonically.
 *
 * A parsed element keeps `raw`, the very bytes it stood in: a signature is checked over those, never over a
 * re-encoding. What {@link parseDer} accepts, re-encodes to the same bytes.
 */
export { DerError, parseDer, parseDerPrefix, derLimits } from "./read.ts";
export type { DerElement, DerErrorCode, DerLimits } from "./read.ts";
export {
  readBitString,
  readBoolean,
  readChildren,
  readInteger,
  readOid,
  readSmallInteger,
  readString,
  readTime,
} from "./values.ts";
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
