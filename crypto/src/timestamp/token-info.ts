import { latin1Of, utf8Of } from "../bytes/index.ts";
import {
  boolean,
  contextExplicit,
  contextImplicit,
  DerError,
  element,
  integer,
  oid,
  readBoolean,
  readChildren,
  readInteger,
  readOid,
  readSmallInteger,
  readTime,
  sequence,
  smallInteger,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { readMessageImprint } from "./message-imprint.ts";
import type { MessageImprint } from "./message-imprint.ts";
import { readFlag } from "./request.ts";

/** How far the time may be off; each part 0 where it is absent. */
export interface Accuracy {
  readonly seconds: number;
  readonly milliseconds: number;
  readonly microseconds: number;
}

/** TSTInfo (RFC 3161 §2.4.2). */
export interface TimeStampInfo {
  /** Dotted decimal. */
  readonly policy: string;
  readonly imprint: MessageImprint;
  readonly serialNumber: bigint;
  /** To the millisecond; `timeText` has it as written. */
  readonly time: Date;
  readonly timeText: string;
  readonly accuracy: Accuracy | undefined;
  /** Whether tokens of this authority can be ordered by their times alone. */
  readonly isOrdered: boolean;
  readonly nonce: bigint | undefined;
  /** GeneralName, DER. */
  readonly authorityName: Uint8Array | undefined;
}

const authorityTag = 0xa0;
const extensionsTag = 0xa1;

/** @throws DerError */
export function readTimeStampInfo(root: DerElement): TimeStampInfo {
  const members = [...readChildren(root)];
  const required = readRequired(members.splice(0, 5), root);
  const accuracy = take(members, tags.sequence);
  const ordering = take(members, tags.boolean);
  const nonce = take(members, tags.integer);
  const authority = take(members, authorityTag);
  const extensions = take(members, extensionsTag);
  if (members.length > 0) throw unexpected(root);
  if (extensions !== undefined) refuseCritical(extensions);
  return {
    ...required,
    accuracy: accuracy && readAccuracy(accuracy),
    isOrdered: readFlag(ordering),
    nonce: nonce && readInteger(nonce),
    authorityName: authority?.contents,
  };
}

function readRequired(
  members: readonly DerElement[],
  root: DerElement,
): Pick<TimeStampInfo, "policy" | "imprint" | "serialNumber" | "time" | "timeText"> {
  const [version, policy, imprint, serial, time] = members;
  if (version === undefined || policy === undefined || imprint === undefined) throw unexpected(root);
  if (serial === undefined || time?.tag !== tags.generalizedTime) throw unexpected(root);
  if (readSmallInteger(version) !== 1) throw unexpected(version);
  return {
    policy: readOid(policy),
    imprint: readMessageImprint(imprint),
    serialNumber: readInteger(serial),
    time: readTime(time, { fraction: true }),
    timeText: latin1Of(time.contents),
  };
}

/** Nobody may rely on a token with a critical extension that they do not know (RFC 3161 §2.4.2, RFC 5280 §4.2). */
function refuseCritical(extensions: DerElement): void {
  for (const extension of readChildren(extensions, extensionsTag)) {
    const flag = readChildren(extension)[1];
    if (flag?.tag === tags.boolean && readBoolean(flag)) {
      throw new DerError("der-unexpected", "an unknown critical extension", extension.offset);
    }
  }
}

function readAccuracy(accuracy: DerElement): Accuracy {
  const members = [...readChildren(accuracy)];
  const seconds = take(members, tags.integer);
  const milliseconds = take(members, 0x80);
  const microseconds = take(members, 0x81);
  if (members.length > 0) throw unexpected(accuracy);
  return {
    seconds: seconds === undefined ? 0 : atMost(readSmallInteger(seconds), 0, 0x7fff_ffff, seconds),
    milliseconds: milliseconds === undefined ? 0 : readThousandth(milliseconds),
    microseconds: microseconds === undefined ? 0 : readThousandth(microseconds),
  };
}

/** `[n] IMPLICIT INTEGER (1..999)` */
function readThousandth(implicit: DerElement): number {
  const [first = 0xff, second = 0, ...more] = implicit.contents;
  const value = implicit.contents.length === 1 ? first : first * 256 + second;
  const isPadded = implicit.contents.length === 2 && first === 0 && second < 0x80;
  if (more.length > 0 || first >= 0x80 || isPadded) throw unexpected(implicit);
  return atMost(value, 1, 999, implicit);
}

function atMost(value: number, least: number, most: number, at: DerElement): number {
  if (value < least || value > most) throw unexpected(at);
  return value;
}

function take(members: DerElement[], tag: number): DerElement | undefined {
  return members[0]?.tag === tag ? members.shift() : undefined;
}

function unexpected(element: DerElement): DerError {
  return new DerError("der-unexpected", "not a TSTInfo", element.offset);
}

export interface TimeStampInfoToEncode {
  readonly policy: string;
  /** MessageImprint, DER. */
  readonly imprint: Uint8Array;
  readonly serialNumber: bigint;
  readonly time: Date;
  readonly accuracy?: Accuracy;
  readonly isOrdered?: boolean;
  readonly nonce?: bigint | undefined;
  /** GeneralName, DER. */
  readonly authorityName?: Uint8Array;
}

/** TSTInfo, DER. */
export function encodeTimeStampInfo(info: TimeStampInfoToEncode): Uint8Array {
  const { accuracy, nonce, authorityName } = info;
  return sequence(
    smallInteger(1),
    oid(info.policy),
    info.imprint,
    integer(info.serialNumber),
    element(tags.generalizedTime, utf8Of(timeTextOf(info.time))),
    ...(accuracy === undefined ? [] : [encodeAccuracy(accuracy)]),
    ...(info.isOrdered === true ? [boolean(true)] : []),
    ...(nonce === undefined ? [] : [integer(nonce)]),
    ...(authorityName === undefined ? [] : [contextExplicit(0, authorityName)]),
  );
}

/** With a fraction only where there is one, and that without trailing zeros (RFC 3161 §2.4.2, X.690 §11.7). */
export function timeTextOf(time: Date): string {
  const [whole = "", fraction = ""] = time.toISOString().replace("Z", "").split(".");
  const digits = fraction.replace(/0+$/, "");
  return `${whole.replaceAll(/[-:T]/g, "")}${digits === "" ? "" : `.${digits}`}Z`;
}

function encodeAccuracy({ seconds, milliseconds, microseconds }: Accuracy): Uint8Array {
  const implicit = (number: number, value: number): Uint8Array =>
    contextImplicit(number, smallInteger(value).subarray(2), false);
  return sequence(
    ...(seconds === 0 ? [] : [smallInteger(seconds)]),
    ...(milliseconds === 0 ? [] : [implicit(0, milliseconds)]),
    ...(microseconds === 0 ? [] : [implicit(1, microseconds)]),
  );
}

/** The accuracy in milliseconds, rounded up. */
export function accuracyMilliseconds({ seconds, milliseconds, microseconds }: Accuracy): number {
  return seconds * 1000 + milliseconds + Math.ceil(microseconds / 1000);
}
