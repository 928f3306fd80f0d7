import { countRows } from "@yinxin/service-kit/governance";
import type { Affected } from "@yinxin/service-kit/rotations";
import type { Kysely } from "kysely";

import { checkpointRing } from "../domain/checkpoint-ring.ts";
import type { LedgerSchema } from "./ledger-schema.ts";

/** What hangs on the checkpoints' ring: every entry of the log, and the licenses among them. */
export function affectedLeaves(db: Kysely<LedgerSchema>): (purpose: string) => Promise<readonly Affected[]> {
  return async (purpose) => {
    if (purpose !== checkpointRing) return [];
    const head = await db.selectFrom("log_head").select("size").executeTakeFirst();
    return [
      {
        what: { zh: "底账记录（条，仍可验证）", en: "log entries (stay verifiable)" },
        count: head?.size ?? 0,
      },
      {
        what: { zh: "电子证照（份）", en: "licenses" },
        count: await countRows(db, db.selectFrom("licenses").select("id")),
      },
    ];
  };
}
