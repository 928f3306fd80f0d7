/**
 * HTTP requests signed by an officer's own key (RFC 9421), so that no session, cookie or token stands between the card and
 * the change. One profile: label `yinxin`, ES256 or SM2, over method, address and body digest, good for a minute and once.
 *
 * {@link signRequest} is the officer's side, {@link readSignatureHeaders} and {@link verifyRequestSignature} the service's;
 * both are pure. Who the officer is, and that a nonce was not used before, is the authenticator's part, in `auth`.
 */
export { contentDigestOf, signRequest } from "./sign-request.ts";
export type { RequestSigner, RequestToSign } from "./sign-request.ts";
export { hasSignature, readSignatureHeaders } from "./read-signature-headers.ts";
export type { SignatureHeaders, SignatureHeadersReading } from "./read-signature-headers.ts";
export { signatureLabel, signatureTag } from "./signature-parameters.ts";
export type { SignatureParameters } from "./signature-parameters.ts";
export { isBodyOf, verifyRequestSignature } from "./verify-request.ts";
