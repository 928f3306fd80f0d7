import { randomBytes } from "node:crypto";

import type { Kysely } from "kysely";

import { createAuditTrail, recordReads } from "../audit/index.ts";
import type { AuditCatalogue, AuditTrail } from "../audit/index.ts";
import type { Clock } from "../clock/index.ts";
import type { Administration } from "../governance/index.ts";
import { createKeyRings, keyRingProblems } from "../key-rings/index.ts";
import type { KeyRings, RingKeys } from "../key-rings/index.ts";
import { memoryRingKeys } from "./memory-ring-keys.ts";

/** What a service's own parts need of governance, without officers: the real trail and the real rings. */
export interface TestGovernance<Catalogue extends AuditCatalogue> {
  readonly trail: AuditTrail<Catalogue>;
  readonly rings: KeyRings;
  readonly keys: RingKeys;
  /** No routes but the service's own, no checks, and only the service's own tokens are believed. */
  readonly administration: Pick<
    Administration,
    "routes" | "problems" | "mount" | "recordRead" | "checks" | "authenticator"
  >;
}

/** The trail and the rings of a service over its migrated database. */
export function createTestGovernance<Schema, const Catalogue extends AuditCatalogue>(options: {
  readonly service: string;
  readonly db: Kysely<Schema>;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly keys?: RingKeys;
}): TestGovernance<Catalogue> {
  const { service, db, catalogue, clock, keys = memoryRingKeys() } = options;
  const trail: AuditTrail<Catalogue> = createAuditTrail(db, catalogue, {
    recordKeyUse: (tx, use, at) => rings.in(tx).recordUse(use, at),
  });
  const rings: KeyRings = createKeyRings({ db, keys, trail: trail.kit, clock, randomBytes, service });
  return {
    ...{ trail, rings, keys },
    administration: {
      routes: [],
      problems: keyRingProblems,
      mount: () => undefined,
      recordRead: recordReads(db, trail.kit, clock),
      checks: {},
      authenticator: (inner) => inner,
    },
  };
}
