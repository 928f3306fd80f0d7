import { DerError, readChildren, readOid, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";

/** An AlgorithmIdentifier taken apart (RFC 5280 §4.1.1.2). */
export interface AlgorithmIdentifier {
  readonly oid: string;
  readonly parameters: DerElement | undefined;
}

/** @throws DerError if it is not one object identifier and at most one more member. */
export function readAlgorithmIdentifier(element: DerElement): AlgorithmIdentifier {
  const [id, parameters, ...more] = readChildren(element);
  if (id === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "AlgorithmIdentifier has one or two members", element.offset);
  }
  return { oid: readOid(id), parameters };
}

export function isNull(parameters: DerElement | undefined): boolean {
  return parameters?.tag === tags.null && parameters.contents.length === 0;
}
