import { signVerified } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { sql } from "kysely";
import type { Kysely } from "kysely";

import type { HealthCheck } from "./health.ts";

/** The database answers a query. */
export function databaseCheck<Schema>(db: Kysely<Schema>): HealthCheck {
  return () => sql`select 1`.execute(db);
}

/** Says what it is, so that nobody can pass the probe's signature off as one over something else. */
const probe = new TextEncoder().encode("yinxin readiness probe, signs nothing else");

/** The key really signs, and what it signs is right. */
export function signerCheck(signer: Signer): HealthCheck {
  return () => signVerified(signer, probe);
}
