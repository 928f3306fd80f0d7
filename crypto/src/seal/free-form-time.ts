import { latin1Of } from "../bytes/index.ts";
import { DerError, element, parseDer, readTime, tags } from "../der/index.ts";
import type { DerProfile } from "../der/index.ts";
import { SealError } from "./error.ts";

/** SignedData begins with a SEQUENCE of an object identifier; a token holds its time inside a signature of its own. */
const sequenceTag = tags.sequence;

/**
 * The time of a version 1 seal signature: GM/T 0031-2014 §7.1 has a BIT STRING and does not say of what. Met are the
 * digits of a GeneralizedTime or UTCTime with or without their tag, date and time as people write them (of Beijing, since
 * China has one zone), and a whole time stamp token, whose time is for the verifier to read: until then it is the time of
 * no claim, the beginning of 1970.
 *
 * @throws SealError `seal-format` if it is none of these.
 */
export function readFreeFormTime(
  octets: Uint8Array,
  offset: number,
): { readonly time: Date; readonly timeToken?: Uint8Array; readonly isLocal?: boolean } {
  if (octets[0] === sequenceTag) return { time: new Date(0), timeToken: octets };
  const generalized = element(tags.generalizedTime, octets);
  const utc = element(tags.utcTime, octets);
  // By the letter first: the digits of a UTCTime are also those of another time without its seconds.
  const time =
    timeOf(octets, "lenient") ??
    timeOf(generalized, "strict") ??
    timeOf(utc, "strict") ??
    timeOf(generalized, "lenient") ??
    timeOf(utc, "lenient");
  if (time !== undefined) return { time };
  const local = localTime(latin1Of(octets.subarray(0, 40)));
  if (local !== undefined) return { time: local, isLocal: true };
  const shown = latin1Of(octets.subarray(0, 20)).replaceAll(/[^ -~]/g, "?");
  throw new SealError("seal-format", `the time at byte ${String(offset)} is none: ${shown}`);
}

function timeOf(der: Uint8Array, profile: DerProfile): Date | undefined {
  try {
    return readTime(parseDer(der, { profile }));
  } catch (cause) {
    if (cause instanceof DerError) return undefined;
    throw cause;
  }
}

const localPattern = /^(\d{4})[-/]?(\d\d)[-/]?(\d\d)[ T]?(\d\d):?(\d\d):?(\d\d)$/;

/** A time without a zone, as of Beijing. */
function localTime(text: string): Date | undefined {
  const iso = text.replace(localPattern, "$1-$2-$3T$4:$5:$6");
  const time = localPattern.test(text) ? new Date(`${iso}.000+08:00`) : undefined;
  if (time === undefined || Number.isNaN(time.getTime()) || time.getUTCFullYear() < 0) return undefined;
  // Date rolls 30 February over into March.
  const again = new Date(time.getTime() + 8 * 60 * 60 * 1000).toISOString().slice(0, 19);
  return again === iso ? time : undefined;
}
