import { signatureAlgorithmNames } from "@yinxin/crypto/algorithms";

import { driverFamilies } from "../driver/index.ts";
import type {
  DeviceAbility,
  DeviceEvent,
  DeviceInfo,
  DeviceKey,
  PinStatus,
  SessionNumber,
  SigningMechanism,
} from "../driver/index.ts";
import {
  present,
  readBytes,
  readFlag,
  readKeyAttributes,
  readKeyUri,
  readList,
  readNumber,
  readOneOf,
  readOptional,
  readRecord,
  readShownText,
  readText,
  WireError,
} from "../wire/index.ts";
import type { WireValue } from "../wire/index.ts";

const abilities = [
  "generate",
  "import",
  "destroy",
  "read-certificate",
  "write-certificate",
  "decrypt",
  "random",
  "events",
] as const satisfies readonly DeviceAbility[];

/** The readers of what a host answers: a library that wrote over the host's memory must not get any further. @throws WireError. */
export function readDeviceInfo(value: WireValue): DeviceInfo {
  const info = readRecord(value);
  return {
    family: readOneOf(info["family"], driverFamilies),
    manufacturer: readShownText(info["manufacturer"]),
    model: readShownText(info["model"]),
    serial: readShownText(info["serial"]),
    label: readShownText(info["label"]),
    firmware: readShownText(info["firmware"]),
    profile: readShownText(info["profile"]),
    library: readShownText(info["library"]),
    ...present({ maximumSessions: readOptional(info["maximumSessions"], readNumber) }),
    can: readList(info["can"], (ability) => readOneOf(ability, abilities)),
    generates: readList(info["generates"], (name) => readOneOf(name, signatureAlgorithmNames)),
  };
}

/** A number that fits where a call names its session. */
export function readSessionNumber(value: WireValue): SessionNumber {
  const number = readNumber(value);
  if (Number.isInteger(number) && number >= 0 && number <= 0xffff_ffff) return number;
  throw new WireError("a session's number was expected");
}

export function readPinStatus(value: WireValue): PinStatus {
  const status = readRecord(value);
  return {
    isNeeded: readFlag(status["isNeeded"]),
    isLoggedIn: readFlag(status["isLoggedIn"]),
    isLocked: readFlag(status["isLocked"]),
    isLastTry: readFlag(status["isLastTry"]),
    isDefault: readFlag(status["isDefault"]),
    ...present({ remainingTries: readOptional(status["remainingTries"], readNumber) }),
    hasPinPad: readFlag(status["hasPinPad"]),
  };
}

export function readDeviceKey(value: WireValue): DeviceKey {
  const key = readRecord(value);
  return {
    uri: readKeyUri(key["uri"]),
    label: readText(key["label"]),
    publicKey: readBytes(key["publicKey"]),
    attributes: readKeyAttributes(key["attributes"]),
    mechanisms: readList(key["mechanisms"], readMechanism),
    decrypts: readFlag(key["decrypts"]),
  };
}

export function readDeviceEvent(value: WireValue): DeviceEvent {
  const event = readRecord(value);
  const kind = readOneOf(event["kind"], ["inserted", "removed", "pin-low"]);
  return kind === "pin-low" ? { kind, remainingTries: readNumber(event["remainingTries"]) } : { kind };
}

function readMechanism(value: WireValue): SigningMechanism {
  const { algorithm, takes } = readRecord(value);
  return {
    algorithm: readOneOf(algorithm, signatureAlgorithmNames),
    takes: readOneOf(takes, ["digest", "message"]),
  };
}
