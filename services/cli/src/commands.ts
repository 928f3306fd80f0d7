import type { CommandEntry } from "./command.ts";
import { meant } from "./terminal/index.ts";

/** What `yinxin` can do, in the order of its help; each is loaded when it is called. */
export const commands: readonly CommandEntry[] = [
  {
    name: "verify",
    summary: {
      zh: "离线验证文档、印章与签名",
      en: "verify documents, seals and signatures, offline",
    },
    load: async () => (await import("./verify/verify-command.ts")).command,
  },
  {
    name: "keys probe",
    summary: {
      zh: "识别厂商库：接口、设备与适用的配置；不做任何改动",
      en: "find out what a vendor's library is, and which profile fits; changes nothing",
    },
    load: async () => (await import("./keys/probe-command.ts")).command,
  },
  {
    name: "keys conformance",
    summary: {
      zh: "逐项检验密码设备是否合乎要求",
      en: "put a device to the test, promise by promise",
    },
    load: async () => (await import("./keys/conformance-command.ts")).command,
  },
  {
    name: "keys list",
    summary: {
      zh: "列出各服务的密钥，或一个密钥存储中的密钥",
      en: "list the keys of every service, or of a store",
    },
    load: async () => (await import("./rings/list-command.ts")).command,
  },
  {
    name: "keys show",
    summary: { zh: "查看一把密钥及其历史", en: "show one key, and its history" },
    load: async () => (await import("./rings/show-command.ts")).command,
  },
  {
    name: "keys generate",
    summary: { zh: "在设备内生成密钥", en: "make a key in the store" },
    load: async () => (await import("./keys/generate-command.ts")).command,
  },
  {
    name: "keys import-p12",
    summary: {
      zh: "从 PKCS#12 文件导入密钥与证书",
      en: "bring a key and its certificate in from a PKCS#12 file",
    },
    load: async () => (await import("./keys/import-p12-command.ts")).command,
  },
  {
    name: "keys certificate",
    summary: {
      zh: "读取、写入证书，或制作证书请求",
      en: "read or write a key's certificate, or make a request for one",
    },
    load: async () => (await import("./keys/certificate-command.ts")).command,
  },
  {
    name: "keys destroy",
    summary: { zh: "永久销毁密钥", en: "destroy a key for good" },
    load: async () => (await import("./rings/destroy-command.ts")).command,
  },
  {
    name: "keys serve",
    summary: {
      zh: "通过双向 TLS 向其他主机提供密钥服务",
      en: "let other hosts use the keys of a store, over mutual TLS",
    },
    load: async () => (await import("./keys/serve-command.ts")).command,
  },
  {
    name: "keys status",
    summary: {
      zh: "一屏看全：正常、注意、故障",
      en: "one screen: what is well, what needs somebody, what is wrong",
    },
    load: async () => (await import("./rings/status-command.ts")).command,
  },
  {
    name: "keys due",
    summary: { zh: "列出需要处理的密钥", en: "list keys that somebody should see to" },
    load: async () => (await import("./rings/due-command.ts")).command,
  },
  {
    name: "keys rotate",
    summary: { zh: "轮换密钥", en: "rotate a key" },
    load: async () => (await import("./rings/change-commands.ts")).rotateCommand,
  },
  {
    name: "keys suspend",
    summary: { zh: "立即停止一把密钥签名", en: "stop a key from signing, at once" },
    load: async () => (await import("./rings/change-commands.ts")).suspendCommand,
  },
  {
    name: "keys resume",
    summary: { zh: "恢复已挂起的密钥", en: "let a suspended key sign again" },
    load: async () => (await import("./rings/change-commands.ts")).resumeCommand,
  },
  {
    name: "keys compromise",
    summary: { zh: "宣告密钥已泄露并处置", en: "declare a key compromised, and act on it" },
    load: async () => (await import("./rings/change-commands.ts")).compromiseCommand,
  },
  {
    name: "keys standby",
    summary: { zh: "准备备用密钥", en: "prepare a stand-by key" },
    load: async () => (await import("./rings/change-commands.ts")).standbyCommand,
  },
  {
    name: "keys drill",
    summary: { zh: "演练泄露处置", en: "practise a compromise" },
    load: async () => (await import("./rings/change-commands.ts")).drillCommand,
  },
  {
    name: "clients suspend",
    summary: { zh: "立即停用一个接入系统的全部密钥", en: "turn a client away, whichever key it shows" },
    load: async () => (await import("./clients/client-commands.ts")).suspendCommand,
  },
  {
    name: "clients replace-key",
    summary: {
      zh: "以新密钥取代接入系统的全部密钥",
      en: "put a new key in the place of every key of a client",
    },
    load: async () => (await import("./clients/client-commands.ts")).replaceCommand,
  },
  {
    name: "plans list",
    summary: { zh: "列出计划及其进度", en: "list plans and how far they are" },
    load: async () => (await import("./plans/list-command.ts")).command,
  },
  {
    name: "plans show",
    summary: { zh: "查看一项计划的每一步", en: "show each step of a plan" },
    load: async () => (await import("./plans/show-command.ts")).command,
  },
  {
    name: "plans documents",
    summary: {
      zh: "读取一项计划写成的文件：签名清单、告示、报告",
      en: "read what a plan wrote: the list of signatures, notices, the report",
    },
    load: async () => (await import("./plans/documents-command.ts")).command,
  },
  {
    name: "plans roll-back",
    summary: { zh: "回退一项计划", en: "take a plan back" },
    load: async () => (await import("./plans/roll-back-command.ts")).command,
  },
  {
    name: "approvals list",
    summary: { zh: "列出变更申请", en: "list the changes that officers asked for" },
    load: async () => (await import("./approvals/list-command.ts")).command,
  },
  {
    name: "approvals show",
    summary: { zh: "查看并核对一项变更及其签名", en: "show a change, and verify who signed it" },
    load: async () => (await import("./approvals/show-command.ts")).command,
  },
  {
    name: "approvals approve",
    summary: { zh: "批准一项变更，可离线", en: "approve a change, without a network too" },
    load: async () => (await import("./approvals/approve-command.ts")).command,
  },
  {
    name: "approvals reject",
    summary: { zh: "驳回一项变更", en: "reject a change" },
    load: async () => (await import("./approvals/reject-command.ts")).command,
  },
  {
    name: "approvals submit",
    summary: { zh: "提交离线签署的批准", en: "hand in an approval that was signed offline" },
    load: async () => (await import("./approvals/submit-command.ts")).command,
  },
  {
    name: "approvals review",
    summary: { zh: "复核一次应急授权", en: "review a use of the emergency key" },
    load: async () => (await import("./approvals/review-command.ts")).command,
  },
  {
    name: "break-glass",
    summary: {
      zh: "应急授权（仅限服务所在主机）",
      en: "approve with the sealed emergency key, on the host only",
    },
    load: async () => (await import("./approvals/break-glass-command.ts")).command,
  },
  {
    name: "freeze",
    summary: { zh: "立即冻结印章、单位或密钥", en: "stop a seal, a unit or a key, at once" },
    load: async () => (await import("./freeze/freeze-commands.ts")).freezeCommand,
  },
  {
    name: "thaw",
    summary: { zh: "解冻", en: "let what was frozen go on" },
    load: async () => (await import("./freeze/freeze-commands.ts")).thawCommand,
  },
  {
    name: "audit search",
    summary: { zh: "在审计日志中查找", en: "search the audit logs" },
    load: async () => (await import("./audit/search-command.ts")).command,
  },
  {
    name: "audit tail",
    summary: { zh: "最近的审计事件", en: "show the last events" },
    load: async () => (await import("./audit/tail-command.ts")).command,
  },
  {
    name: "audit history",
    summary: { zh: "谁查看过这条记录", en: "show who looked at a record" },
    load: async () => (await import("./audit/history-command.ts")).command,
  },
  {
    name: "audit continue",
    summary: {
      zh: "恢复旧数据库后，让审计日志开始新纪元",
      en: "let a log go on under a new epoch, after a restore",
    },
    load: async () => (await import("./audit/continue-command.ts")).command,
  },
  {
    name: "audit verify",
    summary: { zh: "离线核对审计日志", en: "prove the audit log from its files, without the service" },
    load: async () => (await import("./audit/verify-command.ts")).command,
  },
  {
    name: "audit trust",
    summary: {
      zh: "输出含后继密钥的新信任文件",
      en: "print the trust file with the keys that followed",
    },
    load: async () => (await import("./audit/trust-command.ts")).command,
  },
  {
    name: "audit replace-key",
    summary: {
      zh: "为泄露的日志或见证密钥的后继作保",
      en: "vouch for the successor of a log's or witness's lost key",
    },
    load: async () => (await import("./audit/replace-key-command.ts")).command,
  },
  {
    name: "evidence export",
    summary: { zh: "导出可离线核对的证据文件", en: "write evidence to a file that proves itself offline" },
    load: async () => (await import("./evidence/export-command.ts")).command,
  },
  {
    name: "evidence verify",
    summary: { zh: "离线核对证据文件", en: "verify a file of evidence, offline" },
    load: async () => (await import("./evidence/verify-command.ts")).command,
  },
  {
    name: "alarms list",
    summary: { zh: "列出告警", en: "list the alarms of every service" },
    load: async () => (await import("./alarms/list-command.ts")).command,
  },
  {
    name: "alarms test",
    summary: { zh: "发出一条测试告警", en: "raise an alarm to see that alarms arrive" },
    load: async () => (await import("./alarms/test-command.ts")).command,
  },
  {
    name: "backup",
    summary: { zh: "加密备份整个部署，密钥拆成若干份", en: "back up a deployment, encrypted under shares" },
    load: async () => (await import("./backup/backup-command.ts")).command,
  },
  {
    name: "backup show",
    summary: { zh: "查看备份文件", en: "show what a backup file is" },
    load: async () => (await import("./backup/show-command.ts")).command,
  },
  {
    name: "restore",
    summary: { zh: "恢复，或做恢复演练", en: "restore a backup, or test that it can be" },
    load: async () => (await import("./backup/restore-command.ts")).command,
  },
  {
    name: "ceremony new",
    summary: { zh: "由模板生成仪式脚本", en: "make a ceremony's script from a template" },
    load: async () => (await import("./ceremony/new-command.ts")).command,
  },
  {
    name: "ceremony run",
    summary: { zh: "逐步执行并记录仪式", en: "walk a ceremony step by step, and write it down" },
    load: async () => (await import("./ceremony/run-command.ts")).command,
  },
  {
    name: "ceremony sign",
    summary: { zh: "参与者签署仪式记录", en: "sign a transcript as a participant" },
    load: async () => (await import("./ceremony/sign-command.ts")).command,
  },
  {
    name: "ceremony verify",
    summary: { zh: "离线核对仪式记录", en: "prove a transcript, offline" },
    load: async () => (await import("./ceremony/verify-command.ts")).command,
  },
  {
    name: "officers request",
    summary: {
      zh: "生成安全管理员的密钥与证书请求",
      en: "make an officer's key, and a request for its certificate",
    },
    load: async () => (await import("./officers/request-command.ts")).requestCommand,
  },
  {
    name: "officers genesis",
    summary: { zh: "组成首份审批策略", en: "put the first officer policy together" },
    load: async () => (await import("./officers/genesis-command.ts")).genesisCommand,
  },
  {
    name: "deployment trust",
    summary: { zh: "为新部署制作信任文件", en: "make the trust file of a new deployment" },
    load: async () => (await import("./deployment/trust-command.ts")).command,
  },
  {
    name: "officers show",
    summary: { zh: "查看审批策略", en: "show an officer policy" },
    load: async () => (await import("./officers/show-command.ts")).showCommand,
  },
  {
    name: "officers list",
    summary: { zh: "列出现任管理员", en: "list who the officers are" },
    load: async () => (await import("./officers/policy-commands.ts")).listCommand,
  },
  {
    name: "officers policy",
    summary: { zh: "查看并核对各服务现行的审批策略", en: "show the policy in force, and verify its chain" },
    load: async () => (await import("./officers/policy-commands.ts")).policyCommand,
  },
  {
    name: "officers add",
    summary: { zh: "增加一位管理员", en: "appoint an officer" },
    load: async () => (await import("./officers/change-commands.ts")).addCommand,
  },
  {
    name: "officers replace",
    summary: {
      zh: "更换一位管理员或其证书",
      en: "put another officer, or another card, in the place of one",
    },
    load: async () => (await import("./officers/change-commands.ts")).replaceCommand,
  },
  {
    name: "officers remove",
    summary: { zh: "免去一位管理员", en: "dismiss an officer" },
    load: async () => (await import("./officers/change-commands.ts")).removeCommand,
  },
  {
    name: "officers rule",
    summary: {
      zh: "申请修改一种操作的审批规则",
      en: "ask for another rule of an operation: how many, how long, how often",
    },
    load: async () => (await import("./officers/rule-command.ts")).ruleCommand,
  },
  {
    name: "officers break-glass",
    summary: { zh: "生成封存的应急密钥，拆成若干份", en: "make the sealed emergency key, opened by shares" },
    load: async () => (await import("./officers/break-glass-command.ts")).breakGlassCommand,
  },
  {
    name: "officers sync",
    summary: {
      zh: "把最新的审批策略交给其余各服务",
      en: "hand the newest policy to the services that have an older one",
    },
    load: async () => (await import("./officers/policy-commands.ts")).syncCommand,
  },
  {
    name: "completion",
    summary: {
      zh: "输出 bash、zsh 或 fish 的补全脚本",
      en: "print what bash, zsh or fish need to complete words",
    },
    load: async () => (await import("./completion/completion-command.ts")).completionCommand(commands),
  },
];

export interface FoundCommand {
  readonly entry: CommandEntry;
  readonly rest: readonly string[];
}

/** The command that a command line begins with; undefined if it is none. */
export function findCommand(args: readonly string[]): FoundCommand | undefined {
  for (const length of [2, 1]) {
    const name = args.slice(0, length).join(" ");
    const entry = commands.find((each) => each.name === name);
    if (entry !== undefined && args.length >= length) return { entry, rest: args.slice(length) };
  }
  return undefined;
}

/** Commands that a command line which begins with none may have meant, nearest first. */
export function namesMeant(words: readonly string[]): readonly string[] {
  const names = commands.map(({ name }) => name);
  const typed = words.filter((word) => !word.startsWith("-"));
  const both = meant(typed.slice(0, 2).join(" "), names);
  if (both.length > 0) return both;
  const [first = ""] = typed;
  const groups = [...new Set(names.map((name) => name.split(" ")[0] ?? ""))];
  return groups.includes(first) ? [] : meant(first, groups);
}
