import { encodeLogPolicy } from "@yinxin/crypto/tlog";
import { renewLogPolicy } from "@yinxin/service-kit/audit";
import type { ReadableLog } from "@yinxin/service-kit/audit";
import { openDatabase } from "@yinxin/service-kit/database";

import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { describeUsage, noWords, parseOptions, renderJson } from "../terminal/index.ts";
import type { OptionTable } from "../terminal/index.ts";
import { placesOfDeployment } from "./verify-command.ts";

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
} as const satisfies OptionTable;

export const command: Command = {
  usage: describeUsage({
    lines: ["audit trust [--deployment FILE]"],
    examples: [
      "audit trust > yinxin-trust.new.json",
      "audit trust --deployment deployment.json --trust yinxin-trust.json > yinxin-trust.new.json",
    ],
    about: {
      zh: "输出新的信任文件：在旧文件的基础上，加入由旧密钥证明的后继密钥（审计日志与见证方）。不删除任何密钥；核对无误后由人替换旧文件。",
      en: "Prints the trust file anew, with the keys that followed those in it: of audit logs and of witnesses, each proved by the one before.\nNo key is taken away. Compare it, then put it in the old one's place.",
    },
    options,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, options);
    noWords(positionals);
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
