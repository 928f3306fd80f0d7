import { nullValue, oid, sequence } from "../der/index.ts";
import { writePssParameters } from "./pss-parameters.ts";
import { schemeOf } from "./signature-scheme.ts";
import type { SignatureAlgorithmName } from "./signature-table.ts";

/**
 * The AlgorithmIdentifier of a signature of this row, in DER: RSA with NULL (RFC 4055 §5), RSA-PSS with its parameters
 * (RFC 4055 §3.1), the others with nothing.
 */
export function writeSignatureAlgorithm(name: SignatureAlgorithmName): Uint8Array {
  const { kind, oid: id, digest, mgfDigest, saltLength } = schemeOf(name);
  if (kind === "rsa-pkcs1") return sequence(oid(id), nullValue());
  if (digest !== undefined && mgfDigest !== undefined && saltLength !== undefined) {
    return sequence(oid(id), writePssParameters({ digest, mgfDigest, saltLength }));
  }
  return sequence(oid(id));
}
