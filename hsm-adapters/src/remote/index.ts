/**
 * A key store on another host: the machine with the devices serves it, and services elsewhere sign through it.
 *
 * {@link serveKeyStore} lets each client, known by its certificate, use the keys that are listed for it; {@link openRemoteKeyStore}
 * is the client, a `KeyStore` as any other. Between them is TLS 1.3 with certificates on both sides, and the client verifies every
 * signature itself. Keys are made and destroyed on the machine that has them, not from afar.
 */
export { openRemoteKeyStore } from "./open-remote-key-store.ts";
export type { RemoteKeyStoreOptions } from "./open-remote-key-store.ts";
export { remoteKeyUri } from "./remote-key-uri.ts";
export { clientFingerprint, serveKeyStore } from "./serve-key-store.ts";
export type { RemoteServer, RemoteServerEvent, ServeKeyStoreOptions } from "./serve-key-store.ts";
export { checkServerIdentity } from "./server-identity.ts";
export type { ServerIdentity } from "./server-identity.ts";
