/** Gives `size` fresh octets that nobody can predict; cryptography does not fetch its own. */
export type RandomBytes = (size: number) => Uint8Array;
