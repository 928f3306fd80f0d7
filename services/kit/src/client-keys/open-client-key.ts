import type { Signer } from "@yinxin/crypto/signer";
import type { Kysely } from "kysely";

import type { KitTrail } from "../audit/index.ts";
import type { Clock } from "../clock/index.ts";
import { transact } from "../database/index.ts";
import type { KeyRings } from "../key-rings/index.ts";
import { clientPurpose } from "./client-ring.ts";

export interface ClientKeyDeps<Schema> {
  readonly db: Kysely<Schema>;
  readonly rings: Pick<KeyRings, "withKey">;
  readonly trail: KitTrail;
  readonly clock: Clock;
  /** The service's name. */
  readonly service: string;
}

/**
 * Gives the active key of the service's client ring, for one assertion: its use is counted and in the audit log before
 * anybody has the key.
 *
 * @throws Refusal `key-suspended`, `key-not-active`, `key-frozen`, `key-limit-reached`.
 */
export function openClientKey<Schema>(deps: ClientKeyDeps<Schema>): () => Promise<Signer> {
  const { db, rings, trail, clock, service } = deps;
  const purpose = clientPurpose(service);
  return () =>
    rings.withKey(purpose, async ({ use, signer }) => {
      await transact(db, (tx) =>
        trail.in(tx).append({
          action: "key.used",
          actor: `service:${service}`,
          subject: purpose,
          occurredAt: clock.now(),
          key: use,
          detail: { for: "client-assertion" },
        }),
      );
      return signer;
    });
}
