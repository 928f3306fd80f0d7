import { encodeLogPolicy } from "@yinxin/crypto/tlog";
import { renewLogPolicy } from "@yinxin/service-kit/audit";
import type { ReadableLog } from "@yinxin/service-kit/audit";
import type { GovernanceTrust } from "@yinxin/service-kit/approvals";
import { openDatabase } from "@yinxin/service-kit/database";
import {
  KeyReplacementError,
  readKeyReplacement,
  withKeyReplaced,
  withKeyReplacedInFile,
} from "@yinxin/service-kit/governance";

import type { Command } from "../command.ts";
import { readDeployment, readTrust } from "../deployment/index.ts";
import { exitCodes } from "../exit-codes.ts";
import {
  CommandFailure,
  describeUsage,
  noWords,
  parseOptions,
  readWhole,
  renderJson,
  UsageError,
} from "../terminal/index.ts";
import type { OptionTable, Terminal } from "../terminal/index.ts";
import { placesOfDeployment } from "./verify-command.ts";
import type { VerifyValues } from "./verify-command.ts";

/** A change with every policy there was. */
const fileBytesMax = 16 * 1024 * 1024;

const options = {
  deployment: {
    type: "string",
    value: "FILE",
    help: { zh: "部署文件", en: "the deployment file" },
  },
  trust: {
    type: "string",
    value: "FILE",
    help: { zh: "旧的信任文件（缺省取部署的）", en: "the old trust file, else the deployment's" },
  },
  "replace-key": {
    type: "string",
    value: "FILE",
    help: {
      zh: "密钥泄露后：批准更换的变更（approvals show --output 的文件），以其中的新密钥取代旧密钥",
      en: "after a compromise: the approved change (from approvals show --output); its new key takes the place of the old ones",
    },
  },
  in: {
    type: "string",
    value: "FILE",
    help: {
      zh: "与 --replace-key 同用：改的不是信任文件，而是服务的 AUDIT_WITNESSED_LOGS_FILE 或 AUDIT_WITNESSES_FILE",
      en: "with --replace-key: not the trust file but a service's AUDIT_WITNESSED_LOGS_FILE or AUDIT_WITNESSES_FILE is printed anew",
    },
  },
} as const satisfies OptionTable;

export const command: Command = {
  usage: describeUsage({
    lines: ["audit trust [--deployment FILE]", "audit trust --replace-key FILE [--in FILE]"],
    examples: [
      "audit trust > yinxin-trust.new.json",
      "audit trust --deployment deployment.json --trust yinxin-trust.json > yinxin-trust.new.json",
      "audit trust --trust yinxin-trust.json --replace-key change.json > yinxin-trust.new.json",
      "audit trust --replace-key change.json --in governance/witnessed-logs.json > witnessed-logs.new.json",
    ],
    about: {
      zh: "输出新的信任文件：在旧文件的基础上，加入由旧密钥证明的后继密钥（审计日志与见证方）。不删除任何密钥；核对无误后由人替换旧文件。\n用 --replace-key 时只凭管理员的签名：该名称下只留新密钥，被盗的密钥及由它作保的一概不再采信。",
      en: "Prints the trust file anew, with the keys that followed those in it: of audit logs and of witnesses, each proved by the one before.\nNo key is taken away. Compare it, then put it in the old one's place.\nWith --replace-key the officers' signatures alone count: under that name only the new key is left, and neither the stolen key nor what it\nvouched for is believed again.",
    },
    options,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, options);
    noWords(positionals);
    if (values["replace-key"] !== undefined) {
      terminal.print(renderJson(await replaced(values, values["replace-key"], terminal)));
      return exitCodes.done;
    }
    if (values.in !== undefined) throw new UsageError("--in goes with --replace-key.");
    const { logs, policy } = await placesOfDeployment(values, terminal);
    const open: ReadableLog<unknown>[] = [];
    try {
      for (const { database, schema, folder, origin } of logs)
        open.push({ db: await openDatabase<unknown>({ url: database, schema }), folder, origin });
      const renewed = encodeLogPolicy(await renewLogPolicy(policy, open));
      terminal.print(renderJson({ ...logs[0]?.trust, logs: renewed }));
    } finally {
      for (const { db } of open) await db.destroy();
    }
    return exitCodes.done;
  },
};

/** The trust file, or the file that `--in` names, with the key that officers approved. */
async function replaced(
  values: VerifyValues & { readonly in?: string | undefined },
  change: string,
  terminal: Terminal,
): Promise<unknown> {
  const trust = await trustOf(values, terminal);
  const exported = await jsonOf(change);
  const file = values.in === undefined ? undefined : await jsonOf(values.in);
  try {
    const replacement = readKeyReplacement(exported, trust);
    return file === undefined
      ? withKeyReplaced(trust, replacement)
      : withKeyReplacedInFile(file, replacement, trust);
  } catch (cause) {
    if (!(cause instanceof KeyReplacementError)) throw cause;
    throw new CommandFailure(
      cause.code,
      { zh: `没有更换密钥：${cause.message}`, en: `No key was replaced: ${cause.message}.` },
      { cause, exitCode: exitCodes.invalid },
    );
  }
}

async function trustOf(values: VerifyValues, terminal: Terminal): Promise<GovernanceTrust> {
  if (values.trust !== undefined) return await readTrust(values.trust);
  return await readTrust((await readDeployment(values.deployment, terminal)).trustFile);
}

async function jsonOf(path: string): Promise<unknown> {
  const bytes = await readWhole(path, fileBytesMax);
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (cause) {
    throw new CommandFailure(
      "file-malformed",
      { zh: `${path} 不是 JSON。`, en: `${path} is not JSON.` },
      { cause, exitCode: exitCodes.wrongUsage },
    );
  }
}
