/** The one label and purpose: a signature that was made for something else is never taken for an officer's request. */
export const signatureLabel = "yinxin";
export const signatureTag = "yinxin-officer-request";

/** What is covered, in this order and no other (RFC 9421 §2): the whole of the request but its further headers. */
export const coveredComponents = '("@method" "@target-uri" "content-digest")';

/** `@signature-params` of an officer's request. */
export interface SignatureParameters {
  /** Seconds since 1970. */
  readonly created: number;
  /** `sm3:…` of the officer's certificate. */
  readonly keyId: string;
  /** 32 hexadecimal digits, never used again. */
  readonly nonce: string;
}

/** The parameters as they stand in the header and under the signature (RFC 9421 §2.3, RFC 9651 §4.1.1.1). */
export function signatureParametersText({ created, keyId, nonce }: SignatureParameters): string {
  return `${coveredComponents};created=${String(created)};keyid="${keyId}";nonce="${nonce}";tag="${signatureTag}"`;
}

/** What is signed (RFC 9421 §2.5). */
export function signatureBase(request: {
  /** Upper case. */
  readonly method: string;
  readonly targetUri: string;
  /** The header's value. */
  readonly contentDigest: string;
  readonly parameters: string;
}): string {
  return [
    `"@method": ${request.method}`,
    `"@target-uri": ${request.targetUri}`,
    `"content-digest": ${request.contentDigest}`,
    `"@signature-params": ${request.parameters}`,
  ].join("\n");
}
