import { countRows } from "@yinxin/service-kit/governance";
import type { Affected } from "@yinxin/service-kit/rotations";
import type { Kysely } from "kysely";

import type { PkiSchema } from "./pki-schema.ts";

/** What hangs on the ring of an authority: the certificates that it issued, or a root those of the authority below it. */
export function affectedCertificates(
  db: Kysely<PkiSchema>,
): (purpose: string) => Promise<readonly Affected[]> {
  return async (purpose) => {
    if (!purpose.startsWith("ca.")) return [];
    const certificates = db
      .selectFrom("certificates")
      .select("serial_number")
      .where("issuer_purpose", "=", purpose.replace(/^ca\.root\./, "ca.issuing."))
      .where("certificate", "is not", null)
      .where("revoked_at", "is", null);
    return [
      {
        what: { zh: "已签发且未吊销的证书（张）", en: "certificates issued and not revoked" },
        count: await countRows(db, certificates),
      },
    ];
  };
}
