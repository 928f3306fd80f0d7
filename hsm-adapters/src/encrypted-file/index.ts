/**
 * A folder of private keys, each in its own encrypted file: for demonstrations, tests, and places without a device.
 *
 * `store.json` holds the salt and cost of scrypt (RFC 7914), the cipher, and a check value; with the passphrase they give the store's
 * master key, once per opening. `LABEL.key.json` holds one PKCS#8 key under AES-256-GCM or SM4-GCM with its own random nonce;
 * label, algorithm, origin and public key stand beside it in the clear and are authenticated with it, so no file can be changed,
 * renamed, or carried over from another store. `LABEL.certificate.der` is a certificate of that key. Whoever has the folder and the
 * passphrase has the keys: that is what a device would prevent and this cannot.
 */
export { openEncryptedFileKeyStore } from "./encrypted-file-key-store.ts";
export type { EncryptedFileKeyStoreOptions } from "./encrypted-file-key-store.ts";
export { storeCipherNames } from "./store-cipher.ts";
export type { StoreCipherName } from "./store-cipher.ts";
