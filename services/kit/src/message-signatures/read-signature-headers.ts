import { bytesOfBase64 } from "@yinxin/crypto/bytes";

import {
  coveredComponents,
  signatureLabel,
  signatureParametersText,
  signatureTag,
} from "./signature-parameters.ts";
import type { SignatureParameters } from "./signature-parameters.ts";

/** The headers of a signed request, read. */
export interface SignatureHeaders {
  readonly parameters: SignatureParameters;
  /** As they stand under the signature. */
  readonly parametersText: string;
  /** The value of Content-Digest as it stands, and the SHA-256 in it. */
  readonly contentDigest: string;
  readonly bodyDigest: Uint8Array;
  /** r ‖ s */
  readonly signature: Uint8Array;
}

export type SignatureHeadersReading =
  | { readonly headers: SignatureHeaders; readonly problem?: undefined }
  | { readonly headers?: undefined; readonly problem: string };

/** None of our values is longer; others' are not read. */
const valueLengthMax = 512;

const inputPattern = new RegExp(
  `^${signatureLabel}=${escaped(coveredComponents)};created=([1-9]\\d{0,11});keyid="(sm3:[0-9a-f]{64})";` +
    `nonce="([0-9a-f]{32})";tag="${signatureTag}"$`,
);
const signaturePattern = new RegExp(`^${signatureLabel}=:([A-Za-z0-9+/]+={0,2}):$`);
const digestPattern = /^sha-256=:([A-Za-z0-9+/]+={0,2}):$/;

/**
 * Reads Signature-Input, Signature (RFC 9421 §4) and Content-Digest (RFC 9530 §2): of the many forms that structured fields
 * have, exactly the one that `signRequest` writes. Each header occurs once, with one label and one digest.
 *
 * @param headers every header line in its order.
 */
export function readSignatureHeaders(
  headers: readonly (readonly [name: string, value: string])[],
): SignatureHeadersReading {
  const parameters = readParameters(soleHeader(headers, "signature-input"));
  if (parameters === undefined)
    return { problem: "Signature-Input is missing, repeated, or of another form" };
  const signature = octetsIn(signaturePattern, soleHeader(headers, "signature"), 64);
  if (signature === undefined) return { problem: "Signature is missing, repeated, or of another form" };
  const contentDigest = soleHeader(headers, "content-digest");
  const bodyDigest = octetsIn(digestPattern, contentDigest, 32);
  if (contentDigest === undefined || bodyDigest === undefined) {
    return { problem: "Content-Digest is missing, repeated, or not one SHA-256" };
  }
  const parametersText = signatureParametersText(parameters);
  return { headers: { parameters, parametersText, contentDigest, bodyDigest, signature } };
}

function readParameters(value: string | undefined): SignatureParameters | undefined {
  const [, created, keyId, nonce] = inputPattern.exec(value ?? "") ?? [];
  if (created === undefined || keyId === undefined || nonce === undefined) return undefined;
  return { created: Number(created), keyId, nonce };
}

/** Whether the request claims to be signed, well or badly. */
export function hasSignature(headers: readonly (readonly [name: string, value: string])[]): boolean {
  return headers.some(([name]) => /^signature(-input)?$/i.test(name));
}

function soleHeader(
  headers: readonly (readonly [name: string, value: string])[],
  name: string,
): string | undefined {
  const [only, ...more] = headers.filter(([candidate]) => candidate.toLowerCase() === name);
  return only === undefined || more.length > 0 || only[1].length > valueLengthMax ? undefined : only[1];
}

function octetsIn(pattern: RegExp, value: string | undefined, length: number): Uint8Array | undefined {
  try {
    const octets = bytesOfBase64(pattern.exec(value ?? "")?.[1] ?? "");
    return octets.length === length ? octets : undefined;
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[()]/g, "\\$&");
}
