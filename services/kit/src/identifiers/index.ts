/**
 * Identifiers that the country gives, and that more than one service reads: shape and check characters, nothing that
 * needs a registry.
 */
export { isUscc } from "./uscc.ts";
