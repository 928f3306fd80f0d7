import { languageOf, parseVerifyArguments, UsageError } from "./arguments.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { renderReport } from "./render-report.ts";
import { FileError, verifyFiles } from "./verify-files.ts";

const usage = `usage: yinxin verify FILE... [options]

Verifies PDF and OFD documents, SES seals (.esl), seal signatures and CMS messages (.p7s), offline.

  --trust ROOT.pem      roots to trust, and authorities under them; nothing else is trusted (repeatable)
  --evidence FILE       revocation lists (DER, PEM) and OCSP answers (DER) at hand (repeatable)
  --detached CONTENT    the file that a detached message signs
  --policy NAME         gmt0031-2025 (each seal by its own edition; default), gbt38540 or strict
  --at TIME             judge as of this time, like 2026-11-21T10:00:00+08:00
  --json                print the reports as JSON

exit codes: 0 valid · 1 failed · 2 wrong usage · 3 INVALID · 4 INDETERMINATE or UNSIGNED
`;

async function run(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  if (command === "help" || args.includes("--help") || args.includes("-h")) {
    process.stdout.write(usage);
    return exitCodes.done;
  }
  if (command !== "verify")
    throw new UsageError(command === undefined ? "Name a command." : `Unknown command ${command}.`);
  const request = parseVerifyArguments(rest);
  const reports = await verifyFiles(request, new Date());
  const language = languageOf(process.env);
  process.stdout.write(
    request.json
      ? `${JSON.stringify(reports, undefined, 2)}\n`
      : reports.map((report) => renderReport(report, language)).join("\n"),
  );
  return exitCodeOf(reports.map((report) => report.verdict));
}

// Whoever reads us may have seen enough (`| head`); that is no failure of ours.
process.stdout.on("error", (cause: NodeJS.ErrnoException) => {
  if (cause.code !== "EPIPE") throw cause;
  process.exit();
});

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (cause) {
  if (cause instanceof UsageError) {
    process.stderr.write(`yinxin: ${cause.message}\n\n${usage}`);
    process.exitCode = exitCodes.wrongUsage;
  } else if (cause instanceof FileError) {
    process.stderr.write(`yinxin: ${cause.message}\n`);
    process.exitCode = exitCodes.failed;
  } else {
    throw cause;
  }
}
