import { open, rename } from "node:fs/promises";
import { basename, dirname } from "node:path";

import { printable, renderJson } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { readSources } from "./backup-sources.ts";
import { syncFolder } from "./partial-folder.ts";
import { recordBackupEvent } from "./record-events.ts";
import type { Restored } from "./restore-backup.ts";

/** Beside the backup. */
export function recordFileOf(file: string): string {
  return `${file}.restore-test.json`;
}

/** The record is signed by nobody: it is a note for the shelf. What counts is in the audit logs. */
export async function keepRecord(
  { manifest, checks, result }: Restored,
  file: string,
  terminal: Terminal,
): Promise<void> {
  const text = renderJson({
    type: "yinxin-restore-test",
    backup: manifest.backup,
    file: basename(file),
    testedAt: terminal.now().toISOString(),
    result,
    checks: checks.map((check) => ({ ...check, detail: check.detail[terminal.language] })),
  });
  const path = recordFileOf(file);
  const handle = await open(`${path}.partial`, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.partial`, path);
  await syncFolder(dirname(path));
}

/**
 * Tells the audit logs of a deployment's services of a test, and notes it beside the keys that were in the backup. A log that cannot be told does not
 * unmake the test; it is said.
 *
 * @returns the services that were told.
 */
export async function tellLogs(
  { manifest, result }: Restored,
  deployment: string,
  terminal: Terminal,
): Promise<string[]> {
  const { services } = await readSources(deployment, undefined, terminal);
  const event = {
    kind: "tested",
    backup: manifest.backup,
    passed: result === "passed",
    at: terminal.now(),
  } as const;
  const told: string[] = [];
  for (const service of services) {
    if (!manifest.services.some(({ name }) => name === service.name)) continue;
    try {
      if (await recordBackupEvent(service, event, terminal)) told.push(service.name);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : "";
      const { zh, en } = { zh: "审计日志没有收到", en: "its audit log was not told" };
      terminal.say(
        printable(
          terminal.language === "zh"
            ? `yinxin：${service.name}：${zh} restore.tested`
            : `yinxin: ${service.name}: ${en} of restore.tested: ${why}`,
        ),
      );
    }
  }
  return told;
}
