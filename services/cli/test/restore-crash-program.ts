// Restores a backup and dies at the step that it is given, as a machine does that loses its power.
import { restoreBackup } from "../src/backup/restore-backup.ts";
import { createTestTerminal } from "./test-terminal.ts";

interface Fatal {
  readonly file: string;
  readonly out: string | undefined;
  readonly url: string | undefined;
  readonly key: string;
  readonly step: string;
}

const { file, out, url, key, step } = JSON.parse(process.argv[2] ?? "") as Fatal;
await restoreBackup(
  { file, out, serverOf: () => url, trust: undefined },
  {
    terminal: createTestTerminal({
      environment: Object.fromEntries(
        Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ),
    }),
    processId: process.pid,
    gatherKey: () => Promise.resolve(new Uint8Array(Buffer.from(key, "hex"))),
    onStep: (each) => {
      if (each === step) process.kill(process.pid, "SIGKILL");
    },
  },
);
