import type { DeviceInfo } from "../driver/index.ts";

/** Left for an operator's tools beside the service. */
const sessionsForOthers = 2;

/** As many as wait in parallel with profit on the devices that were measured. */
const defaultSessions = 32;

/** How many sessions are open at most: as configured, but never all that the device has. */
export function sessionLimit(configured: number | undefined, { maximumSessions }: DeviceInfo): number {
  const wanted = configured ?? defaultSessions;
  return maximumSessions === undefined || !Number.isSafeInteger(maximumSessions)
    ? wanted
    : Math.min(wanted, Math.max(1, maximumSessions - sessionsForOthers));
}
