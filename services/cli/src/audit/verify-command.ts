import { existsSync } from "node:fs";

import { utf8Of } from "@yinxin/crypto/bytes";
import { parseLogPolicy, TlogError } from "@yinxin/crypto/tlog";
import type { LogPolicy } from "@yinxin/crypto/tlog";
import type { GovernanceTrust } from "@yinxin/service-kit/approvals";
import { DatabaseError } from "@yinxin/service-kit/database";

import { readDeployment, readTrust } from "../deployment/index.ts";
import type { DeployedService } from "../deployment/index.ts";
import { exitCodes } from "../exit-codes.ts";
import {
  CommandFailure,
  describeUsage,
  noWords,
  parseOptions,
  renderJson,
  UsageError,
} from "../terminal/index.ts";
import type { Bilingual, OptionTable, Terminal } from "../terminal/index.ts";
import type { Command } from "../command.ts";
import { auditReportJson, isContradicted, renderAuditReport } from "./render-audit-report.ts";
import { verifyServiceLog } from "./verify-service-log.ts";
import type { LogPlaces, VerifiedLog } from "./verify-service-log.ts";

const options = {
  deployment: {
    type: "string",
    value: "FILE",
    help: {
      zh: "核对部署中全部服务的日志（缺省）",
      en: "the logs of every service of this deployment (if nothing else is named)",
    },
  },
  service: { type: "string", value: "NAME", help: { zh: "只核对这个服务", en: "only this service" } },
  database: {
    type: "string",
    value: "URL",
    help: {
      zh: "一个服务的数据库：sqlite:PATH 或 postgres://HOST/DB",
      en: "one service's database: sqlite:PATH or postgres://HOST/DB",
    },
  },
  schema: {
    type: "string",
    value: "NAME",
    help: { zh: "PostgreSQL 中该服务的 schema", en: "in PostgreSQL: the service's schema" },
  },
  folder: {
    type: "string",
    value: "DIR",
    help: { zh: "它的审计日志文件夹", en: "the folder of its audit log" },
  },
  origin: {
    type: "string",
    value: "NAME",
    help: { zh: "日志的名称（信任文件中的）", en: "the log's name, as the trust file has it" },
  },
  trust: {
    type: "string",
    value: "FILE",
    help: { zh: "信任文件（缺省取部署的）", en: "the trust file, else the deployment's" },
  },
  json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
} as const satisfies OptionTable;

export const command: Command = {
  usage: describeUsage({
    lines: [
      "audit verify [--service NAME]",
      "audit verify --database URL --folder DIR --origin NAME --trust FILE",
    ],
    examples: [
      "audit verify",
      "audit verify --database sqlite:copy/db.sqlite --folder copy/audit --origin gov.example/audit/seal --trust yinxin-trust.json",
    ],
    about: {
      zh: "只凭数据库、审计日志文件夹与信任文件核对：有没有事件被改、删、移、加，尾部有没有被截，整库有没有被换成旧的。不需要服务运行，也不改动任何东西。",
      en: "Proves from the database, the folder of the log and the trust file that no event was changed, deleted, moved or put in, that the end\nwas not cut, and that the database is not an older one. No service need run, and nothing is changed.",
    },
    options,
    notes: {
      zh: "退出码：0 完整 · 3 有事件不符（给出第一个的序号），或密钥状态、次数与事件不符· 4 不能确定（没有可信的检查点等）",
      en: "exit codes: 0 whole · 3 an event is not what was signed (its index is told), or a key is not as events say · 4 cannot be told (no checkpoint to be believed …)",
    },
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, options);
    noWords(positionals);
    const { logs, policy } = await placesOf(values, terminal);
    const verified: VerifiedLog[] = [];
    for (const log of logs) {
      const result = await verifiedLog(log, policy, terminal);
      verified.push(result);
      if (values.json !== true) terminal.print(renderAuditReport(result, terminal));
    }
    if (values.json === true) terminal.print(renderJson(verified.map(auditReportJson)));
    const exitCode = exitCodeOf(verified);
    if (exitCode === exitCodes.invalid && values.json !== true) terminal.say(afterFraud[terminal.language]);
    return exitCode;
  },
};

/** What an officer does now; to go on as if nothing were would spoil the traces. */
const afterFraud: Bilingual = {
  zh: "  → 原样保留数据库与日志文件夹的副本；yinxin audit search 查看前后事件；恢复见 docs/operations.md",
  en: "  → keep copies of database and log folder as they are; look around with yinxin audit search; to restore: docs/operations.md",
};

async function verifiedLog(log: LogPlaces, policy: LogPolicy, terminal: Terminal): Promise<VerifiedLog> {
  const [, path] = /^sqlite:(.+)$/.exec(log.database) ?? [];
  if (path !== undefined && !existsSync(path)) throw noDatabase(log, undefined);
  try {
    return await verifyServiceLog(log, policy, terminal);
  } catch (cause) {
    if (cause instanceof DatabaseError) throw noDatabase(log, cause);
    throw cause;
  }
}

function noDatabase({ service }: LogPlaces, cause: unknown): CommandFailure {
  return new CommandFailure(
    "database-unreachable",
    { zh: `无法打开 ${service} 的数据库。`, en: `The database of ${service} cannot be opened.` },
    { cause, exitCode: exitCodes.unreachable },
  );
}

export interface VerifyValues {
  readonly deployment?: string | undefined;
  readonly service?: string | undefined;
  readonly database?: string | undefined;
  readonly schema?: string | undefined;
  readonly folder?: string | undefined;
  readonly origin?: string | undefined;
  readonly trust?: string | undefined;
}

export interface Places {
  readonly logs: readonly LogPlaces[];
  readonly policy: LogPolicy;
}

function placesOf(values: VerifyValues, terminal: Terminal): Promise<Places> {
  const isDeployment = values.database === undefined && values.folder === undefined;
  return isDeployment ? placesOfDeployment(values, terminal) : namedPlaces(values);
}

/** Every log of the deployment, or of one service, and what is trusted of it. */
export async function placesOfDeployment(values: VerifyValues, terminal: Terminal): Promise<Places> {
  const deployment = await readDeployment(values.deployment, terminal);
  const trusted = await policyOf(values.trust ?? deployment.trustFile);
  const { policy } = trusted;
  const { service } = values;
  const named = deployment.services.filter(({ name }) => service === undefined || name === service);
  if (named.length === 0)
    throw new UsageError(`--service ${service ?? ""}: the deployment has no such service.`);
  const witnesses = deployment.services.flatMap(({ name, database }) =>
    database === undefined || !policy.witnesses.some((each) => each.name === name)
      ? []
      : [{ name, database, schema: name }],
  );
  return { policy, logs: named.map((each) => ({ ...deployedLog(each, trusted), witnesses })) };
}

async function namedPlaces(values: VerifyValues): Promise<Places> {
  const { database, folder, origin, trust, service = "log" } = values;
  if (database === undefined || folder === undefined || origin === undefined || trust === undefined)
    throw new UsageError("--database, --folder, --origin and --trust go together.");
  if (/^[a-z]+:\/\/[^/@]*:[^/@]*@/.test(database))
    throw new UsageError("No password on the command line: leave it to PGPASSWORD or ~/.pgpass.");
  const schema = values.schema ?? service;
  const trusted = await policyOf(trust);
  const isNamed = values.service !== undefined;
  const log = { service, isNamed, database, schema, folder, origin, trust: trusted.trust };
  return { policy: trusted.policy, logs: [log] };
}

function deployedLog(service: DeployedService, { trust, policy }: Trusted): LogPlaces {
  const { name, database, auditFolder: folder, auditOrigin } = service;
  const origin = auditOrigin ?? namedFor(name, policy);
  if (database !== undefined && folder !== undefined && origin !== undefined)
    return { service: name, isNamed: true, database, schema: name, folder, origin, trust };
  throw new CommandFailure(
    "audit-log-unknown",
    {
      zh: `部署文件没有说明 ${name} 的数据库、审计日志文件夹与日志名称。`,
      en: `The deployment file does not say where the database and the audit log of ${name} are, and its name.`,
    },
    { exitCode: exitCodes.wrongUsage },
  );
}

/** The log that is called after the service, where only one is: `gov.example/audit/seal`. */
function namedFor(service: string, { logs }: LogPolicy): string | undefined {
  const names = new Set(logs.map(({ key }) => key.name).filter((name) => name.endsWith(`/${service}`)));
  return names.size === 1 ? [...names][0] : undefined;
}

interface Trusted {
  readonly trust: GovernanceTrust;
  readonly policy: LogPolicy;
}

async function policyOf(trustFile: string): Promise<Trusted> {
  const trust = await readTrust(trustFile);
  try {
    return { trust, policy: parseLogPolicy(utf8Of(trust.logs)) };
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause;
    throw new CommandFailure(
      "trust-malformed",
      { zh: `${trustFile} 中的日志策略有误。`, en: `The policy of logs in ${trustFile} cannot be read.` },
      { cause },
    );
  }
}

/** The worst log decides, as with documents. */
function exitCodeOf(verified: readonly VerifiedLog[]): number {
  if (verified.some(({ report }) => isContradicted(report))) return exitCodes.invalid;
  return verified.every(({ report }) => report.isWhole) ? exitCodes.done : exitCodes.indeterminate;
}
