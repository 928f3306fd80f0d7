import { testPrograms } from "../../../hsm-adapters/testing/programs.ts";
import { command } from "../src/backup/backup-command.ts";
import { createTestTerminal } from "./test-terminal.ts";

/** Makes a backup with somebody at the terminal, who is shown the shares one after another. */
export async function backupInWords(
  args: readonly string[],
): Promise<{ readonly backup: string; readonly words: readonly string[]; readonly printed: string }> {
  // Bundled: a worker that has to translate the sources takes seconds.
  const terminal = createTestTerminal({
    environment: { YINXIN_VERIFIER: testPrograms().verifierProgram },
    answers: [],
  });
  await command.run(args, terminal);
  const shown = [...terminal.said().matchAll(/^# (\S+) \d+\/\d+ .*\n((?:[a-z ]+\n)+)/gm)];
  return {
    backup: shown[0]?.[1] ?? "",
    words: shown.map(([, , rows = ""]) => rows.trim().replaceAll("\n", " ")),
    printed: terminal.printed(),
  };
}
