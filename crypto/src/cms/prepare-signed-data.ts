import { digestAlgorithms } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import { octetString, setOf, x509Time } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import { verifySignature } from "../signer/index.ts";
import type { Signer } from "../signer/index.ts";
import { encodeAttribute } from "./attributes.ts";
import { CmsError } from "./cms-error.ts";
import { encodedType, encodeSignedData } from "./encode-signed-data.ts";
import { attributeOids, contentTypes, nationalContentTypes } from "./oids.ts";
import { parseSignedData } from "./parse-signed-data.ts";
import type { SigningIdentity } from "./signing-identity.ts";

/**
 * Which signed attributes a signature has.
 *
 * - `cades`: content-type, message-digest, signing-certificate-v2 and signing-time (ETSI EN 319 122-1 §6.3, level B-B).
 * - `pades`: the same without signing-time, which a PDF keeps in its signature dictionary (ETSI EN 319 142-1 §6.3), and
 *   so do time stamps.
 * - `none`: the signature is over the content itself (RFC 5652 §5.4; the plain form of GB/T 35275-2017).
 */
export type SignatureFlavour = "cades" | "pades" | "none";

export interface SignerRequest {
  readonly identity: SigningIdentity;
  readonly flavour: SignatureFlavour;
  /** With `cades` required, else forbidden. Kept to the second. */
  readonly signingTime?: Date;
  /** Adds CMSAlgorithmProtection (RFC 6211), against one algorithm being taken for another. */
  readonly protectsAlgorithms?: boolean;
  /** Further signed attributes, DER. */
  readonly attributes?: readonly Uint8Array[];
}

/** What is signed: put into the message, left out of it, or known by its digests only. */
export type ContentToSign =
  | { readonly kind: "attached" | "detached"; readonly bytes: Uint8Array }
  | { readonly kind: "digested"; readonly digests: Readonly<Partial<Record<DigestName, Uint8Array>>> };

export interface SignedDataRequest {
  readonly content: ContentToSign;
  /** Default: data, of the family. */
  readonly contentType?: string;
  /** Which object identifiers the envelope has: RFC 5652 (default) or GB/T 35275-2017. */
  readonly family?: "international" | "national";
  readonly signers: readonly SignerRequest[];
  /** DER, sent along for whoever builds the path. The signers' own are always there. */
  readonly certificates?: readonly Uint8Array[];
  /** Not even the signers' own, for receivers that have them. */
  readonly leavesOutCertificates?: boolean;
}

interface PreparedSigner {
  readonly identity: SigningIdentity;
  readonly signedAttributes: Uint8Array | undefined;
  /** What the key signs: the attributes as a SET OF, or the content. */
  readonly toSign: Uint8Array;
}

class Prepared {
  readonly #request: SignedDataRequest;
  readonly #signers: readonly PreparedSigner[];

  constructor(request: SignedDataRequest, signers: readonly PreparedSigner[]) {
    this.#request = request;
    this.#signers = signers;
  }

  get request(): SignedDataRequest {
    return this.#request;
  }

  /** One for each signer asked for, in that order. */
  get signers(): readonly PreparedSigner[] {
    return this.#signers;
  }
}

/** A SignedData that is checked and encoded but not signed. Only {@link prepareSignedData} makes one. */
export type PreparedSignedData = Prepared;

/**
 * Checks a request and encodes what each key will sign (RFC 5652 §5.4).
 *
 * @throws CmsError `cms-request-invalid`
 */
export function prepareSignedData(request: SignedDataRequest): PreparedSignedData {
  if (request.signers.length === 0) throw invalid("a signature needs a signer");
  const contentTypeAttribute = contentTypeAttributeOf(contentTypeOf(request));
  return new Prepared(
    request,
    request.signers.map((signer) => prepareSigner(signer, request, contentTypeAttribute)),
  );
}

/** Of the types that nearly every message has, encoded once. */
const contentTypeAttributes: ReadonlyMap<string, Uint8Array> = new Map(
  [contentTypes.data, nationalContentTypes.data, contentTypes.tstInfo].map((type) => [
    type,
    encodeAttribute(attributeOids.contentType, encodedType(type)),
  ]),
);

function contentTypeAttributeOf(type: string): Uint8Array {
  return contentTypeAttributes.get(type) ?? encodeAttribute(attributeOids.contentType, encodedType(type));
}

function contentTypeOf({ contentType, family }: SignedDataRequest): string {
  return contentType ?? (family === "national" ? nationalContentTypes : contentTypes).data;
}

function prepareSigner(
  signer: SignerRequest,
  request: SignedDataRequest,
  contentTypeAttribute: Uint8Array,
): PreparedSigner {
  const { identity, flavour, signingTime } = signer;
  if ((flavour === "cades") !== (signingTime !== undefined)) {
    throw invalid(
      `a signature of the flavour ${flavour} has ${flavour === "cades" ? "a" : "no"} signing time`,
    );
  }
  if (flavour === "none") return prepareBare(identity, request);
  const attributes = [
    contentTypeAttribute,
    encodeAttribute(attributeOids.messageDigest, octetString(digestOf(request.content, identity.digest))),
    identity.signingCertificate,
    ...(signingTime === undefined ? [] : [encodeAttribute(attributeOids.signingTime, timeOf(signingTime))]),
    ...(signer.protectsAlgorithms === true ? [identity.algorithmProtection] : []),
    ...(signer.attributes ?? []),
  ];
  const signedAttributes = setOf(...attributes);
  return { identity, signedAttributes, toSign: signedAttributes };
}

function prepareBare(identity: SigningIdentity, request: SignedDataRequest): PreparedSigner {
  const { content } = request;
  const type = contentTypeOf(request);
  // RFC 5652 §5.3: signedAttrs must be there if the content type is not id-data.
  if (type !== contentTypes.data && type !== nationalContentTypes.data) {
    throw invalid("only data is signed without attributes");
  }
  if (content.kind === "digested") throw invalid("a signature without attributes needs the content");
  return { identity, signedAttributes: undefined, toSign: content.bytes };
}

function digestOf(content: ContentToSign, algorithm: DigestName): Uint8Array {
  if (content.kind !== "digested") return digest(algorithm, content.bytes);
  const given = content.digests[algorithm];
  if (given?.length !== digestAlgorithms[algorithm].lengthBytes) {
    throw invalid(`the ${algorithm} digest of the content is missing, or has another length`);
  }
  return given;
}

function timeOf(time: Date): Uint8Array {
  if (Number.isNaN(time.getTime()) || time.getUTCFullYear() < 1950 || time.getUTCFullYear() > 9999) {
    throw invalid("the signing time is not a time between the years 1950 and 9999");
  }
  // RFC 5652 §11.3: UTCTime through 2049.
  return x509Time(time);
}

/** Puts signature values in, as the algorithms' own form, without looking at them. */
export function assembleSignedData(
  prepared: PreparedSignedData,
  signatures: readonly Uint8Array[],
): Uint8Array {
  const { request, signers } = prepared;
  const { content, family = "international", certificates = [] } = request;
  return encodeSignedData({
    family,
    contentType: contentTypeOf(request),
    content: content.kind === "attached" ? content.bytes : undefined,
    digestAlgorithms: signers.map(({ identity }) => identity.digestAlgorithm),
    certificates:
      request.leavesOutCertificates === true
        ? []
        : [...signers.map(({ identity }) => identity.certificate.raw), ...certificates],
    signerInfos: signers.map(({ identity, signedAttributes }, index) => {
      return { identity, signedAttributes, signature: signatures[index] ?? new Uint8Array() };
    }),
    hasKeyIdentifiers: signers.some(({ identity }) => identity.version === 3),
  });
}

/**
 * Puts the signature values to the prepared content, one for each signer in the order asked for. Every value is verified
 * and the result read back before it is returned.
 *
 * @throws CmsError `signature-wrong`
 */
export function completeSignedData(
  prepared: PreparedSignedData,
  signatures: readonly Uint8Array[],
): Uint8Array {
  const { signers } = prepared;
  if (signatures.length !== signers.length) {
    throw new CmsError("signature-wrong", "there is not one signature value for each signer");
  }
  for (const [index, { identity, toSign }] of signers.entries()) {
    const { algorithm, certificate } = identity;
    const signature = signatures[index] ?? new Uint8Array();
    if (!verifySignature({ algorithm, publicKey: certificate.publicKey, message: toSign, signature })) {
      throw new CmsError("signature-wrong", `the signature of ${certificate.subject.text} does not verify`);
    }
  }
  return parseSignedData(assembleSignedData(prepared, signatures)).raw;
}

/**
 * Lets keys at hand sign the prepared content, one for each signer in the order asked for.
 *
 * @throws CmsError `key-mismatch`, `signature-wrong`. Whatever a signer rejects with passes through.
 */
export async function issueSignedData(
  deps: { readonly signers: readonly Signer[] },
  prepared: PreparedSignedData,
): Promise<Uint8Array> {
  const pairs = prepared.signers.map((wanted, index) => ({
    wanted,
    signer: signerFor(wanted, deps.signers[index]),
  }));
  const signatures = await Promise.all(
    pairs.map(({ wanted, signer }) => signer.sign({ message: wanted.toSign })),
  );
  return completeSignedData(prepared, signatures);
}

function signerFor({ identity }: PreparedSigner, signer: Signer | undefined): Signer {
  const fits =
    signer?.algorithm === identity.algorithm && equalBytes(signer.publicKey, identity.certificate.publicKey);
  if (!fits)
    throw new CmsError("key-mismatch", "the signer's key is not the one in the signer's certificate");
  return signer;
}

function invalid(message: string): CmsError {
  return new CmsError("cms-request-invalid", message);
}
