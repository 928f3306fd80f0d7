import { OfdError } from "./ofd-error.ts";
import type { XmlElement } from "./xml-read.ts";

/**
 * Child elements of this name, all in the parent's own namespace.
 *
 * @throws OfdError `ofd-malformed` if one is in another: readers that look at local names only would count it.
 */
export function childrenOf(parent: XmlElement, name: string): readonly XmlElement[] {
  const found = parent.children.filter((child) => child.name === name);
  if (found.some(({ namespace }) => namespace !== parent.namespace)) {
    throw new OfdError("ofd-malformed", `${parent.name} has a ${name} of another namespace`, parent.part);
  }
  return found;
}

/** As {@link childrenOf}. @throws OfdError `ofd-malformed`, also if there are more than `most` */
export function limitedChildrenOf(parent: XmlElement, name: string, most: number): readonly XmlElement[] {
  const found = childrenOf(parent, name);
  if (found.length > most)
    throw new OfdError("ofd-malformed", `${parent.name} has too many ${name}`, parent.part);
  return found;
}

/**
 * The only child of this name, if there is one.
 *
 * @throws OfdError `ofd-malformed` if there are two: readers would disagree about which one counts.
 */
export function childOf(parent: XmlElement, name: string): XmlElement | undefined {
  const found = childrenOf(parent, name);
  if (found.length > 1) throw new OfdError("ofd-malformed", `${parent.name} has two ${name}`, parent.part);
  return found[0];
}

/** @throws OfdError `ofd-malformed` unless there is exactly one child of this name. */
export function requiredChildOf(parent: XmlElement, name: string): XmlElement {
  const child = childOf(parent, name);
  if (child === undefined) throw new OfdError("ofd-malformed", `${parent.name} has no ${name}`, parent.part);
  return child;
}

/** The trimmed text of the only child of this name, if there is one and it is not empty. @throws OfdError `ofd-malformed` */
export function childTextOf(parent: XmlElement, name: string): string | undefined {
  const text = childOf(parent, name)?.text.trim();
  return text === "" ? undefined : text;
}

/** @throws OfdError `ofd-malformed` if the attribute is missing or blank. */
export function requiredAttributeOf(element: XmlElement, name: string): string {
  const value = element.attributes.get(name)?.trim();
  if (value === undefined || value === "") {
    throw new OfdError("ofd-malformed", `${element.name} has no ${name}`, element.part);
  }
  return value;
}

/** The trimmed texts of all children of this name; blank ones are left out. @throws OfdError as {@link childrenOf} */
export function childTextsOf(parent: XmlElement, name: string): string[] {
  return childrenOf(parent, name)
    .map(({ text }) => text.trim())
    .filter((text) => text !== "");
}
