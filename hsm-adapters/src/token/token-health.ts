import type { KeyStoreHealth } from "../key-store/index.ts";
import type { TokenClient } from "./assemble-token-client.ts";

/** A token store as an operator sees it. */
export function healthOf({ supervisor, pool, counters }: TokenClient): KeyStoreHealth {
  const { device } = supervisor;
  const { lastError } = counters;
  return {
    state: stateOf(supervisor.state, counters.isRecovering),
    device:
      device === undefined
        ? "a device that was not seen yet"
        : `${device.manufacturer} ${device.model}, serial number ${device.serial}`,
    sessions: pool.counts,
    queued: pool.queued,
    counters: counters.read(),
    ...(lastError !== undefined && { lastError }),
  };
}

function stateOf(state: TokenClient["supervisor"]["state"], isRecovering: boolean): KeyStoreHealth["state"] {
  if (state === "recovering") return "degraded";
  return state === "ready" && isRecovering ? "degraded" : state;
}
