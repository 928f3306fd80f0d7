import { createLog } from "../log/index.ts";
import type { Log } from "../log/index.ts";

/** A log that nobody reads. */
export const silentLog: Log = createLog({ service: "test", level: "silent" });
