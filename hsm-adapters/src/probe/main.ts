import { writeSync } from "node:fs";

import { problemOf } from "./probe-problem.ts";
import type { ProbeMessage, ProbeTask } from "./probe-report.ts";
import { messageDescriptor } from "./probe-process.ts";
import { runTask } from "./run-task.ts";

// The process that loads a library nobody knows. It may crash at any call: each is told of before it is made.

/** Written at once, past all queues of this process: the next call may be its last. */
function write(message: ProbeMessage): void {
  writeSync(messageDescriptor, `${JSON.stringify(message)}\n`);
}

/** A library may have begun threads, or wait for something in its exit handlers. */
function end(): void {
  process.kill(process.pid, "SIGKILL");
}

// Who asked is gone.
process.on("disconnect", end);
process.stdin.on("end", end);
process.stdin.on("close", end);
process.stdin.resume();

try {
  const task = JSON.parse(process.argv[2] ?? "") as ProbeTask;
  write({
    answer: await runTask(task, (step) => {
      write({ step });
    }),
  });
} catch (cause) {
  write({ problem: problemOf(cause) });
}
end();
