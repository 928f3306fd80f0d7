import { userInfo } from "node:os";

import { createAuditTrail, kitEvents } from "@yinxin/service-kit/audit";
import { openDatabase, tableNames, transact } from "@yinxin/service-kit/database";
import { createKeyRings } from "@yinxin/service-kit/key-rings";
import type { KeyRings, RingKeys } from "@yinxin/service-kit/key-rings";

import type { Terminal } from "../terminal/index.ts";
import type { ServiceSource } from "./backup-sources.ts";

/** What the audit log of a service is told. */
export type BackupEvent =
  | { readonly kind: "made"; readonly backup: string; readonly digest: string; readonly at: Date }
  | { readonly kind: "tested"; readonly backup: string; readonly passed: boolean; readonly at: Date };

/**
 * Writes `backup.made` or `restore.tested` to a service's own audit log, and notes it beside each of its keys that the backup holds, so that
 * the inventory can say how long ago the last restore test was. A service without a database, or from before audit logs, is passed over.
 *
 * @returns whether it was written.
 */
export async function recordBackupEvent(
  { name, database }: ServiceSource,
  event: BackupEvent,
  terminal: Pick<Terminal, "now" | "randomBytes">,
): Promise<boolean> {
  if (database === undefined) return false;
  const db = await openDatabase({ url: database, schema: name });
  try {
    const tables = await tableNames(db);
    if (!tables.includes("audit_head") || !tables.includes("key_versions")) return false;
    const trail = createAuditTrail(db, kitEvents).kit;
    const rings = createKeyRings({
      db,
      keys: noKeys,
      trail,
      clock: { now: terminal.now },
      randomBytes: terminal.randomBytes,
      service: name,
    });
    const held = await keysInFiles(rings);
    await transact(db, async (tx) => {
      const common = { actor: "yinxin-backup", subject: event.backup, occurredAt: event.at };
      const { backup } = event;
      const user = accountName();
      if (event.kind === "made") {
        await trail
          .in(tx)
          .append({ ...common, action: "backup.made", detail: { backup, digest: event.digest, user } });
        for (const key of held) await rings.in(tx).recordBackup(key, { backupId: backup, madeAt: event.at });
      } else {
        await trail
          .in(tx)
          .append({ ...common, action: "restore.tested", detail: { backup, passed: event.passed, user } });
        const tested = event.passed ? held.filter((key) => key.backupId === backup) : [];
        for (const key of tested) await rings.in(tx).recordRestoreTest(key, event.at);
      }
    });
    return true;
  } finally {
    await db.destroy();
  }
}

/** Under which account of the machine this runs: the program speaks for nobody, but somebody started it. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // An account without a name, as in a container.
    return `uid ${String(process.getuid?.())}`;
  }
}

interface HeldKey {
  readonly purpose: string;
  readonly version: number;
  readonly backupId?: string;
}

/** Keys that still are in files; those in devices are in no backup. */
async function keysInFiles(rings: KeyRings): Promise<HeldKey[]> {
  const held: HeldKey[] = [];
  for (const ring of await rings.rings()) {
    for (const { version, keyUris, destroyedAt, backup } of await rings.versions(ring.purpose)) {
      if (destroyedAt !== undefined || !keyUris.some((uri) => uri.startsWith("file:"))) continue;
      held.push({
        purpose: ring.purpose,
        version,
        ...(backup === undefined ? {} : { backupId: backup.backupId }),
      });
    }
  }
  return held;
}

/** Nothing here opens a key. */
const noKeys: RingKeys = {
  open: () => Promise.reject(new Error("a backup opens no key of a service")),
  create: () => Promise.reject(new Error("a backup makes no key of a service")),
  describe: () => Promise.resolve([]),
  device: () => Promise.resolve({ name: "none", state: "none" }),
};
