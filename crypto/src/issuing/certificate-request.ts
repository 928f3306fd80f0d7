import { parsePublicKey, readSignatureScheme, writeSignatureAlgorithm } from "../algorithms/index.ts";
import type { SignatureAlgorithmName, SignatureScheme } from "../algorithms/index.ts";
import {
  bitString,
  contextImplicit,
  DerError,
  parseDer,
  readBitString,
  readChildren,
  readSmallInteger,
  sequence,
  smallInteger,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { signVerified, verifyScheme } from "../signer/index.ts";
import type { Signer } from "../signer/index.ts";
import { parseName } from "../x509/index.ts";
import type { Name } from "../x509/index.ts";
import { IssuingError } from "./error.ts";
import { encodeName } from "./name-input.ts";
import type { NameInput } from "./name-input.ts";

/** A PKCS #10 request (RFC 2986). Attributes asked for in it are not read: the profile decides what is certified. */
export interface CertificateRequest {
  readonly raw: Uint8Array;
  /** CertificationRequestInfo as it stands in `raw`: what the signature covers. */
  readonly info: Uint8Array;
  readonly subject: Name;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** Undefined for a kind of key we do not know. */
  readonly keyAlgorithm: SignatureAlgorithmName | undefined;
  /** How it was signed; undefined for an algorithm we do not know. */
  readonly signatureScheme: SignatureScheme | undefined;
  /** The row that signs so; undefined for a scheme that is only verified, or unknown. */
  readonly signatureAlgorithm: SignatureAlgorithmName | undefined;
  readonly signature: Uint8Array;
}

/** Requests have 0.3–2 KiB. */
const maximumRequestBytes = 64 * 1024;

/**
 * Makes a request without attributes, signed with the key it is about.
 *
 * @throws IssuingError `name-invalid`; SignerError `signature-wrong`. Rejects as the signer does if the device fails.
 */
export async function createCertificateRequest(wanted: {
  readonly subject: NameInput;
  readonly signer: Signer;
}): Promise<Uint8Array> {
  const { subject, signer } = wanted;
  const noAttributes = contextImplicit(0, new Uint8Array(), true);
  const info = sequence(smallInteger(0), encodeName(subject), signer.publicKey, noAttributes);
  const signature = await signVerified(signer, info);
  return sequence(info, writeSignatureAlgorithm(signer.algorithm), bitString(signature));
}

/** Reads a request in DER. @throws IssuingError `request-malformed` */
export function parseCertificateRequest(der: Uint8Array): CertificateRequest {
  if (der.length > maximumRequestBytes) throw new IssuingError("request-malformed", "larger than 64 KiB");
  try {
    return readRequest(parseDer(Uint8Array.from(der)));
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
    throw new IssuingError("request-malformed", `not a certificate request: ${cause.message}`, { cause });
  }
}

/** Whether whoever made the request holds the private key of the public key in it (RFC 2986 §3). */
export function verifyPossession(request: CertificateRequest): boolean {
  const { signatureScheme: scheme, publicKey, info: message, signature } = request;
  return scheme !== undefined && verifyScheme({ scheme, publicKey, message, signature });
}

function readRequest(root: DerElement): CertificateRequest {
  const [info, algorithm, signature, ...more] = readChildren(root);
  if (info === undefined || algorithm === undefined || signature === undefined || more.length > 0)
    throw wrong(root);
  const signatureScheme = readSignatureScheme(algorithm);
  return {
    raw: root.raw,
    info: info.raw,
    ...readInfo(info),
    signatureScheme,
    signatureAlgorithm: signatureScheme?.name,
    signature: readBitString(signature),
  };
}

function readInfo(info: DerElement): Pick<CertificateRequest, "subject" | "publicKey" | "keyAlgorithm"> {
  const [version, subject, publicKey, attributes, ...more] = readChildren(info);
  if (version === undefined || subject === undefined || publicKey === undefined || more.length > 0)
    throw wrong(info);
  if (readSmallInteger(version) !== 0 || attributes?.tag !== 0xa0) throw wrong(info);
  return {
    subject: parseName(subject),
    publicKey: publicKey.raw,
    keyAlgorithm: parsePublicKey(publicKey.raw).algorithm,
  };
}

function wrong(element: DerElement): DerError {
  return new DerError("der-unexpected", "members are missing, wrong, or too many", element.offset);
}
