import { exitCodes } from "../exit-codes.ts";
import { isLoopback } from "../deployment/index.ts";
import { dryRunOption, officerCommand } from "../officer/index.ts";
import { CommandFailure, onlyWord, UsageError } from "../terminal/index.ts";
import { decideAtService, tellChange } from "./decide.ts";
import { findChange, readChangeId } from "./held-change.ts";
import { renderChange } from "./render-change.ts";

export const command = officerCommand({
  lines: ["break-glass CHANGE --officer-key URI --officer-label LABEL [--share-file FILE]... --reason TEXT"],
  examples: [
    'break-glass chg_018f3a52c0de4b1c9a7e55aa --officer-key file:/media/sealed --officer-label break-glass --reason "all locked out"',
    'break-glass chg_018f3a52c0de4b1c9a7e55aa --officer-key pkcs11:serial=9 --officer-label break-glass --reason "fire" --dry-run',
  ],
  about: {
    zh: "应急授权：在服务所在的主机上，用封存的应急密钥代替全部批准人批准一项变更。它会立即触发告警，并须由两位管理员复核。",
    en: "In an emergency, on the host of the service only: approves a change with the sealed key, which stands for every approver. It raises\na loud alarm, and two officers have to review it.",
  },
  options: {
    reason: { type: "string", value: "TEXT", help: { zh: "为何应急", en: "why it cannot wait" } },
    "share-file": {
      type: "string",
      multiple: true,
      value: "FILE",
      help: {
        zh: "封存密钥的一份（文件）；每份一次，不足的提示输入",
        en: "holds a share of the sealed key; once for each, those that are missing are asked for",
      },
    },
    confirm: {
      type: "string",
      value: "NAME",
      help: {
        zh: "变更对象的名称，用于无人可问时",
        en: "the name of what the change is about, where nobody can be asked",
      },
    },
    ...dryRunOption,
  },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    const id = readChangeId(onlyWord(positionals, "a change (chg_…)"));
    const { reason, confirm } = values;
    if (reason === undefined) throw new UsageError("Say why it cannot wait: --reason TEXT.");
    if (values["officer-key"] === undefined)
      throw new UsageError("Name the sealed key: --officer-key URI --officer-label LABEL.");
    const open = await session();
    const change = await findChange(open, id);
    const url = open.deployment.services.find(({ name }) => name === change.service.name)?.url ?? "";
    if (!isLoopback(new URL(url).hostname)) throw notHere(url);
    if (values["dry-run"] === true) {
      terminal.print(renderChange(change, terminal.language));
      return exitCodes.done;
    }
    terminal.say(
      terminal.language === "zh"
        ? "⚠ 应急授权：将触发告警，并须由两位管理员复核。"
        : "⚠ break-glass: an alarm goes out, and two officers have to review it.",
    );
    const decision = { decision: "approve" as const, comment: reason };
    const decided = await decideAtService(change, { terminal, session: open, decision, confirm });
    return tellChange(decided, terminal, isJson);
  },
});

function notHere(url: string): CommandFailure {
  return new CommandFailure(
    "break-glass-elsewhere",
    {
      zh: `应急授权只能在服务所在的主机上使用（${url}）。`,
      en: `Break-glass works on the host of the service only (${url}).`,
    },
    { exitCode: exitCodes.notAllowed },
  );
}
