/**
 * Secrets and documents for named receivers (CMS EnvelopedData: RFC 5652 §6, RFC 5083; GB/T 35275-2017 §9).
 *
 * {@link envelop} encrypts to any number of certificates: RSA by OAEP, P-256 by Diffie-Hellman, SM2 by its own scheme.
 * {@link openEnvelope} opens with a {@link Decryptor}, a private key that does not show itself, and says the same thing
 * whatever goes wrong. {@link writeSm2EnvelopedKey} is the one way in which an SM2 private key travels in China's
 * infrastructure, encrypted to the SM2 signing key of its owner. Whether a certificate is to be believed is judged
 * before, not here.
 */
export type { AgreementDecryptor, Decryptor, OaepDigest, RsaDecryptor, Sm2Decryptor } from "./decryptor.ts";
export type { ContentCipherName } from "./content-encryption.ts";
export { envelop } from "./envelop.ts";
export type { EnvelopeRequest } from "./envelop.ts";
export { EnvelopeError } from "./error.ts";
export type { EnvelopeErrorCode } from "./error.ts";
export { openEnvelope } from "./open-envelope.ts";
export type { OpenedEnvelope } from "./open-envelope.ts";
export type { RecipientClaim } from "./recipient-identifier.ts";
export { openSm2EnvelopedKey, writeSm2EnvelopedKey } from "./sm2-enveloped-key.ts";
export type { EnvelopedKeyQuirk, OpenedSm2Key } from "./sm2-enveloped-key.ts";
export { createSoftwareDecryptor } from "./software-decryptor.ts";
export type { EnvelopeForm, Recipient } from "./write-recipient.ts";
