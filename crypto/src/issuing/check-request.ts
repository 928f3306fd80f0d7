import { judgeAlgorithm, parsePublicKey } from "../algorithms/index.ts";
import { attributeOf } from "../x509/index.ts";
import { verifyPossession } from "./certificate-request.ts";
import type { CertificateRequest } from "./certificate-request.ts";
import { IssuingError } from "./error.ts";
import { profileOf } from "./profiles.ts";
import type { CertificateProfileName } from "./profiles.ts";

/**
 * Whether a certificate of this profile can be issued for a request: its key is good enough, whoever made it holds that key,
 * and its name has what the profile needs. That the name is true, nobody can read from a request.
 *
 * @param at when it came; the algorithms are judged for this time.
 * @throws IssuingError `request-unacceptable`, with every reason.
 */
export function checkCertificateRequest(
  request: CertificateRequest,
  profileName: CertificateProfileName,
  at: Date,
): void {
  const { requiredAttributes, attributeRules = [] } = profileOf(profileName);
  const { subject, signatureScheme: scheme } = request;
  const publicKey = parsePublicKey(request.publicKey);
  const algorithm = judgeAlgorithm({ publicKey, at, policy: "default", ...(scheme && { scheme }) });
  const reasons = [
    ...(algorithm.accepted ? [] : [algorithm.detail]),
    ...(verifyPossession(request) ? [] : ["it is not signed with the key in it"]),
    ...requiredAttributes
      .filter((type) => attributeOf(subject, type) === undefined)
      .map((type) => `its subject has no ${type}`),
    ...attributeRules
      .filter(({ type, pattern }) => !pattern.test(attributeOf(subject, type) ?? ""))
      .map(({ type, rule }) => `${type} in its subject must be otherwise: it ${rule}`),
  ];
  if (reasons.length > 0) throw new IssuingError("request-unacceptable", reasons.join("; "));
}
