import type { Command } from "../command.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { escapedForTerminal } from "../terminal/index.ts";
import { parseVerifyArguments } from "./parse-arguments.ts";
import { renderReport } from "./render-report.ts";
import { verifyFiles } from "./verify-files.ts";

export const command: Command = {
  usage: `usage: yinxin verify FILE... [options]

Verifies PDF and OFD documents, SES seals (.esl), seal signatures, CMS messages (.p7s) and files of evidence, offline.

  --trust ROOT.pem      roots to trust, and authorities under them; nothing else is trusted (repeatable);
                        for evidence the deployment's yinxin-trust.json
  --evidence FILE       revocation lists (DER, PEM) and OCSP answers (DER) at hand (repeatable)
  --detached CONTENT    the file that a detached message signs
  --policy NAME         gmt0031-2025 (each seal by its own edition; default), gbt38540 or strict
  --at TIME             judge as of this time, like 2026-11-21T10:00:00+08:00
  --json                print the reports as JSON

exit codes: 0 valid · 1 failed · 2 wrong usage · 3 INVALID · 4 INDETERMINATE or UNSIGNED
`,
  run: async (args, terminal) => {
    const request = parseVerifyArguments(args);
    const reports = await verifyFiles(request, terminal.now());
    terminal.print(
      request.json
        ? `${escapedForTerminal(JSON.stringify(reports, undefined, 2))}\n`
        : reports.map((report) => renderReport(report, terminal.language)).join("\n"),
    );
    return exitCodeOf(reports.map((report) => report.verdict));
  },
};
