import { languageOf, parseVerifyArguments, UsageError } from "./arguments.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { renderReport } from "./render-report.ts";
import { FileError, verifyFiles } from "./verify-files.ts";

const usage = `usage: yinxin verify FILE... [--trust ROOT.pem]... [--at TIME] [--json]

Verifies PDF and OFD documents, SES seals (.esl) and seal signatures, offline.
Nothing is trusted that --trust does not name. TIME is like 2026-11-21T10:00:00+08:00.

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
