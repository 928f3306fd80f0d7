/**
 * The key by which a service proves to the sign-on service who it is (`private_key_jwt`, RFC 7523): a ring like every other.
 *
 * {@link clientRing} declares it, {@link openClientKey} gives the key for one assertion and writes down its use, and
 * {@link clientKeyHooks} rotates it: the registered key vouches for its successor, in statements that
 * {@link createRegistration} makes and {@link readStatement} judges.
 */
export { clientPurpose, clientRing } from "./client-ring.ts";
export { openClientKey } from "./open-client-key.ts";
export type { ClientKeyDeps } from "./open-client-key.ts";
export { clientKeyHooks } from "./client-key-hooks.ts";
export type { ClientKeyHooksDeps } from "./client-key-hooks.ts";
export {
  clientKeyStatementCharactersMax,
  clientKeyStatementSeconds,
  createRegistration,
  createRemoval,
  problemOfProof,
  readStatement,
} from "./client-key-statement.ts";
export type {
  ClientKeyJwk,
  ClientKeyStatement,
  RegisteredJwk,
  StatementChecks,
  StatementToMake,
} from "./client-key-statement.ts";
