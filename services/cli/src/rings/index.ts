/**
 * The keys of every service by purpose: what there is, what is due, and asking for changes to it.
 */
export { findRing } from "./read-key-rows.ts";
export type { FoundRing } from "./read-key-rows.ts";
