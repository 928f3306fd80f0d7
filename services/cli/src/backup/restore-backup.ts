import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";

import type { GovernanceTrust } from "@yinxin/service-kit/approvals";

import type { Terminal } from "../terminal/index.ts";
import { backupFailure } from "./backup-failure.ts";
import type { BackupHeader, BackupManifest } from "./backup-format.ts";
import { extractBackup } from "./extract-backup.ts";
import { openPartialFolder } from "./partial-folder.ts";
import { removedOnSignal } from "./removed-on-signal.ts";
import { testRestored } from "./restore-checks.ts";
import type { RestoreCheck } from "./restore-checks.ts";
import { openBackup } from "./sealed-file.ts";
import { createStagedDatabases } from "./staged-databases.ts";

export interface RestoreRequest {
  readonly file: string;
  /** Where it goes; absent for a test, of which nothing is left. */
  readonly out: string | undefined;
  /** Address of the PostgreSQL server for a service. */
  readonly serverOf: (service: string) => string | undefined;
  /** Which logs' keys and which officers are believed; without it signatures of checkpoints are not looked at. */
  readonly trust: GovernanceTrust | undefined;
}

export interface RestoreDeps {
  readonly terminal: Terminal;
  readonly processId: number;
  /** The data key, from the shares of its holders. */
  readonly gatherKey: (header: BackupHeader) => Promise<Uint8Array>;
  /** Told before each step. */
  readonly onStep?: (step: RestoreStep) => Promise<void> | void;
}

/** What is done, in this order. */
export type RestoreStep = "decrypt" | "test" | "publish" | "done";

export type RestoreResult = "passed" | "failed" | "incomplete";

export interface Restored {
  readonly manifest: BackupManifest;
  readonly checks: readonly RestoreCheck[];
  readonly result: RestoreResult;
}

/**
 * Decrypts a backup, tests everything in it, and then either removes it again or gives folder and databases their names, all or none.
 *
 * Until then all of it is in `NAME.partial` and in schemas of their own, which the next run removes if this one is killed.
 *
 * @throws CommandFailure
 */
export async function restoreBackup(request: RestoreRequest, deps: RestoreDeps): Promise<Restored> {
  const { file, out, serverOf } = request;
  await refuseTarget(out);
  const backup = await openBackup(file);
  try {
    const partial = await openPartialFolder(out ?? `${file}.restore-test`, deps.processId);
    const release = removedOnSignal(partial.path);
    const staged = createStagedDatabases(backup.header.id, serverOf);
    try {
      const folder = join(partial.path, "restored");
      await mkdir(folder, { mode: 0o700 });
      const key = await deps.gatherKey(backup.header);
      await deps.onStep?.("decrypt");
      const manifest = await extractBackup(backup, key, folder).finally(() => key.fill(0));
      await deps.onStep?.("test");
      const checks = await testRestored(manifest, folder, { ...request, ...deps, staged });
      const result = resultOf(checks);
      if (out !== undefined && result !== "failed") {
        await staged.publish(async () => {
          await deps.onStep?.("publish");
          await partial.publish("restored", out);
        });
      }
      await deps.onStep?.("done");
      return { manifest, checks, result };
    } finally {
      await staged.remove();
      await partial.remove();
      release();
    }
  } finally {
    await backup.close();
  }
}

/** Whether there is anything at the target. @throws CommandFailure `target-exists` */
export async function refuseTarget(out: string | undefined): Promise<void> {
  const found = out === undefined ? undefined : await stat(out).catch(() => undefined);
  if (out !== undefined && found !== undefined) throw backupFailure("target-exists", out);
}

function resultOf(checks: readonly RestoreCheck[]): RestoreResult {
  if (checks.some(({ result }) => result === "failed")) return "failed";
  // What could not be opened was not restored.
  return checks.some(({ result, name }) => result === "not-checked" && name === "database")
    ? "incomplete"
    : "passed";
}
