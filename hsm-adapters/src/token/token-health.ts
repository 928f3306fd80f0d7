import type { KeyStoreHealth } from "../key-store/index.ts";
import type { TokenClient } from "./assemble-token-client.ts";

/** A token store as an operator sees it. */
export function healthOf({ supervisor, pool, counters }: TokenClient): KeyStoreHealth {
  const { device, remainingTries } = supervisor;
  const { lastError } = counters;
  return {
    // It signs, for those who wait for the host that is being started.
    state: supervisor.state === "recovering" ? "degraded" : supervisor.state,
    device:
      device === undefined
        ? "a device that was not seen yet"
        : `${device.manufacturer} ${device.model}, serial number ${device.serial}`,
    sessions: pool.counts,
    queued: pool.queued,
    ...(remainingTries !== undefined && { remainingTries }),
    counters: counters.read(),
    ...(lastError !== undefined && { lastError }),
  };
}
