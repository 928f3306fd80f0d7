import { DerError, contextExplicit, nullValue, oid, readChildren, sequence } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { readAlgorithmIdentifier, readOctets, readParameters } from "../pkcs8/index.ts";
import type { OaepDigest } from "./decryptor.ts";
import { EnvelopeError } from "./error.ts";
import { keyAlgorithms } from "./structure-oids.ts";

const digestOids: Readonly<Record<OaepDigest, string>> = {
  "SHA-1": "1.3.14.3.2.26",
  "SHA-256": "2.16.840.1.101.3.4.2.1",
  "SHA-384": "2.16.840.1.101.3.4.2.2",
  "SHA-512": "2.16.840.1.101.3.4.2.3",
};
const digestOfOid = new Map(
  Object.entries(digestOids).map(([name, digestOid]) => [digestOid, name as OaepDigest]),
);

/** RSAES-OAEP with SHA-256 for the label and the mask (RFC 4055 §4.1), DER. */
export function writeOaepSha256(): Uint8Array {
  const sha256 = sequence(oid(digestOids["SHA-256"]), nullValue());
  const mask = sequence(oid(keyAlgorithms.mgf1), sha256);
  return sequence(
    oid(keyAlgorithms.rsaesOaep),
    sequence(contextExplicit(0, sha256), contextExplicit(1, mask)),
  );
}

/**
 * The one digest of RSAES-OAEP-params (RFC 4055 §4.1), all of whose members have defaults.
 *
 * @throws DerError
 * @throws EnvelopeError `envelope-algorithm-unsupported` for another digest, two different ones, or a label.
 */
export function readOaepDigest(parameters: DerElement | undefined): OaepDigest {
  const members = new Map(
    (parameters === undefined ? [] : readChildren(parameters)).map((member) => [
      member.tag,
      member.children[0],
    ]),
  );
  const digest = readDigest(members.get(0xa0));
  const mask = members.get(0xa1);
  const maskDigest = mask === undefined ? "SHA-1" : readDigest(maskDigestOf(mask));
  if (digest !== maskDigest) throw unsupported("two digests in one");
  checkLabel(members.get(0xa2));
  if ([...members.keys()].some((tag) => tag < 0xa0 || tag > 0xa2)) throw unsupported("an unknown member");
  return digest;
}

function readDigest(element: DerElement | undefined): OaepDigest {
  if (element === undefined) return "SHA-1";
  const { oid: digestOid } = readAlgorithmIdentifier(element);
  const digest = digestOfOid.get(digestOid);
  if (digest === undefined) throw unsupported(digestOid);
  return digest;
}

function maskDigestOf(element: DerElement): DerElement {
  const algorithm = readAlgorithmIdentifier(element);
  if (algorithm.oid !== keyAlgorithms.mgf1) throw unsupported(algorithm.oid);
  return readParameters(algorithm);
}

function checkLabel(element: DerElement | undefined): void {
  if (element === undefined) return;
  const source = readAlgorithmIdentifier(element);
  if (source.oid !== keyAlgorithms.pSpecified)
    throw new DerError("der-unexpected", "not a label", element.offset);
  if (readOctets(source.parameters, "the label").length > 0) throw unsupported("a label");
}

function unsupported(what: string): EnvelopeError {
  return new EnvelopeError("envelope-algorithm-unsupported", `RSAES-OAEP with ${what}`);
}
