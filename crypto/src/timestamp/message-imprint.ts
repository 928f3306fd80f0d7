import { digestAlgorithmOfOid, digestAlgorithms } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import {
  DerError,
  nullValue,
  octetString,
  oid,
  readChildren,
  readOid,
  sequence,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";

/** What is time-stamped: a digest (RFC 3161 §2.4.1). */
export interface MessageImprint {
  readonly algorithmOid: string;
  /** Undefined for an algorithm we do not know. */
  readonly algorithm: DigestName | undefined;
  readonly digest: Uint8Array;
  /** MessageImprint as it stands. */
  readonly raw: Uint8Array;
}

/** @throws DerError */
export function readMessageImprint(element: DerElement): MessageImprint {
  const [algorithm, digest, ...more] = readChildren(element);
  const [id, ...parameters] = algorithm === undefined ? [] : readChildren(algorithm);
  if (id === undefined || digest?.tag !== tags.octetString || more.length > 0 || parameters.length > 1) {
    throw new DerError("der-unexpected", "not a MessageImprint", element.offset);
  }
  const algorithmOid = readOid(id);
  return {
    algorithmOid,
    algorithm: digestAlgorithmOfOid(algorithmOid),
    digest: digest.contents,
    raw: element.raw,
  };
}

/** The SHA family with NULL, as every time-stamping client writes it; the others without parameters. */
export function encodeMessageImprint(algorithm: DigestName, digest: Uint8Array): Uint8Array {
  const parameters = algorithm.startsWith("SHA-") ? [nullValue()] : [];
  return sequence(sequence(oid(digestAlgorithms[algorithm].oid), ...parameters), octetString(digest));
}
