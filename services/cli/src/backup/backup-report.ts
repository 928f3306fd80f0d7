import { printable, renderJson } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import type { BackupHeader, BackupManifest } from "./backup-format.ts";
import type { BackupSources } from "./backup-sources.ts";
import type { HandedOut } from "./hand-out-shares.ts";
import { sayHardwareKeys } from "./say-hardware-keys.ts";

export interface BackupReport {
  readonly header: BackupHeader;
  readonly manifest: BackupManifest;
  readonly sources: Pick<BackupSources, "file">;
  readonly target: string;
  readonly digest: string;
  readonly recorded: readonly string[];
  readonly handedOut: readonly HandedOut[];
}

/** What was made, what stays in devices, and what to do next. */
export function reportBackup(
  { header, manifest, sources, target, digest, recorded, handedOut }: BackupReport,
  terminal: Terminal,
  isJson: boolean,
): void {
  const { hardware_keys: hardware } = manifest;
  if (isJson) {
    terminal.print(
      renderJson({
        backup: header.id,
        file: target,
        digest,
        files: manifest.files.length,
        services: manifest.services,
        hardware_keys: hardware,
        recorded,
        shares: handedOut,
      }),
    );
    return;
  }
  const zh = terminal.language === "zh";
  const shares = handedOut
    .slice(0, header.shares.threshold)
    .map(({ file }) => `--share-file ${file ?? "FILE"}`)
    .join(" ");
  const next = printable(`yinxin restore ${target} --verify-only ${shares} --deployment ${sources.file}`);
  terminal.say(
    zh
      ? `备份 ${header.id} 完成：${String(manifest.files.length)} 个文件`
      : `made backup ${header.id}: ${String(manifest.files.length)} files`,
  );
  terminal.say(digest);
  sayHardwareKeys(hardware, terminal);
  terminal.say(zh ? `→ 经过恢复演练才算数：${next}` : `→ it counts once it has been restored: ${next}`);
}
