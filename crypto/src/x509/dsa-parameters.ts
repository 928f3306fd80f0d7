import {
  bitString,
  DerError,
  parseDer,
  readBitString,
  readChildren,
  readOid,
  sequence,
  oid,
} from "../der/index.ts";
import type { Certificate } from "./certificate.ts";

/** Whether the key is one of DSA that leaves its parameters to the issuer's key (RFC 3279 §2.3.2). */
export function inheritsParameters({ publicKeyInfo: { kind, bits } }: Certificate): boolean {
  return kind === "dsa" && bits === undefined;
}

/**
 * working_public_key with working_public_key_parameters (RFC 5280 §6.1.4 (c)–(e)): the key of the first certificate,
 * with the parameters of the nearest one above it that has some.
 *
 * @returns undefined if no such key is above it, or one of another algorithm lies between.
 */
export function completedKey(issuers: readonly Certificate[]): Uint8Array | undefined {
  const [issuer] = issuers;
  if (issuer === undefined) return undefined;
  if (!inheritsParameters(issuer)) return issuer.publicKey;
  const source = issuers.find((certificate) => !inheritsParameters(certificate));
  if (source?.publicKeyInfo.kind !== "dsa") return undefined;
  try {
    return keyWithParameters(issuer.publicKey, source.publicKey);
  } catch (cause) {
    if (cause instanceof DerError) return undefined;
    throw cause;
  }
}

function keyWithParameters(spki: Uint8Array, source: Uint8Array): Uint8Array | undefined {
  const [algorithm, key] = readChildren(parseDer(spki));
  const [sourceAlgorithm] = readChildren(parseDer(source));
  if (algorithm === undefined || key === undefined || sourceAlgorithm === undefined) return undefined;
  const [id] = readChildren(algorithm);
  const parameters = readChildren(sourceAlgorithm)[1];
  if (id === undefined || parameters === undefined) return undefined;
  return sequence(sequence(oid(readOid(id)), parameters.raw), bitString(readBitString(key)));
}
