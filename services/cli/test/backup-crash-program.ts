// Makes a backup and dies at the step with the number that it is given, as a machine does that loses its power.
import { randomBytes } from "node:crypto";

import { makeBackup } from "../src/backup/make-backup.ts";
import type { BackupRequest } from "../src/backup/make-backup.ts";

const [text = "", fatal = ""] = process.argv.slice(2);
const request = JSON.parse(text) as BackupRequest;
await makeBackup(request, {
  now: () => new Date(),
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
  processId: process.pid,
  handOut: () => Promise.resolve(),
  onStep: (_, done) => {
    if (String(done) === fatal) process.kill(process.pid, "SIGKILL");
  },
});
