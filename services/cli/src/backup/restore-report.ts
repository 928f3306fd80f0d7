import { printable, renderJson, renderTable } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { sayHardwareKeys } from "./say-hardware-keys.ts";
import type { Restored } from "./restore-backup.ts";

export interface RestoreReport extends Restored {
  readonly out: string | undefined;
  /** Services whose audit logs were told; absent where none was to be. */
  readonly recorded: readonly string[] | undefined;
}

const words = {
  zh: {
    passed: "通过",
    failed: "失败",
    "not-checked": "未检查",
    incomplete: "不完整",
    heading: ["检查", "服务", "结果", "说明"],
    names: { files: "文件", database: "数据库", audit: "审计日志", keys: "密钥" },
    end: (backup: string, result: string) => `${backup}：${result}`,
  },
  en: {
    passed: "passed",
    failed: "failed",
    "not-checked": "not checked",
    incomplete: "incomplete",
    heading: ["CHECK", "SERVICE", "RESULT", "DETAIL"],
    names: { files: "files", database: "database", audit: "audit", keys: "keys" },
    end: (backup: string, result: string) => `${backup}: ${result}`,
  },
} as const;

/** What was found, what stays in devices, and what to do next. */
export function reportRestore(
  report: RestoreReport,
  file: string,
  terminal: Terminal,
  isJson: boolean,
): void {
  const { manifest, checks, result, out, recorded } = report;
  const { language } = terminal;
  const { hardware_keys: hardware, backup, made_at: madeAt } = manifest;
  if (isJson) {
    terminal.print(
      renderJson({
        backup,
        madeAt,
        result,
        checks: checks.map((check) => ({ ...check, detail: check.detail[language] })),
        hardware_keys: hardware,
        ...(out === undefined ? {} : { out }),
        ...(recorded === undefined ? {} : { recorded }),
      }),
    );
    return;
  }
  const said = words[language];
  terminal.print(
    renderTable(
      said.heading,
      checks.map((check) => [
        said.names[check.name],
        check.service ?? "",
        said[check.result],
        check.detail[language],
      ]),
    ),
  );
  sayHardwareKeys(hardware, terminal);
  terminal.say(said.end(backup, said[result]));
  const next = nextStep(report, file)?.[language];
  if (next !== undefined) terminal.say(printable(`→ ${next}`));
}

function nextStep(
  { result, out, recorded }: RestoreReport,
  file: string,
): { readonly zh: string; readonly en: string } | undefined {
  if (result === "failed")
    return {
      zh: `没有恢复任何内容。换用另一份备份副本：yinxin restore FILE --verify-only`,
      en: `nothing was restored. Try another copy of the backup: yinxin restore FILE --verify-only`,
    };
  if (out !== undefined)
    return {
      zh: `停下服务，把 ${out} 中各服务的文件夹放回原处，启动后核对：yinxin audit verify`,
      en: `stop the services, put their folders from ${out} where they belong, start them, and look: yinxin audit verify`,
    };
  if (recorded !== undefined) return undefined;
  return {
    zh: `写入审计日志才算数：yinxin restore ${file} --verify-only --deployment FILE …`,
    en: `it counts once the audit logs are told: yinxin restore ${file} --verify-only --deployment FILE …`,
  };
}
