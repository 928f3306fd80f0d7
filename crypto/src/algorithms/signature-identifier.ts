import type { DerElement } from "../der/index.ts";
import { readAlgorithmIdentifier } from "./identifier.ts";
import { readSignatureScheme } from "./signature-scheme.ts";
import type { SignatureAlgorithmName } from "./signature-table.ts";

/**
 * Reads the AlgorithmIdentifier of a signature (RFC 5280 §4.1.1.2) to the row that signs just so; NULL instead of nothing
 * is met with SM2 and means the same. Who must verify more than the suite signs reads the whole scheme.
 *
 * @throws DerError
 */
export function readSignatureAlgorithm(element: DerElement): {
  readonly name: SignatureAlgorithmName | undefined;
  readonly oid: string;
} {
  return { name: readSignatureScheme(element)?.name, oid: readAlgorithmIdentifier(element).oid };
}
