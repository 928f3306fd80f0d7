import { kitEvents } from "../audit/index.ts";
import type { KeyState } from "./key-states.ts";
import { nameOf } from "./record-use.ts";

/** Of an event, what the state of a key or of a scope can be told from. */
export interface StateEvent {
  readonly action: string;
  readonly subject: string;
  /** JSON. */
  readonly detail: string;
}

/** The events from which the state of every key and every freeze follows. */
export const stateActions = [
  "key.created",
  "key.moved",
  "key.limited",
  "scope.frozen",
  "scope.thawed",
] as const satisfies readonly (keyof typeof kitEvents)[];

/** A version as the log tells of it. */
export interface ToldVersion {
  readonly purpose: string;
  readonly version: number;
  readonly keyId: string;
  readonly state: KeyState;
  /** Of a compromised version. */
  readonly invalidFrom?: string;
}

/** What the events that were taken so far say. */
export interface ToldStates {
  /** By `purpose/version`. */
  readonly versions: ReadonlyMap<string, ToldVersion>;
  readonly frozen: ReadonlySet<string>;
  /** By purpose; a ring that is not here never had one. */
  readonly limits: ReadonlyMap<string, number>;
}

/** Follows the log, oldest event first. Events of other kinds, and those that are not as the catalogue says, are passed over. */
export function followStates(): {
  readonly take: (event: StateEvent) => void;
  readonly told: ToldStates;
} {
  const versions = new Map<string, ToldVersion>();
  const frozen = new Set<string>();
  const limits = new Map<string, number>();
  const takers: Record<(typeof stateActions)[number], (subject: string, detail: unknown) => void> = {
    "key.created": (purpose, detail) => {
      const created = kitEvents["key.created"].detail.safeParse(detail).data;
      if (created === undefined) return;
      const { version, key_id: keyId } = created;
      versions.set(nameOf({ purpose, version }), { purpose, version, keyId, state: "pre-active" });
    },
    "key.moved": (purpose, detail) => {
      const moved = kitEvents["key.moved"].detail.safeParse(detail).data;
      const name = moved && nameOf({ purpose, version: moved.version });
      const before = versions.get(name ?? "");
      if (moved === undefined || name === undefined || before === undefined) return;
      const { to, invalid_from: invalidFrom } = moved;
      versions.set(name, {
        ...before,
        state: to as KeyState,
        ...(invalidFrom !== undefined && { invalidFrom }),
      });
    },
    "key.limited": (purpose, detail) => {
      const limit = kitEvents["key.limited"].detail.safeParse(detail).data?.limit;
      if (limit === undefined) limits.delete(purpose);
      else limits.set(purpose, limit);
    },
    "scope.frozen": (scope) => frozen.add(scope),
    "scope.thawed": (scope) => frozen.delete(scope),
  };
  return {
    take: ({ action, subject, detail }) => {
      if (isStateAction(action)) takers[action](subject, jsonOf(detail));
    },
    told: { versions, frozen, limits },
  };
}

/** One event that was spoilt by hand must not keep the others from being told. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isStateAction(action: string): action is (typeof stateActions)[number] {
  return (stateActions as readonly string[]).includes(action);
}
