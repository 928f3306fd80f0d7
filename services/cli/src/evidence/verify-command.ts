import { basename } from "node:path";

import { evidenceBytesMax, verifyEvidence } from "@yinxin/service-kit/evidence";

import { crlsOption, readOfficerCrls } from "../approvals/index.ts";
import type { Command } from "../command.ts";
import { readDeployment, readTrust } from "../deployment/index.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { describeUsage, onlyWord, parseOptions, readWhole, renderJson } from "../terminal/index.ts";
import type { OptionTable } from "../terminal/index.ts";
import { evidenceReportJson, renderEvidenceReport } from "./render-evidence-report.ts";

const options = {
  trust: {
    type: "string",
    value: "FILE",
    help: {
      zh: "信任文件 yinxin-trust.json（缺省取部署的）",
      en: "the trust file yinxin-trust.json, else the deployment's",
    },
  },
  deployment: {
    type: "string",
    value: "FILE",
    help: { zh: "从部署文件取信任文件", en: "take the trust file of this deployment" },
  },
  ...crlsOption,
  json: { type: "boolean", help: { zh: "输出 JSON", en: "print JSON" } },
} as const satisfies OptionTable;

export const command: Command = {
  usage: describeUsage({
    lines: ["evidence verify FILE --trust yinxin-trust.json"],
    examples: [
      "evidence verify november.zip --trust yinxin-trust.json",
      "evidence verify rotate.zip --trust yinxin-trust.json --crls officers.crl.pem --json",
    ],
    about: {
      zh: "离线核对一个证据文件：只需要它和信任文件。不联网，不需要任何服务或数据库。",
      en: "Verifies a file of evidence offline: it and the trust file are all that is needed, no network, no service and no database.",
    },
    options,
    notes: {
      zh: "退出码：0 有效 · 3 无效（说明哪一处）· 4 不能确定（日志不在信任文件中，见证人不足）",
      en: "exit codes: 0 VALID · 3 INVALID (it says where) · 4 INDETERMINATE (a log that is not in the trust file, too few witnesses)",
    },
  }),
  run: async (args, terminal) => {
    const { values, positionals } = parseOptions(args, options);
    const file = onlyWord(positionals, "a file of evidence");
    const trustFile = values.trust ?? (await readDeployment(values.deployment, terminal)).trustFile;
    const trust = await readTrust(trustFile);
    const crls = await readOfficerCrls(values.crls);
    const report = verifyEvidence(await readWhole(file, evidenceBytesMax), trust, terminal.now(), crls);
    terminal.print(
      values.json === true
        ? renderJson([evidenceReportJson(basename(file), report)])
        : renderEvidenceReport(basename(file), report, terminal),
    );
    return exitCodeOf([report.verdict]);
  },
};
