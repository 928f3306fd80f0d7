/**
 * X.509 certificates (RFC 5280, GB/T 20518-2018): read strictly over our own DER, and a plain path check.
 *
 * {@link parseCertificate} keeps the bytes that the issuer signed; {@link verifyCertificateSignature} checks one link;
 * {@link checkPath} finds a chain to an anchor that the caller names and says everything that is wrong with it. Nothing
 * is trusted by default, and revocation is not judged here.
 */
export { parseCertificate, parseCertificatesPem } from "./certificate.ts";
export type { Certificate } from "./certificate.ts";
export { X509Error } from "./error.ts";
export type { X509ErrorCode } from "./error.ts";
export { extensionOids, keyUsages } from "./extensions.ts";
export type { BasicConstraints, Extension, KeyUsage, ReadExtensions } from "./extensions.ts";
export { attributeOf, attributeTypes, parseName } from "./name.ts";
export type { AttributeType, Name, NameAttribute } from "./name.ts";
export { checkPath, pathLimits } from "./path.ts";
export type { PathInput, PathProblem, PathProblemCode, PathResult } from "./path.ts";
export { verifyCertificateSignature } from "./signature.ts";
export { parseTrustList } from "./trust-list.ts";
export type { TrustList } from "./trust-list.ts";
