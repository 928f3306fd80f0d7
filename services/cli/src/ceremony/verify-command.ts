import { officerRootsOf } from "@yinxin/service-kit/approvals";

import type { Command } from "../command.ts";
import { readTrust } from "../deployment/index.ts";
import { exitCodes } from "../exit-codes.ts";
import {
  describeUsage,
  onlyWord,
  parseOptions,
  readWhole,
  renderJson,
  renderTable,
  UsageError,
} from "../terminal/index.ts";
import type { OptionTable } from "../terminal/index.ts";
import { readSignatures } from "./signatures-file.ts";
import { transcriptBytesMax } from "./transcript.ts";
import { wordsInBoth } from "./digest-words.ts";
import { verifyCeremony } from "./verify-ceremony.ts";

const options = {
  trust: {
    type: "string",
    value: "FILE",
    help: {
      zh: "信任文件（yinxin-trust.json）",
      en: "the trust file (yinxin-trust.json), for the officers' roots",
    },
  },
  json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
} as const satisfies OptionTable;

export const command: Command = {
  usage: describeUsage({
    lines: ["ceremony verify TRANSCRIPT --trust FILE"],
    examples: [
      "ceremony verify first-keys.jsonl --trust yinxin-trust.json",
      "ceremony verify first-keys.jsonl --trust yinxin-trust.json --json",
    ],
    about: {
      zh: "离线核对记录：链、步骤、预期结果、每位参与者的签名。",
      en: "Proves a transcript offline: its chain, its steps, their results, and each participant's signature.",
    },
    options,
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, options);
    const file = onlyWord(positionals, "a transcript");
    if (values.trust === undefined) throw new UsageError("Name the trust file with --trust FILE.");
    const anchors = officerRootsOf(await readTrust(values.trust));
    const { isValid, checks, digest } = verifyCeremony(
      await readWhole(file, transcriptBytesMax),
      await readSignatures(file),
      anchors,
    );
    const { language } = terminal;
    const told = checks.map(({ name, result, detail }) => ({ name, result, detail: detail[language] }));
    if (values.json === true) terminal.print(renderJson({ isValid, digest, checks: told }));
    else {
      const { heading, names, results } = phrases[language];
      terminal.print(
        renderTable(
          heading,
          told.map((check) => [names[check.name], results[check.result], check.detail]),
        ),
      );
      // To be compared with the paper.
      terminal.print(`${digest}\n${wordsInBoth(digest)}\n`);
    }
    return isValid ? exitCodes.done : exitCodes.invalid;
  },
};

const phrases = {
  zh: {
    heading: ["检查", "结果", "说明"],
    names: {
      chain: "记录链",
      steps: "步骤",
      expected: "结果",
      deviations: "偏差",
      rehearsal: "彩排",
      signature: "签名",
    },
    results: { passed: "通过", failed: "失败", noted: "留意" },
  },
  en: {
    heading: ["CHECK", "RESULT", "DETAIL"],
    names: {
      chain: "chain",
      steps: "steps",
      expected: "expected",
      deviations: "deviations",
      rehearsal: "rehearsal",
      signature: "signature",
    },
    results: { passed: "passed", failed: "failed", noted: "noted" },
  },
} as const;
