import { sealProfiles } from "@yinxin/crypto/verification";
import type { SealProfile } from "@yinxin/crypto/verification";

import { parseOptions, UsageError } from "../terminal/index.ts";

export interface VerifyArguments {
  readonly files: readonly string[];
  /** PEM files with the roots to trust; nothing else is trusted. */
  readonly trust: readonly string[];
  /** Files with revocation lists or OCSP answers. */
  readonly evidence: readonly string[];
  /** The file that a detached signature is over. */
  readonly detached?: string;
  /** By which rules seals are judged. */
  readonly profile?: SealProfile;
  /** Absent: now. */
  readonly at?: Date;
  readonly json: boolean;
}

/** Enough for a folder of documents, and a bound on what one call holds in memory. */
const mostFiles = 1000;

/** @throws UsageError for an unknown option or policy, no file, or a time that is not RFC 3339 with an offset. */
export function parseVerifyArguments(args: readonly string[]): VerifyArguments {
  const { values, positionals } = parseOptions(args, {
    trust: { type: "string", multiple: true },
    evidence: { type: "string", multiple: true },
    detached: { type: "string" },
    policy: { type: "string" },
    at: { type: "string" },
    json: { type: "boolean" },
  });
  if (positionals.length === 0) throw new UsageError("Name at least one file to verify.");
  if (positionals.length > mostFiles) throw new UsageError(`At most ${String(mostFiles)} files at a time.`);
  return {
    files: positionals,
    trust: values.trust ?? [],
    evidence: values.evidence ?? [],
    ...(values.detached === undefined ? {} : { detached: values.detached }),
    ...(values.policy === undefined ? {} : { profile: parseProfile(values.policy) }),
    ...(values.at === undefined ? {} : { at: parseTime(values.at) }),
    json: values.json ?? false,
  };
}

function parseProfile(text: string): SealProfile {
  const profile = sealProfiles.find((name) => name === text);
  if (profile === undefined)
    throw new UsageError(`--policy ${text}: choose one of ${sealProfiles.join(", ")}.`);
  return profile;
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

function parseTime(text: string): Date {
  const time = new Date(text);
  if (!rfc3339.test(text) || Number.isNaN(time.getTime()) || !isRealDay(text)) {
    throw new UsageError(`--at ${text}: give a time like 2026-11-21T10:00:00+08:00.`);
  }
  return time;
}

/** Date takes the thirtieth of February for a day in March. */
function isRealDay(text: string): boolean {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
}
