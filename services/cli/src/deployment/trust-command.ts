import { encodeLogPolicy, encodeNoteKey } from "@yinxin/crypto/tlog";
import type { GovernanceTrust } from "@yinxin/service-kit/approvals";

import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import {
  CommandFailure,
  describeUsage,
  noWords,
  parseOptions,
  renderFacts,
  renderJson,
  UsageError,
} from "../terminal/index.ts";
import type { Bilingual, OptionTable, Terminal } from "../terminal/index.ts";
import { readDeployment } from "./deployment-file.ts";
import { readFirstLogKeys } from "./first-log-keys.ts";
import type { FirstLogKeys } from "./first-log-keys.ts";
import {
  deploymentOf,
  logPolicyOf,
  makeTrust,
  readChain,
  writeJson,
  writeWitnessFiles,
} from "./make-trust.ts";

const options = {
  deployment: {
    type: "string",
    value: "FILE",
    help: {
      zh: "部署文件；缺省为 YINXIN_DEPLOYMENT 或 ./.demo/deployment.json",
      en: "the deployment file; else YINXIN_DEPLOYMENT or ./.demo/deployment.json",
    },
  },
  policy: {
    type: "string",
    value: "FILE",
    help: {
      zh: "首份审批策略（yinxin officers genesis 的输出）",
      en: "the first officer policy, as yinxin officers genesis wrote it",
    },
  },
  "officer-root": {
    type: "string",
    multiple: true,
    value: "FILE",
    help: {
      zh: "管理员证书的根证书（PEM）；可重复",
      en: "a root of the officers' certificates (PEM); repeatable",
    },
  },
  witness: {
    type: "string",
    multiple: true,
    value: "SERVICE=NAME",
    help: {
      zh: "为其他服务的日志作见证的服务，及其见证人名称；可重复",
      en: "a service that cosigns the logs of the others, and its name as a witness; repeatable",
    },
  },
  quorum: {
    type: "string",
    value: "N",
    help: {
      zh: "每个检查点至少须有几位见证人（缺省 1；没有见证人时为 0）",
      en: "how many witnesses each checkpoint must have (1 if absent; 0 without witnesses)",
    },
  },
  out: {
    type: "string",
    value: "FILE",
    help: { zh: "信任文件；不得已存在", en: "the trust file; must not be there yet" },
  },
  "witness-files": {
    type: "string",
    value: "DIR",
    help: {
      zh: "同时把各服务的 AUDIT_WITNESSES_FILE 与 AUDIT_WITNESSED_LOGS_FILE 写入此文件夹",
      en: "also write each service's AUDIT_WITNESSES_FILE and AUDIT_WITNESSED_LOGS_FILE into this folder",
    },
  },
  "dry-run": {
    type: "boolean",
    help: { zh: "只检查并显示，不写文件", en: "check and show it, and write nothing" },
  },
  json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
} as const satisfies OptionTable;

/** `yinxin deployment trust` */
export const command: Command = {
  usage: describeUsage({
    lines: [
      "deployment trust --policy FILE --officer-root FILE... [--witness SERVICE=NAME]... --out FILE [--witness-files DIR]",
    ],
    examples: [
      "deployment trust --policy officer-policy.json --officer-root officer-root.pem --out yinxin-trust.json --dry-run",
      "deployment trust --deployment deployment.json --policy officer-policy.json --officer-root officer-root.pem --witness ledger=gov.example/witness/ledger --witness pki=gov.example/witness/pki --out yinxin-trust.json --witness-files config",
    ],
    about: {
      zh: "为新部署制作信任文件：首份审批策略的摘要、管理员证书的根、各审计日志的首把密钥与见证人。密钥取自各服务的数据库，因此各服务须先启动过一次。\n在场各方核对所显示的内容，然后把文件交给每个服务（GOVERNANCE_TRUST_FILE）与审计管理员。以后的密钥由日志自己证明：yinxin audit trust。",
      en: "Makes the trust file of a new deployment: digest of the first officer policy, roots of officers, the first key of each audit log, and\nwitnesses. Keys are read from the databases of the services, so each has started once. Those present compare what is shown; then every\nservice (GOVERNANCE_TRUST_FILE) and the auditor get the file. Later keys are proved by the logs themselves: yinxin audit trust.",
    },
    options,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, options);
    noWords(positionals);
    const { policy: file, out, "officer-root": roots = [] } = values;
    if (file === undefined || out === undefined || roots.length === 0)
      throw new UsageError({
        zh: "请给出 --policy、--officer-root 与 --out。",
        en: "Give --policy, --officer-root and --out.",
      });
    const deployment = await readDeployment(values.deployment, terminal);
    const names = witnessNames(values.witness ?? [], new Set(deployment.services.map(({ name }) => name)));
    const quorum = readQuorum(values.quorum, names, deployment.services.length);
    const chain = await readChain(file);
    refuseOtherName(deployment.name, deploymentOf(chain));
    const keys: FirstLogKeys[] = [];
    for (const service of deployment.services)
      keys.push(await readFirstLogKeys(service, names.get(service.name)));
    const logs = encodeLogPolicy(logPolicyOf(keys, quorum));
    const trust = await makeTrust({ chain, roots, logs, at: terminal.now() });
    if (values["dry-run"] !== true) {
      await writeJson(out, trust);
      if (values["witness-files"] !== undefined) await writeWitnessFiles(values["witness-files"], keys);
    }
    show({ trust, keys, quorum }, terminal, values.json === true);
    warnUnwitnessed(names, terminal);
    return exitCodes.done;
  },
};

function warnUnwitnessed(names: ReadonlyMap<string, string>, terminal: Terminal): void {
  if (names.size > 0) return;
  terminal.say(
    terminal.language === "zh"
      ? "⚠ 没有见证人：掌握日志密钥者可以改写日志而不被发现（--witness SERVICE=NAME）"
      : "⚠ nobody witnesses these logs: whoever has a log's key could write it anew unseen (--witness SERVICE=NAME)",
  );
}

/** Changes name their deployment, so one under another name would never be approved. */
function refuseOtherName(named: string, inPolicy: string): void {
  if (named === inPolicy) return;
  throw new CommandFailure(
    "deployment-differs",
    {
      zh: `部署文件写的是 ${named}，审批策略写的是 ${inPolicy}。`,
      en: `The deployment file says ${named}, the policy says ${inPolicy}.`,
    },
    {
      exitCode: exitCodes.notAllowed,
      next: {
        zh: "改正 deployment.json 的 name，或用 yinxin officers genesis --deployment 重做首份策略",
        en: "Correct the name in deployment.json, or make the first policy again: yinxin officers genesis --deployment",
      },
    },
  );
}

function witnessNames(given: readonly string[], services: ReadonlySet<string>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const text of given) {
    const [, service = "", name = ""] = /^([a-z][a-z0-9-]*)=([^\s+]{1,200})$/.exec(text) ?? [];
    if (name === "")
      throw new UsageError({
        zh: `--witness ${text}：请写成 SERVICE=NAME，如 ledger=gov.example/witness/ledger。`,
        en: `--witness ${text}: write SERVICE=NAME, like ledger=gov.example/witness/ledger.`,
      });
    if (!services.has(service))
      throw new UsageError({
        zh: `--witness ${text}：部署中没有这个服务。`,
        en: `--witness ${text}: the deployment has no such service.`,
      });
    names.set(service, name);
  }
  return names;
}

/** No service cosigns its own log, so the log of a witness has one witness fewer. */
function readQuorum(text: string | undefined, names: ReadonlyMap<string, string>, services: number): number {
  const quorum = text === undefined ? Math.min(1, names.size) : /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(quorum)) {
    const typed = `--quorum ${text ?? ""}`;
    throw new UsageError({ zh: `${typed}：请写成数字。`, en: `${typed}: write a number.` });
  }
  const fewest = names.size === 0 || services === 0 ? 0 : names.size - 1;
  if (quorum > fewest && quorum > 0) throw new UsageError(tooFewWitnesses(quorum, names.size, fewest));
  return quorum;
}

function tooFewWitnesses(quorum: number, given: number, fewest: number): Bilingual {
  const [wanted, needed, have, most] = [quorum, quorum + 1, given, fewest].map(String);
  return {
    zh: `--quorum ${wanted ?? ""} 需要 ${needed ?? ""} 位见证人，因为谁都不为自己的日志作见证；现有 ${have ?? ""} 位。请用 --witness 增加，或改为 --quorum ${most ?? ""}。`,
    en: `--quorum ${wanted ?? ""} needs ${needed ?? ""} witnesses, since none cosigns its own log; ${have ?? ""} given. Name more with --witness, or give --quorum ${most ?? ""}.`,
  };
}

interface Made {
  readonly trust: GovernanceTrust;
  readonly keys: readonly FirstLogKeys[];
  readonly quorum: number;
}

/** All that those present compare with what they know from elsewhere. */
function show({ trust, keys, quorum }: Made, terminal: Terminal, isJson: boolean): void {
  const witnesses = keys.flatMap(({ witness }) => (witness === undefined ? [] : [witness]));
  if (isJson) {
    terminal.print(renderJson(trust));
    return;
  }
  const labels = {
    zh: { deployment: "部署", roots: "管理员根证书", log: "日志", witness: "见证人", quorum: "至少见证人" },
    en: {
      deployment: "deployment",
      roots: "officer roots",
      log: "log",
      witness: "witness",
      quorum: "quorum",
    },
  }[terminal.language];
  terminal.print(
    renderFacts([
      [labels.deployment, trust.deployment],
      ["policy_genesis", trust.policy_genesis],
      [labels.roots, String(trust.officer_roots.length)],
      ...keys.map(({ audit }): [string, string] => [labels.log, encodeNoteKey(audit)]),
      ...witnesses.map((key): [string, string] => [labels.witness, encodeNoteKey(key)]),
      [labels.quorum, String(quorum)],
    ]),
  );
}
