import type { KeyAttributes } from "../key-store/index.ts";
import { present, readFlag, readOptional, readRecord } from "./wire-fields.ts";
import type { WireValue } from "./wire-value.ts";

/** @throws WireError if they are none. */
export function readKeyAttributes(value: WireValue): KeyAttributes {
  const attributes = readRecord(value);
  return present({
    local: readOptional(attributes["local"], readFlag),
    extractable: readOptional(attributes["extractable"], readFlag),
    neverExtractable: readOptional(attributes["neverExtractable"], readFlag),
    alwaysSensitive: readOptional(attributes["alwaysSensitive"], readFlag),
    alwaysAuthenticate: readOptional(attributes["alwaysAuthenticate"], readFlag),
  });
}
