import { bytesOfBase64, hexOf } from "@yinxin/crypto/bytes";
import { parseCertificate, X509Error } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";

import type { OfficerPolicy } from "./officer-policy.ts";
import { officerRoles } from "./officer-policy.ts";
import { coreOperations, fewestPersons } from "./operation-rules.ts";

/** How the break-glass key is called where an officer's id stands. */
export const breakGlassName = "break-glass";

/** What is wrong with a policy. */
export interface PolicyProblem {
  readonly code:
    | "certificate-unreadable"
    | "key-not-supported"
    | "certificate-of-authority"
    | "name-reserved"
    | "officer-twice"
    | "person-twice"
    | "certificate-twice"
    | "key-twice"
    | "subject-twice"
    | "role-missing"
    | "rule-missing"
    | "rule-too-weak"
    | "too-few-officers"
    | "too-few-units";
  /** `officers[2]`, `rules.key.resume`. */
  readonly where: string;
  readonly detail: string;
}

/** Holders of a key, in the policy's order, the break-glass key last. */
interface Holder {
  readonly where: string;
  readonly id: string;
  readonly person: string;
  readonly certificate: Certificate;
}

/**
 * Whether a policy keeps what every policy must: one role, one certificate and one key to a person, all three roles there,
 * a rule for every core operation, no rule below {@link fewestPersons}, and enough officers to fulfil each.
 *
 * @returns empty if nothing is wrong.
 */
export function judgePolicy(policy: OfficerPolicy): readonly PolicyProblem[] {
  const { holders, unreadable } = holdersOf(policy);
  return [
    ...unreadable,
    ...holders.flatMap(keyProblems),
    ...holders.flatMap(authorityProblems),
    ...policy.officers.flatMap(({ id }, index) => reservedProblems(id, `officers[${String(index)}]`)),
    ...identityProblems(holders),
    ...roleProblems(policy),
    ...ruleProblems(policy),
  ];
}

/** How names of persons are compared: case, width, kinds of dashes, and what nobody sees make nobody another person. */
export function personKey(person: string): string {
  return person
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\s\p{Default_Ignorable_Code_Point}\u2800]+/gu, "")
    .replaceAll(/\p{Pd}/gu, "-");
}

/** The certificate in base64, or undefined if it cannot be read. */
export function readPolicyCertificate(text: string): Certificate | undefined {
  try {
    return parseCertificate(bytesOfBase64(text));
  } catch (cause) {
    if (cause instanceof X509Error || cause instanceof RangeError) return undefined;
    throw cause;
  }
}

function holdersOf({ officers, break_glass }: OfficerPolicy): {
  readonly holders: readonly Holder[];
  readonly unreadable: readonly PolicyProblem[];
} {
  const holders: Holder[] = [];
  const unreadable: PolicyProblem[] = [];
  const add = (where: string, id: string, person: string, text: string): void => {
    const certificate = readPolicyCertificate(text);
    if (certificate !== undefined) holders.push({ where, id, person: personKey(person), certificate });
    else
      unreadable.push({
        code: "certificate-unreadable",
        where,
        detail: `The certificate of ${id} cannot be read.`,
      });
  };
  for (const [index, { id, person, certificate }] of officers.entries()) {
    add(`officers[${String(index)}]`, id, person, certificate);
  }
  // The break-glass key is nobody's; a name that no person can have keeps it apart from all.
  if (break_glass !== undefined) add("break_glass", breakGlassName, "\u0000", break_glass.certificate);
  return { holders, unreadable };
}

/** What officers' cards sign with, and what every verifier of the suite and of others knows. */
const officerAlgorithms: ReadonlySet<string> = new Set(["SM2", "ES256"]);

function keyProblems({ where, id, certificate }: Holder): PolicyProblem[] {
  return officerAlgorithms.has(certificate.keyAlgorithm ?? "")
    ? []
    : [
        {
          code: "key-not-supported",
          where,
          detail: `The key of ${id} signs neither with SM2 nor with ES256.`,
        },
      ];
}

/** Who can issue certificates can make officers. */
function authorityProblems({ where, id, certificate }: Holder): PolicyProblem[] {
  return certificate.basicConstraints?.isCa === true
    ? [
        {
          code: "certificate-of-authority",
          where,
          detail: `The certificate of ${id} is that of an authority.`,
        },
      ]
    : [];
}

function reservedProblems(id: string, where: string): PolicyProblem[] {
  return id === breakGlassName
    ? [{ code: "name-reserved", where, detail: `No officer can be called ${breakGlassName}.` }]
    : [];
}

/** The x of the point, after the octet that says how it is written (SEC 1 §2.3.3). */
function abscissaOf({ publicKeyInfo: { key } }: Certificate): Uint8Array {
  return key.subarray(1, 33);
}

const identities = [
  { code: "officer-twice", of: ({ id }: Holder) => id, what: "id" },
  { code: "person-twice", of: ({ person }: Holder) => person, what: "person" },
  { code: "certificate-twice", of: ({ certificate }: Holder) => hexOf(certificate.raw), what: "certificate" },
  // A certificate that was issued again has the same key: it is the same card. So is one with the point
  // turned over: whoever has the one key has the other.
  { code: "key-twice", of: ({ certificate }: Holder) => hexOf(abscissaOf(certificate)), what: "key" },
  {
    code: "subject-twice",
    of: ({ certificate }: Holder) => hexOf(certificate.subject.raw),
    what: "certificate's subject",
  },
] as const;

function identityProblems(holders: readonly Holder[]): PolicyProblem[] {
  return identities.flatMap(({ code, of, what }) => {
    const first = new Map<string, Holder>();
    return holders.flatMap((holder) => {
      const earlier = first.get(of(holder));
      first.set(of(holder), earlier ?? holder);
      return earlier === undefined
        ? []
        : [{ code, where: holder.where, detail: `${holder.id} has the same ${what} as ${earlier.id}.` }];
    });
  });
}

function roleProblems({ officers }: OfficerPolicy): PolicyProblem[] {
  return officerRoles
    .filter((role) => !officers.some((officer) => officer.role === role))
    .map((role) => ({ code: "role-missing", where: "officers", detail: `Nobody is ${role}.` }));
}

function ruleProblems({ officers, rules }: OfficerPolicy): PolicyProblem[] {
  const approvers = officers.filter(({ role }) => role === "security-officer");
  const units = new Set(approvers.map(({ unit }) => personKey(unit))).size;
  const missing = coreOperations
    .filter((operation) => !Object.hasOwn(rules, operation))
    .map((operation): PolicyProblem => {
      return { code: "rule-missing", where: "rules", detail: `There is no rule for ${operation}.` };
    });
  const weak = Object.entries(rules).flatMap(([operation, { persons, distinct_units }]): PolicyProblem[] => {
    const where = `rules.${operation}`;
    const fewest = fewestPersons(operation);
    if (persons < fewest) {
      return [
        { code: "rule-too-weak", where, detail: `${operation} needs at least ${String(fewest)} persons.` },
      ];
    }
    if (persons > approvers.length) {
      return [
        { code: "too-few-officers", where, detail: `There are not ${String(persons)} security officers.` },
      ];
    }
    return distinct_units === true && units < persons
      ? [
          {
            code: "too-few-units",
            where,
            detail: `The security officers are not of ${String(persons)} units.`,
          },
        ]
      : [];
  });
  return [...missing, ...weak];
}
