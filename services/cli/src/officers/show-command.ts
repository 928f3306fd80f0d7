import { bytesOfBase64 } from "@yinxin/crypto/bytes";
import { policyChainSchema, readOfficerPolicy } from "@yinxin/service-kit/approvals";

import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { describeUsage, onlyWord, parseOptions, readWhole } from "../terminal/index.ts";
import type { OptionTable } from "../terminal/index.ts";
import { refusedPolicy } from "./policy-file.ts";
import { sayPolicy } from "./render-policy.ts";

/** Larger than every chain of policies that a deployment comes to have. */
const policyBytesMax = 4 * 1024 * 1024;

const showOptions = {
  json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
} as const satisfies OptionTable;

/** `yinxin officers show` */
export const showCommand: Command = {
  usage: describeUsage({
    lines: ["officers show FILE"],
    examples: ["officers show officer-policy.json", "officers show officer-policy.json --json"],
    about: {
      zh: "显示策略链文件中的首份策略、摘要与其后变更数。",
      en: "Shows the first policy of a chain, its digest in words, and how many changes follow. What they prove: yinxin approvals.",
    },
    options: showOptions,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, showOptions);
    const file = onlyWord(positionals, "a chain of policies");
    const bytes = await readWhole(file, policyBytesMax);
    const chain = policyChainSchema.safeParse(jsonOf(bytes)).data;
    if (chain === undefined) throw refusedPolicy(`${file} is no chain of policies`);
    const genesis = bytesOfBase64(chain.genesis);
    const { value, problem } = readOfficerPolicy(genesis);
    if (value === undefined) throw refusedPolicy(problem);
    sayPolicy(genesis, value, terminal, values.json === true);
    terminal.say(`changes: ${String(chain.changes.length)}`);
    return exitCodes.done;
  },
};

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch {
    // The schema refuses it.
    return undefined;
  }
}
