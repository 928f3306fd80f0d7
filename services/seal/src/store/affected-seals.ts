import { countRows } from "@yinxin/service-kit/governance";
import type { Affected } from "@yinxin/service-kit/rotations";
import type { Kysely } from "kysely";

import { makerRing, sealOfRing } from "../domain/seal-rings.ts";
import type { SealSchema } from "./seal-schema.ts";

/** What hangs on a ring of this service: seals, and the documents that were sealed and stay valid. */
export function affectedSeals(db: Kysely<SealSchema>): (purpose: string) => Promise<readonly Affected[]> {
  return async (purpose) => {
    const id = sealOfRing(purpose);
    if (id === undefined && purpose !== makerRing) return [];
    const seals = db.selectFrom("seals").select("id");
    const documents = db.selectFrom("applications").select("id");
    return [
      {
        what: { zh: "印章（枚）", en: "seals" },
        count: await countRows(db, id === undefined ? seals : seals.where("id", "=", id)),
      },
      {
        what: { zh: "已盖文件（份，仍有效）", en: "sealed documents (stay valid)" },
        count: await countRows(db, id === undefined ? documents : documents.where("seal_id", "=", id)),
      },
    ];
  };
}
