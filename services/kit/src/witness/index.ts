/**
 * Witnessing: a service cosigns the checkpoints of other services' logs, so that none of them can show two histories
 * (C2SP tlog-witness).
 */
export type { WitnessClient, WitnessResult } from "./witness-client.ts";
