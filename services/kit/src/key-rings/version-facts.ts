import { equalBytes } from "@yinxin/crypto/bytes";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { Transaction, Updateable } from "kysely";

import type { KeyRingTables } from "./key-ring-tables.ts";
import type { KeyRingsInTransaction } from "./key-rings.ts";
import type { KeyUse } from "./key-version.ts";
import { chainText, readVersion } from "./key-version-rows.ts";
import { nameOf, notFound } from "./record-use.ts";

type Facts = Pick<
  KeyRingsInTransaction,
  "putCertificate" | "setStandby" | "recordSelfTest" | "recordBackup" | "recordRestoreTest"
>;

/** What is noted of a version without changing its state. */
export function putVersionFacts(tx: Transaction<KeyRingTables>): Facts {
  const put = async (
    { purpose, version }: KeyUse,
    facts: Updateable<KeyRingTables["key_versions"]>,
  ): Promise<void> => {
    const result = await tx
      .updateTable("key_versions")
      .set(facts)
      .where("purpose", "=", purpose)
      .where("version", "=", version)
      .executeTakeFirst();
    if (result.numUpdatedRows !== 1n) throw notFound({ purpose, version });
  };
  return {
    putCertificate: async (use, certificate, chain) => {
      await checkCertificate(tx, use, certificate);
      await put(use, { certificate, chain: chainText(chain) });
    },
    setStandby: (use, isStandby) => put(use, { is_standby: Number(isStandby) }),
    recordSelfTest: (use, at) => put(use, { self_tested_at: at.toISOString() }),
    recordBackup: (use, { backupId, madeAt }) =>
      put(use, { backup_id: backupId, backup_made_at: madeAt.toISOString(), restore_tested_at: null }),
    recordRestoreTest: (use, at) => put(use, { restore_tested_at: at.toISOString() }),
  };
}

async function checkCertificate(
  tx: Transaction<KeyRingTables>,
  use: KeyUse,
  certificate: Uint8Array,
): Promise<void> {
  const version = await readVersion(tx, use);
  if (version === undefined) throw notFound(use);
  if (equalBytes(parseCertificate(certificate).publicKey, version.publicKey)) return;
  throw new RangeError(`the certificate is not for the key ${nameOf(use)}`);
}
