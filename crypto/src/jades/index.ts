/**
 * JAdES: JSON signatures that mean something in law, as a profile of JWS (ETSI TS 119 182-1).
 *
 * {@link signJades} makes the level B-B: the signature is bound to one certificate and carries the time that the signer
 * claims. {@link extendJadesToT} adds a time stamp over the signature, level B-T, so that it stays good when the certificate
 * ends. {@link verifyJades} tells what can be relied on, check by check. Our own names for SM2 let the same profile be used
 * with national algorithms, between parties that agreed on it.
 */
export { JadesError } from "./jades-error.ts";
export type { JadesErrorCode } from "./jades-error.ts";
export { parseJades } from "./jades-signature.ts";
export type { JadesSignature } from "./jades-signature.ts";
export { extendJadesToT, flattenedJades, signJades } from "./sign-jades.ts";
export type { JadesOrder, TimeStamper } from "./sign-jades.ts";
export { verifyJades } from "./verify-jades.ts";
export type { JadesCheck, JadesCheckName, JadesQuestion, JadesReport } from "./verify-jades.ts";
