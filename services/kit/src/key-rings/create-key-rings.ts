import type { Kysely } from "kysely";

import type { Clock } from "../clock/index.ts";
import type { KeyRingTrail } from "./key-ring-trail.ts";
import type { KeyRings } from "./key-rings.ts";
import type { RingKeys } from "./ring-keys.ts";

export interface KeyRingsDeps<Schema> {
  /** With {@link keyRingMigration} among its migrations. */
  readonly db: Kysely<Schema>;
  readonly keys: RingKeys;
  readonly trail: KeyRingTrail;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  /** The service's name, for audit events of what it does by itself. */
  readonly service: string;
}

/** The key rings of one service, in its own database. */
export function createKeyRings<Schema>(deps: KeyRingsDeps<Schema>): KeyRings {
  throw new Error(`not built yet: ${deps.service}`);
}
