/**
 * X.509 certificates (RFC 5280, GB/T 20518-2018): read strictly over our own DER, and their paths judged.
 *
 * {@link parseCertificate} keeps the bytes that the issuer signed; {@link verifyCertificateSignature} checks one link.
 * {@link validatePath} looks for a path to an anchor that the caller names and judges it by RFC 5280 §6, with names,
 * policies and a budget; the folder `revocation` adds revocation to it. Nothing is trusted by
 * default.
 */
export { parseCertificate, parseCertificatesPem } from "./certificate.ts";
export type { Certificate } from "./certificate.ts";
export { X509Error } from "./error.ts";
export type { X509ErrorCode } from "./error.ts";
export { extensionOids, furtherExtensionOids, keyUsages, parseExtensions } from "./extensions.ts";
export type {
  BasicConstraints,
  Extension,
  KeyUsage,
  MalformedExtension,
  ReadExtensions,
} from "./extensions.ts";
export type {
  AccessDescription,
  AuthorityKey,
  DistributionPoint,
  DistributionPointName,
  NameConstraints,
  PolicyConstraints,
  PolicyInformation,
  PolicyMapping,
  PolicyQualifier,
} from "./extension-values.ts";
export { directoryNamesOf } from "./extension-values.ts";
export { parseGeneralName, parseGeneralNames } from "./general-name.ts";
export type { GeneralName, GeneralNameKind } from "./general-name.ts";
export {
  readAuthorityKey,
  readDistributionPointName,
  readDistributionPoints,
  readReasonFlags,
} from "./location-extensions.ts";
export { readTagged } from "./constraint-extensions.ts";
export { attributeOf, attributeTypes, isSameName, nameBelow, parseName } from "./name.ts";
export type { AttributeType, Name, NameAttribute } from "./name.ts";
export { defaultPathBudget, mayContinue, openAccount, spend } from "./path-budget.ts";
export type { BudgetItem, ExhaustedBudget, PathAccount, PathBudget, PathSpending } from "./path-budget.ts";
export type { PathCandidate, PathFailure, PathFailureCode } from "./path-failure.ts";
export type { PathPolicy } from "./path-policy.ts";
export { findPaths, openSearch } from "./path-search.ts";
export type { Chain, PathSearch } from "./path-search.ts";
export { attemptPaths, createRecord, nearness, validatePath, worstFailure } from "./path-validation.ts";
export type { PathAttempt, PathQuestion, PathValidation } from "./path-validation.ts";
export { walkPath } from "./walk-path.ts";
export { completedKey } from "./dsa-parameters.ts";
export type { ValidPolicies } from "./policy-graph.ts";
export { checkCost, checkSignature } from "./signature-memo.ts";
export type { Signed } from "./signature-memo.ts";
export { verifyCertificateSignature } from "./signature.ts";
export { parseTrustList } from "./trust-list.ts";
export type { TrustList } from "./trust-list.ts";
