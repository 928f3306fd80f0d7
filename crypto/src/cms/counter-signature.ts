import { equalBytes } from "../bytes/index.ts";
import { octetString, setOf, x509Time } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import { verifySignature } from "../signer/index.ts";
import type { Signer } from "../signer/index.ts";
import { appendToSignedData } from "./append.ts";
import { attributeOids } from "./oids.ts";
import { encodeAttribute } from "./attributes.ts";
import { CmsError } from "./cms-error.ts";
import { encodeSignerInfo } from "./encode-signed-data.ts";
import { parseSignedData } from "./parse-signed-data.ts";
import type { SignedData, SignerInfo } from "./signed-data.ts";
import type { SigningIdentity } from "./signing-identity.ts";

export interface CounterSignatureRequest {
  readonly signedData: SignedData;
  /** Whose signature value is signed; one of `signedData.signers`. */
  readonly signer: SignerInfo;
  readonly identity: SigningIdentity;
  /** Kept to the second. */
  readonly signingTime: Date;
}

class Prepared {
  readonly #request: CounterSignatureRequest;
  readonly #toSign: Uint8Array;

  constructor(request: CounterSignatureRequest, toSign: Uint8Array) {
    this.#request = request;
    this.#toSign = toSign;
  }

  get request(): CounterSignatureRequest {
    return this.#request;
  }

  /** The signed attributes as a SET OF: what the key signs. */
  get toSign(): Uint8Array {
    return this.#toSign;
  }
}

/** A counter-signature that is encoded but not signed. Only {@link prepareCounterSignature} makes one. */
export type PreparedCounterSignature = Prepared;

/**
 * Encodes a signature over the signature of another (RFC 5652 §11.4, ETSI EN 319 122-1 §5.2.7): over the octets of its
 * value, and without a content type.
 *
 * @throws CmsError `cms-request-invalid`
 */
export function prepareCounterSignature(request: CounterSignatureRequest): PreparedCounterSignature {
  const { signedData, signer, identity, signingTime } = request;
  if (!signedData.signers.includes(signer)) {
    throw new CmsError("cms-request-invalid", "the signer is not one of this signature");
  }
  if (Number.isNaN(signingTime.getTime()))
    throw new CmsError("cms-request-invalid", "the signing time is not a time");
  return new Prepared(
    request,
    setOf(
      encodeAttribute(attributeOids.messageDigest, octetString(digest(identity.digest, signer.signature))),
      encodeAttribute(attributeOids.signingTime, x509Time(signingTime)),
      identity.signingCertificate,
    ),
  );
}

/**
 * Puts the value in: the SignedData with the counter-signature among the unsigned attributes of the signer, and its
 * certificate among the others. The value is verified first and the result read back.
 *
 * @throws CmsError `signature-wrong`
 */
export function completeCounterSignature(
  prepared: PreparedCounterSignature,
  signature: Uint8Array,
): Uint8Array {
  const { request, toSign } = prepared;
  const { signedData, signer, identity } = request;
  const { algorithm, certificate } = identity;
  if (!verifySignature({ algorithm, publicKey: certificate.publicKey, message: toSign, signature })) {
    throw new CmsError("signature-wrong", `the signature of ${certificate.subject.text} does not verify`);
  }
  const signerInfo = encodeSignerInfo({ identity, signedAttributes: toSign, signature });
  const attribute = encodeAttribute(attributeOids.counterSignature, signerInfo);
  const der = appendToSignedData(signedData, {
    unsignedAttributes: { signer, attributes: [attribute] },
    certificates: [certificate.raw],
  });
  return parseSignedData(der, { profile: "lenient" }).raw;
}

/**
 * Lets a key at hand sign the prepared counter-signature.
 *
 * @throws CmsError `key-mismatch`, `signature-wrong`. Whatever the signer rejects with passes through.
 */
export async function issueCounterSignature(
  deps: { readonly signer: Signer },
  prepared: PreparedCounterSignature,
): Promise<Uint8Array> {
  const { certificate, algorithm } = prepared.request.identity;
  const { signer } = deps;
  if (signer.algorithm !== algorithm || !equalBytes(signer.publicKey, certificate.publicKey)) {
    throw new CmsError("key-mismatch", "the signer's key is not the one in the signer's certificate");
  }
  return completeCounterSignature(prepared, await signer.sign({ message: prepared.toSign }));
}
