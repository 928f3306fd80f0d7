import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import {
  describeUsage,
  localTime,
  onlyWord,
  parseOptions,
  renderFacts,
  renderJson,
} from "../terminal/index.ts";
import type { OptionTable } from "../terminal/index.ts";
import { openBackup } from "./sealed-file.ts";

const options = {
  json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
} as const satisfies OptionTable;

export const command: Command = {
  usage: describeUsage({
    lines: ["backup show FILE"],
    examples: ["backup show 2026-11-22.yxb", "backup show 2026-11-22.yxb --json"],
    about: {
      zh: "显示备份的公开部分：何时、什么、由谁持有份额。这部分在恢复时才经过验证。",
      en: "Shows what anybody may know of a backup: when, what, and who has the shares. It is proved only when the backup is opened.",
    },
    options,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, options);
    const backup = await openBackup(onlyWord(positionals, "a backup"));
    await backup.close();
    const { header, sizeBytes } = backup;
    const { id, made_at: madeAt, deployment, services, cipher, shares } = header;
    if (values.json === true) terminal.print(renderJson({ ...header, sizeBytes }));
    else
      terminal.print(
        renderFacts([
          ["backup", id],
          ["made at", localTime(madeAt)],
          ["deployment", deployment],
          ["services", services.join(", ")],
          ["cipher", cipher],
          [
            "shares",
            `${String(shares.threshold)} / ${String(shares.digests.length)}: ${shares.holders.join(", ")}`,
          ],
          ["bytes", String(sizeBytes)],
        ]),
      );
    return exitCodes.done;
  },
};
