import type { DerElement } from "../der/index.ts";
import { digestAlgorithmOfOid } from "./digest-table.ts";
import { isNull, readAlgorithmIdentifier } from "./identifier.ts";
import { curveOids, keyOids } from "./signature-table.ts";
import { readSignatureScheme, schemeWithDigest } from "./signature-scheme.ts";
import type { SignatureScheme } from "./signature-scheme.ts";

/**
 * What some software writes for "signed with SM2" where GM/T 0006-2012 has 1.2.156.10197.1.501: its own 1.2.156.10197.1.301.1
 * (SM2-1, the signature algorithm), the curve, and an identifier with an arc left out. A caller that wants to report the
 * quirk compares the scheme's `oid`.
 */
const sm2Identifiers: ReadonlySet<string> = new Set([
  "1.2.156.10197.1.301.1",
  curveOids.sm2,
  "1.2.156.10197.501",
]);

/** Kinds of signature by the identifier of the key, which CMS allows in place of the signature's (RFC 3370 §3). */
const kindsOfKeys: ReadonlyMap<string, "rsa-pkcs1" | "ecdsa" | "dsa"> = new Map([
  [keyOids.rsa, "rsa-pkcs1"],
  [keyOids.ec, "ecdsa"],
  [keyOids.dsa, "dsa"],
]);

/**
 * How the signature of a CMS SignerInfo is made (RFC 5652 §5.3, RFC 3370 §3, RFC 5754 §3): by the signature algorithm
 * alone if it says all, or together with the digest algorithm if it names only the kind of key. With SM3 as the digest
 * an elliptic curve means SM2 (GB/T 35275-2017).
 *
 * @returns undefined for an algorithm we do not know.
 * @throws DerError as {@link readSignatureScheme}.
 */
export function schemeOfSignerInfo(info: {
  readonly digestOid: string;
  readonly signatureAlgorithm: DerElement;
}): SignatureScheme | undefined {
  const { oid, parameters } = readAlgorithmIdentifier(info.signatureAlgorithm);
  const digest = digestAlgorithmOfOid(info.digestOid);
  if (sm2Identifiers.has(oid)) return digest === "SM3" ? schemeWithDigest("sm2", oid, digest) : undefined;
  const kind = kindsOfKeys.get(oid);
  if (kind === undefined) return readSignatureScheme(info.signatureAlgorithm);
  if (digest === undefined || !(parameters === undefined || isNull(parameters))) return undefined;
  return schemeWithDigest(kind === "ecdsa" && digest === "SM3" ? "sm2" : kind, oid, digest);
}
