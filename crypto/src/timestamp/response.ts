import {
  DerError,
  element,
  parseDer,
  readBits,
  readChildren,
  readSmallInteger,
  readString,
  sequence,
  smallInteger,
  tags,
  utf8String,
} from "../der/index.ts";
import type { DerElement, DerProfile } from "../der/index.ts";
import { cmsDerLimits } from "../cms/index.ts";
import { failureOctets, failuresOf, statusNumbers } from "./failure-info.ts";
import type { TimeStampFailure, TimeStampStatus } from "./failure-info.ts";
import { TimeStampError } from "./timestamp-error.ts";
import { parseTimeStampToken } from "./token.ts";
import type { TimeStampToken } from "./token.ts";

/** TimeStampResp (RFC 3161 §2.4.2). A token is there if and only if `status` begins with `granted`. */
export interface TimeStampResponse {
  readonly status: TimeStampStatus;
  readonly texts: readonly string[];
  readonly failures: readonly TimeStampFailure[];
  readonly token: TimeStampToken | undefined;
}

/** TimeStampResp, DER: with a token, or with the reason why there is none. */
export function writeTimeStampResponse(
  answer: { readonly token: Uint8Array } | { readonly failure: TimeStampFailure; readonly text?: string },
): Uint8Array {
  if ("token" in answer) return sequence(sequence(smallInteger(statusNumbers.granted)), answer.token);
  const { failure, text } = answer;
  return sequence(
    sequence(
      smallInteger(statusNumbers.rejection),
      ...(text === undefined ? [] : [sequence(utf8String(text))]),
      element(tags.bitString, failureOctets(failure)),
    ),
  );
}

/** @throws TimeStampError `timestamp-format` */
export function parseTimeStampResponse(
  der: Uint8Array,
  options: { readonly profile?: DerProfile } = {},
): TimeStampResponse {
  try {
    return readResponse(parseDer(der, { limits: cmsDerLimits, ...options }), options);
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
    throw new TimeStampError("timestamp-format", `not a time stamp response: ${cause.message}`, { cause });
  }
}

function readResponse(root: DerElement, options: { readonly profile?: DerProfile }): TimeStampResponse {
  const [statusInfo, token, ...more] = readChildren(root);
  if (statusInfo === undefined || more.length > 0) throw unexpected(root);
  const { status, texts, failures } = readStatusInfo(statusInfo);
  if (status.startsWith("granted") !== (token !== undefined)) {
    throw new TimeStampError(
      "timestamp-format",
      `a response with the status ${status} and ${token ? "a" : "no"} token`,
    );
  }
  return { status, texts, failures, token: token && parseTimeStampToken(token.raw, options) };
}

function readStatusInfo(info: DerElement): Pick<TimeStampResponse, "status" | "texts" | "failures"> {
  const members = [...readChildren(info)];
  const number = members.shift();
  if (number === undefined) throw unexpected(info);
  const texts = members[0]?.tag === tags.sequence ? members.shift() : undefined;
  const failures = members.shift();
  if (members.length > 0) throw unexpected(info);
  return {
    status: statusOf(readSmallInteger(number), number),
    texts: texts === undefined ? [] : readChildren(texts).map((text) => readString(text, tags.utf8String)),
    failures: failures === undefined ? [] : failuresOf(readBits(failures).octets),
  };
}

function statusOf(number: number, at: DerElement): TimeStampStatus {
  const names = Object.keys(statusNumbers) as readonly TimeStampStatus[];
  const name = names.find((candidate) => statusNumbers[candidate] === number);
  if (name === undefined) throw unexpected(at);
  return name;
}

function unexpected(at: DerElement): DerError {
  return new DerError("der-unexpected", "not a TimeStampResp", at.offset);
}
