import { DerError, parseDer, readBitString, readChildren, readOid, tags } from "../der/index.ts";
import { signatureAlgorithmOfKey } from "./table.ts";
import type { SignatureAlgorithmName } from "./table.ts";

export interface PublicKeyInfo {
  /** The row this key signs with; undefined for a kind of key we do not know. */
  readonly algorithm: SignatureAlgorithmName | undefined;
  readonly keyOid: string;
  /** The named curve; undefined if the key algorithm has none, or it is given by explicit parameters. */
  readonly curveOid: string | undefined;
  /** The octets of subjectPublicKey: an encoded point for elliptic curves. */
  readonly key: Uint8Array;
}

/**
 * Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). Curves given by explicit parameters belong to no row: whoever
 * chooses the generator can forge signatures for a well-known point (CVE-2020-0601).
 *
 * @throws DerError
 */
export function parsePublicKey(spki: Uint8Array): PublicKeyInfo {
  const info = parseDer(spki);
  const [algorithm, subjectPublicKey, ...more] = readChildren(info);
  if (algorithm === undefined || subjectPublicKey === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "SubjectPublicKeyInfo has two members", info.offset);
  }
  const [id, parameters, ...rest] = readChildren(algorithm);
  if (id === undefined || rest.length > 0) {
    throw new DerError("der-unexpected", "AlgorithmIdentifier has one or two members", algorithm.offset);
  }
  const keyOid = readOid(id);
  const curveOid = parameters?.tag === tags.oid ? readOid(parameters) : undefined;
  const isNamed = parameters === undefined || curveOid !== undefined;
  return {
    algorithm: isNamed ? signatureAlgorithmOfKey(keyOid, curveOid) : undefined,
    keyOid,
    curveOid,
    key: readBitString(subjectPublicKey),
  };
}
