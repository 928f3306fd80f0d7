import { openDatabase, tableNames } from "@yinxin/service-kit/database";
import type { DatabaseLocation } from "@yinxin/service-kit/database";
import { z } from "zod";

import type { HardwareKey } from "./backup-format.ts";

interface Tables {
  readonly schema_migrations: { readonly position: number; readonly name: string };
  readonly key_versions: {
    readonly purpose: string;
    readonly version: number;
    readonly state: string;
    readonly key_uris: string;
    readonly is_standby: number;
  };
}

const uris = z.array(z.string());
/** Keys that are no longer anywhere. */
const gone: readonly string[] = ["destroyed", "destroyed-compromised", "rejected"];

/** Keys that a backup of this database cannot hold, since they are in devices; and which migrations made it. */
export async function readHardwareKeys(
  location: DatabaseLocation,
  service: string,
): Promise<{ readonly migrations: string[]; readonly keys: readonly HardwareKey[] }> {
  const db = await openDatabase<Tables>(location);
  try {
    const tables = await tableNames(db);
    const migrations = tables.includes("schema_migrations")
      ? await db.selectFrom("schema_migrations").select("name").orderBy("position").execute()
      : [];
    const rows = tables.includes("key_versions")
      ? await db
          .selectFrom("key_versions")
          .select(["purpose", "version", "state", "key_uris", "is_standby"])
          .where("state", "not in", gone)
          .orderBy("purpose")
          .orderBy("version")
          .execute()
      : [];
    return {
      migrations: migrations.map(({ name }) => name),
      keys: rows.flatMap((row) => inDevices(row, rows, service)),
    };
  } finally {
    await db.destroy();
  }
}

type Row = Tables["key_versions"];

function inDevices(row: Row, rows: readonly Row[], service: string): HardwareKey[] {
  const ready = rows.find((each) => each.purpose === row.purpose && each.is_standby === 1 && each !== row);
  const [standbyUri] = ready === undefined ? [] : urisOf(ready);
  const standby =
    ready === undefined || standbyUri === undefined
      ? {}
      : { standby: { version: ready.version, uri: standbyUri } };
  return urisOf(row)
    .filter((uri) => !uri.startsWith("file:"))
    .map((uri) => ({
      service,
      purpose: row.purpose,
      version: row.version,
      state: row.state,
      uri,
      ...standby,
    }));
}

function urisOf({ key_uris }: Row): string[] {
  return uris.parse(JSON.parse(key_uris));
}
