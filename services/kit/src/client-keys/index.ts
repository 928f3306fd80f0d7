/**
 * The key by which a service proves to the sign-on service who it is (`private_key_jwt`, RFC 7523): a ring like every other.
 *
 * {@link clientRing} declares it, {@link openClientKey} gives the key for one assertion and writes down its use.
 */
export { clientPurpose, clientRing } from "./client-ring.ts";
export { openClientKey } from "./open-client-key.ts";
export type { ClientKeyDeps } from "./open-client-key.ts";
