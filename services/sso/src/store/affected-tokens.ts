import type { Clock } from "@yinxin/service-kit/clock";
import { countEvents } from "@yinxin/service-kit/audit";
import { countedRowsMax, countRows } from "@yinxin/service-kit/governance";
import type { Affected } from "@yinxin/service-kit/rotations";
import type { Kysely } from "kysely";

import { longestTokenSeconds } from "../domain/lifetimes.ts";
import { tokenPurpose } from "../domain/token-ring.ts";
import type { SsoSchema } from "./schema.ts";

/** What hangs on the token ring: the clients, and the tokens that may still be alive, for none lives longer than the longest. */
export function affectedTokens({
  db,
  clock,
}: {
  readonly db: Kysely<SsoSchema>;
  readonly clock: Clock;
}): (purpose: string) => Promise<readonly Affected[]> {
  return async (purpose) => {
    if (purpose !== tokenPurpose) return [];
    const since = new Date(clock.now().getTime() - longestTokenSeconds * 1000).toISOString();
    const live = await countEvents(db, {
      where: (events) => events.where("key_purpose", "=", purpose).where("occurred_at", ">=", since),
      atMost: countedRowsMax,
    });
    return [
      {
        what: { zh: "接入系统", en: "Clients" },
        count: await countRows(db, db.selectFrom("clients").select("id")),
      },
      { what: { zh: "仍在有效期内的令牌", en: "Live tokens" }, count: live },
    ];
  };
}
