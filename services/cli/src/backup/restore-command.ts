import { mkdir, open, rename, stat } from "node:fs/promises";
import { basename, join } from "node:path";

import type { Command } from "../command.ts";
import { readTrust } from "../deployment/index.ts";
import { exitCodes } from "../exit-codes.ts";
import { readSecretFile, secretPrompt } from "../keys/secret-input.ts";
import {
  describeUsage,
  onlyWord,
  parseOptions,
  printable,
  renderJson,
  renderTable,
  UsageError,
} from "../terminal/index.ts";
import type { OptionTable, Terminal } from "../terminal/index.ts";
import { backupFailure } from "./backup-failure.ts";
import type { BackupManifest } from "./backup-format.ts";
import { readSources } from "./backup-sources.ts";
import { extractBackup } from "./extract-backup.ts";
import { gatherKey } from "./gather-shares.ts";
import type { ShareSources } from "./gather-shares.ts";
import { openPartialFolder } from "./partial-folder.ts";
import { recordBackupEvent } from "./record-events.ts";
import { testRestored } from "./restore-checks.ts";
import type { RestoreCheck } from "./restore-checks.ts";
import { openBackup } from "./sealed-file.ts";

const options = {
  "verify-only": {
    type: "boolean",
    help: {
      zh: "恢复演练：解密、检查、用每个密钥签名，然后删除",
      en: "a restore test: decrypt, check, sign with each key, and remove it again",
    },
  },
  out: {
    type: "string",
    value: "FOLDER",
    help: { zh: "恢复到这个文件夹；不得已存在", en: "restore into this folder; must not be there yet" },
  },
  "share-file": {
    type: "string",
    multiple: true,
    value: "FILE",
    help: { zh: "份额：加密的文件，或词语", en: "a share: an encrypted file, or words" },
  },
  "share-passphrase-file": {
    type: "string",
    multiple: true,
    value: "HOLDER=FILE",
    help: { zh: "持有人口令文件，权限 0400", en: "holds a holder's passphrase, mode 0400" },
  },
  "scratch-database-file": {
    type: "string",
    value: "FILE",
    help: {
      zh: "存放 PostgreSQL 地址的文件，演练时建临时模式",
      en: "holds the address of a PostgreSQL server where a schema may be made for the test",
    },
  },
  trust: {
    type: "string",
    value: "FILE",
    help: {
      zh: "信任文件：核对审计日志检查点的签名",
      en: "the trust file: then signatures of the audit logs' checkpoints are verified too",
    },
  },
  deployment: {
    type: "string",
    value: "FILE",
    help: {
      zh: "把演练结果写入这个部署各服务的审计日志",
      en: "tell the audit logs of this deployment's services of the test",
    },
  },
  json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
} as const satisfies OptionTable;

export const command: Command = {
  usage: describeUsage({
    lines: ["restore FILE --verify-only [options]", "restore FILE --out FOLDER [options]"],
    examples: [
      "restore 2026-11-22.yxb --verify-only --share-file a.json --share-file b.json --deployment /etc/yinxin/deployment.json",
      "restore 2026-11-22.yxb --out /srv/yinxin-restored --share-file a.txt --share-file b.txt",
    ],
    about: {
      zh: "用足够的份额打开备份。--verify-only 是恢复演练，结果记在 FILE.restore-test.json。",
      en: "Opens a backup with enough of its shares. --verify-only is the restore test; what it found is kept in FILE.restore-test.json.",
    },
    options,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, options);
    const file = onlyWord(positionals, "a backup");
    const { out, "verify-only": isTest = false, deployment } = values;
    if (isTest === (out !== undefined)) throw new UsageError("Give --verify-only or --out FOLDER.");
    await refuseTarget(out);
    const partial = await openPartialFolder(out ?? `${file}.restore-test`, process.pid);
    try {
      const restored = join(partial.path, "restored");
      await mkdir(restored, { mode: 0o700 });
      const { manifest, checks } = await extractAndTest(file, restored, values, terminal);
      const result = resultOf(checks);
      if (out !== undefined && result !== "failed") await partial.publish("restored", out);
      if (isTest) await keepRecord({ file, manifest, checks, result, deployment }, terminal);
      report({ file, manifest, checks, result, out }, terminal, values.json === true);
      return exitCodeOfResult[result];
    } finally {
      await partial.remove();
    }
  },
};

const exitCodeOfResult = {
  passed: exitCodes.done,
  failed: exitCodes.invalid,
  incomplete: exitCodes.indeterminate,
} as const;

async function refuseTarget(out: string | undefined): Promise<void> {
  const found = out === undefined ? undefined : await stat(out).catch(() => undefined);
  if (out !== undefined && found !== undefined) throw backupFailure("target-exists", out);
}

type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

async function extractAndTest(
  file: string,
  restored: string,
  values: Values,
  terminal: Terminal,
): Promise<{ readonly manifest: BackupManifest; readonly checks: readonly RestoreCheck[] }> {
  const backup = await openBackup(file);
  try {
    const key = await gatherKey(backup.header, shareSourcesOf(values, terminal), terminal);
    const manifest = await extractBackup(backup, key, restored).finally(() => key.fill(0));
    const scratch = values["scratch-database-file"];
    const scratchDatabase =
      scratch === undefined ? undefined : new TextDecoder().decode(await readSecretFile(scratch)).trim();
    const trust = values.trust === undefined ? undefined : await readTrust(values.trust);
    return { manifest, checks: await testRestored(manifest, restored, { terminal, scratchDatabase, trust }) };
  } finally {
    await backup.close();
  }
}

function shareSourcesOf(values: Values, terminal: Terminal): ShareSources {
  const ask = secretPrompt(terminal);
  const askPassphrase = (holder: string): Promise<Uint8Array> | undefined =>
    ask?.({ zh: `${holder} 的口令：`, en: `Passphrase of ${holder}:` }[terminal.language]);
  return {
    files: values["share-file"] ?? [],
    passphraseFiles: values["share-passphrase-file"] ?? [],
    askPassphrase,
  };
}

type TestResult = "passed" | "failed" | "incomplete";

function resultOf(checks: readonly RestoreCheck[]): TestResult {
  if (checks.some(({ result }) => result === "failed")) return "failed";
  // What could not be opened was not restored.
  return checks.some(({ result, name }) => result === "not-checked" && name === "database")
    ? "incomplete"
    : "passed";
}

interface Tested {
  readonly file: string;
  readonly manifest: BackupManifest;
  readonly checks: readonly RestoreCheck[];
  readonly result: TestResult;
}

/** The record is signed by nobody: it is a note for the shelf. What counts is in the audit logs. */
async function keepRecord(
  { file, manifest, checks, result, deployment }: Tested & { readonly deployment: string | undefined },
  terminal: Terminal,
): Promise<void> {
  const at = terminal.now();
  const text = renderJson({
    type: "yinxin-restore-test",
    backup: manifest.backup,
    file: basename(file),
    testedAt: at.toISOString(),
    result,
    checks,
  });
  const path = `${file}.restore-test.json`;
  const handle = await open(`${path}.partial`, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.partial`, path);
  if (deployment === undefined) return;
  const { services } = await readSources(deployment, undefined, terminal);
  const listed = services.filter(({ name }) => manifest.services.some((each) => each.name === name));
  for (const service of listed) {
    await recordBackupEvent(
      service,
      { kind: "tested", backup: manifest.backup, passed: result === "passed", at },
      terminal,
    );
  }
}

const words = {
  zh: {
    passed: "通过",
    failed: "失败",
    "not-checked": "未检查",
    incomplete: "不完整",
    heading: ["检查", "服务", "结果", "说明"],
  },
  en: {
    passed: "passed",
    failed: "failed",
    "not-checked": "not checked",
    incomplete: "incomplete",
    heading: ["CHECK", "SERVICE", "RESULT", "DETAIL"],
  },
} as const;

function report(
  { manifest, checks, result, out }: Tested & { readonly out: string | undefined },
  terminal: Terminal,
  isJson: boolean,
): void {
  const { hardware_keys: hardware, backup, made_at: madeAt } = manifest;
  if (isJson) {
    terminal.print(
      renderJson({
        backup,
        madeAt,
        result,
        checks,
        hardware_keys: hardware,
        ...(out === undefined ? {} : { out }),
      }),
    );
    return;
  }
  const { heading, ...said } = words[terminal.language];
  terminal.print(
    renderTable(
      heading,
      checks.map((check) => [check.name, check.service ?? "", said[check.result], check.detail]),
    ),
  );
  for (const key of hardware)
    terminal.say(printable(`${key.service} ${key.purpose} v${String(key.version)}: ${key.uri}`));
  terminal.say(`${backup}: ${said[result]}`);
}
