import type { Clock } from "@yinxin/service-kit/clock";
import { countRows } from "@yinxin/service-kit/governance";
import type { Affected } from "@yinxin/service-kit/rotations";
import type { Kysely } from "kysely";

import { longestTokenSeconds } from "../domain/lifetimes.ts";
import { tokenPurpose } from "../domain/token-ring.ts";
import type { SsoSchema } from "./schema.ts";

/** As much of the audit log as is counted here. */
interface IssuedTokens {
  audit_search: { leaf_index: number; key_purpose: string | null; occurred_at: string };
}

/** What hangs on the token ring: the clients, and the tokens that may still be alive, for none lives longer than the longest. */
export function affectedTokens({
  db,
  clock,
}: {
  readonly db: Kysely<SsoSchema>;
  readonly clock: Clock;
}): (purpose: string) => Promise<readonly Affected[]> {
  const events = db as unknown as Kysely<IssuedTokens>;
  return async (purpose) => {
    if (purpose !== tokenPurpose) return [];
    const since = new Date(clock.now().getTime() - longestTokenSeconds * 1000).toISOString();
    const live = events
      .selectFrom("audit_search")
      .select("leaf_index")
      .where("key_purpose", "=", purpose)
      .where("occurred_at", ">=", since);
    return [
      {
        what: { zh: "接入系统", en: "Clients" },
        count: await countRows(db, db.selectFrom("clients").select("id")),
      },
      { what: { zh: "仍在有效期内的令牌", en: "Live tokens" }, count: await countRows(events, live) },
    ];
  };
}
