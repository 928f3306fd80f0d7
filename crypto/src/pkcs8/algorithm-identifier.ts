import { DerError, readChildren, readOid } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";

/** An AlgorithmIdentifier (RFC 5280 §4.1.1.2) whose parameters are not looked at yet. */
export interface AlgorithmIdentifier {
  readonly oid: string;
  readonly parameters: DerElement | undefined;
  readonly element: DerElement;
}

/** @throws DerError */
export function readAlgorithmIdentifier(element: DerElement): AlgorithmIdentifier {
  const [id, parameters, ...more] = readChildren(element);
  if (id === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "AlgorithmIdentifier has one or two members", element.offset);
  }
  return { oid: readOid(id), parameters, element };
}

/** The parameters as an element. @throws DerError if there are none. */
export function readParameters({ parameters, element }: AlgorithmIdentifier): DerElement {
  if (parameters === undefined) {
    throw new DerError("der-unexpected", "the algorithm needs parameters", element.offset);
  }
  return parameters;
}
