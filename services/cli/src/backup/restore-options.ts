import { readTrust } from "../deployment/index.ts";
import { readSecretFile, secretPrompt } from "../keys/secret-input.ts";
import { UsageError } from "../terminal/index.ts";
import type { OptionTable, parseOptions, Terminal } from "../terminal/index.ts";
import type { ShareSources } from "./gather-shares.ts";
import type { RestoreRequest } from "./restore-backup.ts";

export const restoreOptions = {
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
  "database-file": {
    type: "string",
    multiple: true,
    value: "[SERVICE=]FILE",
    help: {
      zh: "文件中是 PostgreSQL 地址：各服务的模式恢复到那里，必须为空；可为单个服务另指一个",
      en: "holds the address of the PostgreSQL server to restore into; the services' schemas there must be empty",
    },
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
      zh: "文件（权限 0400）中是 PostgreSQL 地址，演练时在其中建临时模式",
      en: "holds the address of a PostgreSQL server where a schema may be made for the test, mode 0400",
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
  "dry-run": {
    type: "boolean",
    help: {
      zh: "只说明将做什么：不解密、不提问、不写文件",
      en: "say what would be done; decrypt, ask and write nothing",
    },
  },
  json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
} as const satisfies OptionTable;

export type RestoreValues = ReturnType<typeof parseOptions<typeof restoreOptions>>["values"];

/** @throws UsageError, which names the option. */
export function checkRestoreValues(values: RestoreValues): void {
  const { out, "verify-only": isTest = false } = values;
  if (isTest === (out !== undefined)) throw new UsageError("Give --verify-only or --out FOLDER.");
  if (isTest && values["database-file"] !== undefined)
    throw new UsageError(
      "--database-file is for a restore with --out; a test takes --scratch-database-file.",
    );
  if (!isTest && values["scratch-database-file"] !== undefined)
    throw new UsageError(
      "--scratch-database-file is for a test; a restore with --out takes --database-file.",
    );
  if (!isTest && values.deployment !== undefined)
    throw new UsageError("--deployment is told of a test: it goes with --verify-only.");
}

const forService = /^([a-z][a-z0-9_-]*)=(.+)$/;

/** Which server takes which service's database. @throws FileError */
export async function readServers(values: RestoreValues): Promise<RestoreRequest["serverOf"]> {
  const scratch = values["scratch-database-file"];
  const named = values["database-file"] ?? (scratch === undefined ? [] : [scratch]);
  const servers = new Map<string, string>();
  for (const each of named) {
    const [, service = "", file = each] = forService.exec(each) ?? [];
    servers.set(service, new TextDecoder().decode(await readSecretFile(file)).trim());
  }
  return (service) => servers.get(service) ?? servers.get("");
}

export async function readTrustOf(values: RestoreValues): Promise<RestoreRequest["trust"]> {
  return values.trust === undefined ? undefined : await readTrust(values.trust);
}

export function shareSourcesOf(values: RestoreValues, terminal: Terminal): ShareSources {
  const ask = secretPrompt(terminal);
  const askPassphrase = (holder: string): Promise<Uint8Array> | undefined =>
    ask?.({ zh: `${holder} 的口令：`, en: `Passphrase of ${holder}:` }[terminal.language]);
  return {
    files: values["share-file"] ?? [],
    passphraseFiles: values["share-passphrase-file"] ?? [],
    askPassphrase,
  };
}
