/** What can stand before the colon: one family of devices each. */
export const keyUriSchemes = ["file", "pkcs11", "sdf", "skf", "piv", "remote", "simulator"] as const;
export type KeyUriScheme = (typeof keyUriSchemes)[number];

/**
 * Names a key without being one: a scheme for the kind of key store, and the attributes that find the key in it again, in
 * the shape of RFC 7512 §2.3. It is an identity, never a place: the serial number of a device and the key's own id, but no slot
 * number (devices renumber them), no label (devices let two keys share one), no path of a library, and no PIN. There is one way
 * to write it, so two URIs name the same key if and only if they are the same text.
 */
export type KeyUri = `${KeyUriScheme}:${string}`;
