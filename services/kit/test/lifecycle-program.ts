import { systemClock } from "@yinxin/service-kit/clock";
import { readConfig, serviceEnvironment } from "@yinxin/service-kit/config";
import { createHealth, createMetrics } from "@yinxin/service-kit/health";
import { runMain, runService } from "@yinxin/service-kit/lifecycle";
import { createLog } from "@yinxin/service-kit/log";
import { z } from "zod";

/**
 * A whole program for the tests of a service's beginning and end. `GET /slow` is answered when the test says so over IPC;
 * `PROGRAM_FAULT` makes it fail in one way; `PROGRAM_DRAIN` is how many milliseconds it waits for what it has begun.
 */
await runMain(async () => {
  const config = readConfig(
    z.object({
      ...serviceEnvironment(0),
      PROGRAM_FAULT: z.enum(["none", "defect", "stop-fails", "stop-hangs"]).default("none"),
      PROGRAM_DRAIN: z.coerce.number().default(60_000),
    }),
    process.env,
  );
  if (config.PROGRAM_FAULT === "defect") throw new TypeError("a defect of the program");
  const log = createLog({ service: "program", level: "info" });
  await runService({
    name: "program",
    host: config.HOST,
    port: config.PORT,
    metricsPort: config.METRICS_PORT,
    app: (request, response) => {
      if (request.url !== "/slow") {
        response.end("quick");
        return;
      }
      log.info({}, "slow begun");
      process.once("message", () => response.end("slow"));
    },
    health: createHealth({ checks: {}, clock: systemClock, log }),
    metrics: createMetrics("program"),
    log,
    isSupervised: config.YINXIN_SUPERVISED,
    drainMilliseconds: config.PROGRAM_DRAIN,
    onStop: async () => {
      log.info({}, "closing");
      if (config.PROGRAM_FAULT === "stop-fails") throw new Error("the database would not close");
      if (config.PROGRAM_FAULT === "stop-hangs") await new Promise(() => undefined);
    },
  });
});
