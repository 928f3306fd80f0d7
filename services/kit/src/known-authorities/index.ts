/**
 * The certificates that stand between a signer and a trusted root, kept up to date while authorities change their keys.
 *
 * A seal has room for one certificate, so whoever verifies must know the authorities in between. The trust file names them as
 * they were when it was written; {@link createKnownAuthorities} adds those that the certificate service publishes since: new
 * issuing authorities, and the certificates by which the old and the new key of a root vouch for each other (RFC 4210 §4.4).
 * Nothing that is fetched is trusted. {@link fixedAuthorities} is the trust file alone.
 */
export { authoritiesFreshSeconds, createKnownAuthorities, fixedAuthorities } from "./known-authorities.ts";
export type { KnownAuthorities, KnownAuthoritiesOptions } from "./known-authorities.ts";
