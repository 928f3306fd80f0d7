import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { describeUsage, onlyWord, parseOptions } from "../terminal/index.ts";
import { gatherKey } from "./gather-shares.ts";
import { previewRestore } from "./preview-restore.ts";
import { restoreBackup } from "./restore-backup.ts";
import {
  checkRestoreValues,
  readServers,
  readTrustOf,
  restoreOptions,
  shareSourcesOf,
} from "./restore-options.ts";
import { keepRecord, tellLogs } from "./restore-record.ts";
import { reportRestore } from "./restore-report.ts";

/** `yinxin restore` */
export const command: Command = {
  usage: describeUsage({
    lines: [
      "restore FILE --verify-only [options]",
      "restore FILE --out FOLDER [options]",
      "restore FILE (--verify-only | --out FOLDER) --dry-run [options]",
    ],
    examples: [
      "restore 2026-11-22.yxb --verify-only --share-file a.json --share-file b.json --deployment /etc/yinxin/deployment.json",
      "restore 2026-11-22.yxb --out /srv/yinxin-restored --database-file /run/secrets/database --share-file a.txt --share-file b.txt",
    ],
    about: {
      zh: "用足够的份额打开备份。--verify-only 是恢复演练，结果记在 FILE.restore-test.json。",
      en: "Opens a backup with enough of its shares. --verify-only is the restore test; what it found is kept in FILE.restore-test.json.",
    },
    options: restoreOptions,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, restoreOptions);
    const file = onlyWord(positionals, "a backup");
    checkRestoreValues(values);
    const isJson = values.json === true;
    if (values["dry-run"] === true) return previewRestore(file, values, terminal);
    const { out, deployment } = values;
    const [serverOf, trust] = [await readServers(values), await readTrustOf(values)];
    const restored = await restoreBackup(
      { file, out, serverOf, trust },
      {
        terminal,
        processId: process.pid,
        gatherKey: (header) => gatherKey(header, shareSourcesOf(values, terminal), terminal),
      },
    );
    if (out === undefined) await keepRecord(restored, file, terminal);
    const recorded = deployment === undefined ? undefined : await tellLogs(restored, deployment, terminal);
    reportRestore({ ...restored, out, recorded }, file, terminal, isJson);
    return exitCodeOfResult[restored.result];
  },
};

const exitCodeOfResult = {
  passed: exitCodes.done,
  failed: exitCodes.invalid,
  incomplete: exitCodes.indeterminate,
} as const;
