import { compareDer, element, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";

/**
 * The DER encoding of a parsed element: definite lengths in their shortest form, strings in one piece, sets sorted
 * (X.690 §10.1, §10.2, §11.6). Primitive values stay as they are.
 *
 * @param tag instead of the element's own, for a set that is stored under a context tag
 */
export function derOf(parsed: DerElement, tag: number = parsed.tag): Uint8Array {
  if (!parsed.constructed) return element(tag, parsed.contents);
  const members = parsed.children.map((child) => derOf(child));
  return element(tag, ...(tag === tags.set ? members.sort(compareDer) : members));
}
