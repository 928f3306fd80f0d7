import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { attributeOf } from "@yinxin/crypto/x509";
import type { Name } from "@yinxin/crypto/x509";
import { isUscc } from "@yinxin/service-kit/identifiers";
import { refuse } from "@yinxin/service-kit/problems";

/** What a certificate of this authority is for. */
export type EndEntityProfile = "seal-maker" | "seal-owner" | "signer";

interface ProfileRules {
  readonly algorithms: readonly SignatureAlgorithmName[];
  /** @throws Refusal `subject-not-acceptable` */
  readonly checkSubject: (subject: Name) => void;
}

const profileRules: Readonly<Record<EndEntityProfile, ProfileRules>> = {
  // GB/T 38540-2020 signs seals and seal signatures with SM2 only.
  "seal-maker": { algorithms: ["SM2"], checkSubject: checkNamed },
  "seal-owner": { algorithms: ["SM2"], checkSubject: checkSealOwner },
  signer: { algorithms: ["SM2", "ES256"], checkSubject: checkNamed },
};

export const endEntityProfiles = Object.keys(profileRules) as readonly EndEntityProfile[];

/** Attribute types of a subject, each of which it may have once. */
const allowedTypes: ReadonlySet<string> = new Set(["C", "ST", "L", "O", "OU", "CN"]);

/** RFC 5280 appendix A.1: ub-organization-name and ub-common-name, the narrowest bounds of these types. */
const valueLengthMax = 64;

/**
 * Whether a certificate of this profile may say this name about a key of this algorithm.
 *
 * @param authorityNames of the authorities here, which no end entity may have.
 * @throws Refusal `algorithm-not-acceptable` or `subject-not-acceptable`, saying which rule was broken.
 */
export function checkSubjectRules(
  profile: EndEntityProfile,
  subject: Name,
  algorithm: SignatureAlgorithmName | undefined,
  authorityNames: readonly Name[],
): SignatureAlgorithmName {
  const rules = profileRules[profile];
  if (algorithm === undefined || !rules.algorithms.includes(algorithm)) {
    throw refuse(
      "algorithm-not-acceptable",
      `A ${profile} certificate is for a key of ${rules.algorithms.join(" or ")}.`,
    );
  }
  checkAttributes(subject);
  // A certificate by an authority for its own name would read like the authority's own.
  if (authorityNames.some((name) => isSameName(name, subject))) {
    throw unacceptable("The subject is the name of an authority.");
  }
  rules.checkSubject(subject);
  return algorithm;
}

/** By attributes, since a certificate is written with them and not with the request's encoding. */
function isSameName(one: Name, other: Name): boolean {
  const listOf = ({ attributes }: Name): string =>
    JSON.stringify(attributes.map(({ oid, value }) => [oid, value]));
  return listOf(one) === listOf(other);
}

function checkAttributes(subject: Name): void {
  const seen = new Set<string>();
  for (const { type, oid, value } of subject.attributes) {
    if (type === undefined || !allowedTypes.has(type)) {
      throw unacceptable(`The attribute ${type ?? oid} has no place in the subject.`);
    }
    if (seen.has(type)) throw unacceptable(`The subject has ${type} twice.`);
    seen.add(type);
    if (!isCleanValue(value)) {
      throw unacceptable(
        `${type} has 1 to ${String(valueLengthMax)} characters, none of them a control character.`,
      );
    }
  }
  if (attributeOf(subject, "C") !== "CN") throw unacceptable("The subject's country (C) is CN.");
}

/**
 * A control or format character could make one name look like another: a turned writing direction, a hidden joint, a filler
 * that shows nothing; a mark at the beginning would join what stands before the name. Letters of different scripts that look
 * alike are for whoever checks the organization.
 */
function isCleanValue(value: string): boolean {
  const length = Array.from(value).length;
  return (
    length > 0 &&
    length <= valueLengthMax &&
    value.trim() === value &&
    !/^\p{M}|[\p{C}\p{Zl}\p{Zp}\p{DI}]/u.test(value)
  );
}

function checkNamed(subject: Name): void {
  for (const type of ["O", "CN"] as const) {
    if (attributeOf(subject, type) === undefined) throw unacceptable(`The subject has no ${type}.`);
  }
}

/** The national practice: O is the unified social credit code and at once the unit's name, CN the seal's code. */
function checkSealOwner(subject: Name): void {
  checkNamed(subject);
  if (!/^[0-9]{14}$/.test(attributeOf(subject, "CN") ?? "")) {
    throw unacceptable("The CN of a seal owner is the seal's code, 14 digits.");
  }
  const organization = attributeOf(subject, "O") ?? "";
  if (!isUscc(organization.slice(0, 18))) {
    throw unacceptable("The O of a seal owner begins with a unified social credit code (GB 32100-2015).");
  }
  if (organization.length === 18) {
    throw unacceptable("The O of a seal owner has the unit's name after its code.");
  }
}

function unacceptable(detail: string): Error {
  return refuse("subject-not-acceptable", detail);
}
