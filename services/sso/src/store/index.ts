/**
 * What sso keeps: people and units, clients, counters of login attempts, and the protocol's own records. One file a noun;
 * the same queries run on SQLite and PostgreSQL. Changes that belong together with an audit event are made `in` the
 * transaction that the operation opens.
 */
export { createAccountStore } from "./accounts.ts";
export type { AccountStore, LoginRecord, PutResult } from "./accounts.ts";
export { affectedTokens } from "./affected-tokens.ts";
export { createAttemptStore } from "./attempts.ts";
export type { AttemptStore } from "./attempts.ts";
export { createClientKeyStore } from "./client-keys.ts";
export { createClientStore } from "./clients.ts";
export type { ClientStore } from "./clients.ts";
export { createProtocolStore } from "./protocol-records.ts";
export type { ProtocolRecord, ProtocolStore, StoredRecord } from "./protocol-records.ts";
export type { SsoSchema } from "./schema.ts";
