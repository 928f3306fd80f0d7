import { KeyStoreError, keyStoreErrorCodes, parseKeyUri } from "../key-store/index.ts";
import type { KeyStoreErrorFacts } from "../key-store/index.ts";
import { WireError } from "./wire-error.ts";
import {
  maximumShownCharacters,
  present,
  readFlag,
  readList,
  readNumber,
  readOneOf,
  readOptional,
  readRecord,
  readShownText,
  readText,
} from "./wire-fields.ts";
import { encodeWireValue } from "./wire-value.ts";
import type { WireValue } from "./wire-value.ts";

/** The error without its cause and its stack, which are of this process. */
export function encodeKeyStoreError({ code, message, facts }: KeyStoreError): Uint8Array {
  return encodeWireValue({ code, message: message.slice(0, maximumShownCharacters), facts });
}

/** @throws WireError if it is no error of the closed set. */
export function readKeyStoreError(value: WireValue): KeyStoreError {
  const { code, message, facts } = readRecord(value);
  return new KeyStoreError(readOneOf(code, keyStoreErrorCodes), readShownText(message), {
    facts: readFacts(facts),
  });
}

function readFacts(value: WireValue): KeyStoreErrorFacts {
  const facts = readRecord(value);
  return present({
    uri: readOptional(facts["uri"], readKeyUri),
    vendor: readOptional(facts["vendor"], readVendor),
    remainingTries: readOptional(facts["remainingTries"], readNumber),
    supported: readOptional(facts["supported"], readTexts),
    library: readOptional(facts["library"], readShownText),
    loaderSaid: readOptional(facts["loaderSaid"], readShownText),
    seen: readOptional(facts["seen"], readTexts),
    signal: readOptional(facts["signal"], readShownText),
    outcomeUnknown: readOptional(facts["outcomeUnknown"], readFlag),
    profileField: readOptional(facts["profileField"], readShownText),
  });
}

/** @throws WireError if it names no key. */
export function readKeyUri(value: WireValue) {
  const text = readText(value);
  try {
    return parseKeyUri(text);
  } catch (cause) {
    throw new WireError("a key's name was expected", { cause });
  }
}

function readTexts(value: WireValue): string[] {
  return readList(value, readShownText);
}

function readVendor(value: WireValue): NonNullable<KeyStoreErrorFacts["vendor"]> {
  const { family, number, name, call } = readRecord(value);
  return {
    family: readShownText(family),
    number: readNumber(number),
    name: readShownText(name),
    call: readShownText(call),
  };
}
