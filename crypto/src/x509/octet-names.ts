import { latin1Of } from "../bytes/index.ts";

/**
 * What octets are called where they are compared or looked up again and again. Made once for each array: keys and their
 * identifiers can be as long as a certificate, and a search asks for them at every step.
 */
export type OctetNames = (octets: Uint8Array) => string;

export function createOctetNames(): OctetNames {
  const known = new WeakMap<Uint8Array, string>();
  return (octets) => {
    const name = known.get(octets) ?? latin1Of(octets);
    known.set(octets, name);
    return name;
  };
}
