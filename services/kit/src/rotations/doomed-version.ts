import type { JsonValue } from "../audit/index.ts";
import type { KeyState, KeyVersion } from "../key-rings/index.ts";
import type { Plan } from "./plan.ts";

/** When a version came into a state from which it can be destroyed; another moment means that it left the state meanwhile. */
const sinceOfState: Partial<Record<KeyState, (version: KeyVersion) => Date | undefined>> = {
  suspended: ({ suspendedAt }) => suspendedAt,
  deactivated: ({ deactivatedAt }) => deactivatedAt,
  compromised: ({ compromisedAt }) => compromisedAt,
  published: ({ publishedAt }) => publishedAt,
};

/** What a destruction keeps of the version that it was asked for. */
export function doomOf(version: KeyVersion | undefined): Readonly<Record<string, JsonValue>> {
  return version === undefined ? {} : { doomed: markOf(version) };
}

/** Whether the version is still as it was when its destruction was asked for. */
export function isAsDoomed({ parameters }: Plan, version: KeyVersion): boolean {
  return parameters["doomed"] === markOf(version);
}

function markOf(version: KeyVersion): string {
  const since = sinceOfState[version.state]?.(version) ?? version.createdAt;
  return `${version.state} since ${since.toISOString()}`;
}
