import { DerError, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";

/** The octets of an OCTET STRING. @throws DerError `der-unexpected` for another tag, or for no element at all. */
export function readOctets(element: DerElement | undefined, where: string): Uint8Array {
  if (element?.tag !== tags.octetString) {
    throw new DerError("der-unexpected", `expected an OCTET STRING: ${where}`, element?.offset ?? 0);
  }
  return element.contents;
}
