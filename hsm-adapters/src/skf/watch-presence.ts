import type { DeviceEvent } from "../driver/index.ts";
import type { SkfConnection } from "./skf-connection.ts";

/**
 * Asks now and then whether the device is there, and tells of each change. SKF_WaitForDevEvent would tell at once, and would keep a thread
 * for it in which many libraries cannot be interrupted.
 *
 * @returns what ends it.
 */
export function watchPresence(connection: SkfConnection, tell: (event: DeviceEvent) => void): () => void {
  let wasPresent = true;
  const timer = setInterval(() => {
    const isPresent = connection.isPresent();
    if (isPresent !== wasPresent) tell({ kind: isPresent ? "inserted" : "removed" });
    if (!isPresent) connection.markLost();
    wasPresent = isPresent;
  }, connection.config.pollMilliseconds);
  // A process that has nothing else to do may end.
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
