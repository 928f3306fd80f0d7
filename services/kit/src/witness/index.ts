/**
 * Witnessing: a service cosigns the checkpoints of other services' logs, so that none of them can show two histories
 * (C2SP tlog-witness).
 */
export { createWitnessClient, witnessTimeoutMilliseconds } from "./witness-client.ts";
export type { WitnessClient, WitnessClientOptions, WitnessResult } from "./witness-client.ts";
export { cosignerKeyOf, createWitness } from "./witness.ts";
export type { PinnedLog } from "./known-log-keys.ts";
export type { Witness, WitnessAnswer, WitnessedCheckpoint, WitnessOptions } from "./witness.ts";
export { witnessRouter } from "./witness-router.ts";
export { witnessMigration } from "./witness-tables.ts";
export {
  keepWitnessSuccession,
  readWitnessSuccessions,
  witnessSuccessionMigration,
} from "./witness-successions.ts";
