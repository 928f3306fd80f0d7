import { basename } from "node:path";

import { evidenceBytesMax, verifyEvidence } from "@yinxin/service-kit/evidence";

import { crlsOption, readOfficerCrls } from "../approvals/index.ts";
import type { Command } from "../command.ts";
import { readDeployment, readTrust } from "../deployment/index.ts";
import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import {
  CommandFailure,
  describeUsage,
  onlyWord,
  parseOptions,
  readWhole,
  renderJson,
} from "../terminal/index.ts";
import type { OptionTable, Terminal } from "../terminal/index.ts";
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
    const trustFile = values.trust ?? (await trustFileOf(values.deployment, terminal));
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

/** The deployment's; where there is none, what a verifier needs is the file that the officers gave out. */
async function trustFileOf(named: string | undefined, terminal: Terminal): Promise<string> {
  try {
    return (await readDeployment(named, terminal)).trustFile;
  } catch (cause) {
    if (!(cause instanceof CommandFailure) || cause.code !== "deployment-not-found") throw cause;
    throw new CommandFailure(
      "trust-not-named",
      {
        zh: "没有指明信任文件：它说明相信哪些管理员与哪些日志。",
        en: "No trust file is named, which says whose officers and logs are believed.",
      },
      {
        cause,
        exitCode: exitCodes.wrongUsage,
        next: {
          zh: "--trust yinxin-trust.json（由部署方交付）",
          en: "--trust yinxin-trust.json, as the deployment gave it out",
        },
      },
    );
  }
}
