/**
 * SM4 (GB/T 32907-2016): CBC, CTR and GCM.
 *
 * Blocks, chains and counters are node:crypto's where it has SM4, else plain code of ours; a published answer decides when it
 * is first used. Galois/Counter Mode is ours in both cases, because node:crypto has none for SM4; it takes no table and no
 * branch by a secret, at some ten megabytes a second. Prefer it: CBC and CTR do not notice changes.
 */
export { cryptSm4Ctr, decryptSm4Cbc, encryptSm4Cbc, openSm4Gcm, sealSm4Gcm } from "./modes.ts";
export { currentSm4, Sm4Error } from "./sm4-cipher.ts";
export type { Sm4Cipher } from "./sm4-cipher.ts";
