import { DerError, readChildren, readOid, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { signatureAlgorithmOfOid } from "./table.ts";
import type { SignatureAlgorithmName } from "./table.ts";

/**
 * Reads the AlgorithmIdentifier of a signature (RFC 5280 §4.1.1.2). Our algorithms have no parameters; NULL instead of
 * nothing is met with SM2 and means the same. With any other parameters it is an algorithm we do not know.
 *
 * @throws DerError
 */
export function readSignatureAlgorithm(element: DerElement): {
  readonly name: SignatureAlgorithmName | undefined;
  readonly oid: string;
} {
  const [id, parameters, ...more] = readChildren(element);
  if (id === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "AlgorithmIdentifier has one or two members", element.offset);
  }
  const oid = readOid(id);
  const isPlain =
    parameters === undefined || (parameters.tag === tags.null && parameters.contents.length === 0);
  return { name: isPlain ? signatureAlgorithmOfOid(oid) : undefined, oid };
}
