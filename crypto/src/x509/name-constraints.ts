import { DerError, parseDer, readString, tags } from "../der/index.ts";
import type { Certificate } from "./certificate.ts";
import type { NameConstraints } from "./extension-values.ts";
import type { GeneralName, GeneralNameKind } from "./general-name.ts";
import { attributeTypes } from "./name.ts";
import { isUnsupportedForm, liesWithin, mayCover } from "./name-subtrees.ts";
import { spend } from "./path-budget.ts";
import type { PathAccount } from "./path-budget.ts";
import { pathFailure } from "./path-failure.ts";
import type { PathFailure } from "./path-failure.ts";

type Subtrees = ReadonlyMap<GeneralNameKind, readonly GeneralName[]>;

/**
 * permitted_subtrees and excluded_subtrees (RFC 5280 §6.1.2 (b) and (c)). The intersection is kept as the list of its
 * parts, one for each certificate that constrains: a name must be permitted by every one that speaks of its form.
 */
export interface NameSpace {
  readonly permitted: readonly Subtrees[];
  readonly excluded: readonly Subtrees[];
}

/** The name space that the caller begins with. */
export function createNameSpace(
  permitted: readonly GeneralName[] = [],
  excluded: readonly GeneralName[] = [],
): NameSpace {
  return narrowed({ permitted: [], excluded: [] }, { permitted, excluded });
}

/** RFC 5280 §6.1.4 (g) */
export function narrowed(space: NameSpace, { permitted, excluded }: NameConstraints): NameSpace {
  return {
    permitted: permitted.length === 0 ? space.permitted : [...space.permitted, byKind(permitted)],
    excluded: excluded.length === 0 ? space.excluded : [...space.excluded, byKind(excluded)],
  };
}

function byKind(names: readonly GeneralName[]): Subtrees {
  const subtrees = new Map<GeneralNameKind, GeneralName[]>();
  for (const name of names) {
    const known = subtrees.get(name.kind);
    if (known === undefined) subtrees.set(name.kind, [name]);
    else known.push(name);
  }
  return subtrees;
}

/** Whether every name of the certificate lies in the name space (RFC 5280 §6.1.3 (b) and (c)). */
export function nameProblem(
  certificate: Certificate,
  space: NameSpace,
  account: PathAccount,
): PathFailure | undefined {
  if (space.permitted.length === 0 && space.excluded.length === 0) return undefined;
  for (const name of constrainedNames(certificate)) {
    const problem =
      excludedProblem(certificate, name, space, account) ??
      permittedProblem(certificate, name, space, account);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * RFC 5280 §4.2.1.10: the subject, the alternative names, and the e-mail addresses in the subject. The clause asks for
 * these only where there are no alternative names; but then any alternative name would set an address free.
 */
function constrainedNames({ subject, subjectAltName = [] }: Certificate): readonly GeneralName[] {
  const directory: readonly GeneralName[] =
    subject.comparableParts.length === 0 ? [] : [{ kind: "directory", name: subject }];
  const addresses = subject.attributes.filter(({ oid }) => oid === attributeTypes.E);
  return [
    ...directory,
    ...subjectAltName.flatMap((name) =>
      name.kind === "other" && name.oid === internationalMailbox ? [name, mailboxIn(name.raw)] : [name],
    ),
    ...addresses.map(({ value }) => ({ kind: "email", value }) as const),
  ];
}

/** SmtpUTF8Mailbox, which constraints of e-mail addresses bind too (RFC 9598 §6). */
const internationalMailbox = "1.3.6.1.5.5.7.8.9";

/** @returns an address that no constraint can judge if it is malformed. */
function mailboxIn(otherName: Uint8Array): GeneralName {
  try {
    const value = parseDer(otherName).children[1]?.children[0];
    return { kind: "email", value: value === undefined ? "" : readString(value, tags.utf8String) };
  } catch (cause) {
    if (cause instanceof DerError) return { kind: "email", value: "" };
    throw cause;
  }
}

function excludedProblem(
  certificate: Certificate,
  name: GeneralName,
  { excluded }: NameSpace,
  account: PathAccount,
): PathFailure | undefined {
  for (const subtrees of excluded) {
    const ofForm = subtrees.get(name.kind) ?? [];
    const problem =
      formProblem(certificate, name, ofForm) ?? budgetProblem(certificate, ofForm.length, account);
    if (problem !== undefined) return problem;
    if (ofForm.some((subtree) => mayCover(subtree, name))) {
      const detail = `Its name ${textOf(name)} is excluded by an authority above it.`;
      return pathFailure("name-excluded", "RFC 5280 §6.1.3 (c)", certificate, detail);
    }
  }
  return undefined;
}

function permittedProblem(
  certificate: Certificate,
  name: GeneralName,
  { permitted }: NameSpace,
  account: PathAccount,
): PathFailure | undefined {
  for (const subtrees of permitted) {
    const ofForm = subtrees.get(name.kind);
    if (ofForm === undefined) continue;
    const problem =
      formProblem(certificate, name, ofForm) ?? budgetProblem(certificate, ofForm.length, account);
    if (problem !== undefined) return problem;
    if (!ofForm.some((subtree) => liesWithin(subtree, name))) {
      const detail = `Its name ${textOf(name)} is not among those that an authority above it permits.`;
      return pathFailure("name-not-permitted", "RFC 5280 §6.1.3 (b)", certificate, detail);
    }
  }
  return undefined;
}

/** RFC 5280 §4.2.1.10: whoever cannot process a constraint on a form must refuse names of this form. */
function formProblem(
  certificate: Certificate,
  name: GeneralName,
  subtrees: readonly GeneralName[],
): PathFailure | undefined {
  if (subtrees.length === 0 || !isUnsupportedForm(name)) return undefined;
  const detail = `An authority constrains names of a form that cannot be judged here: ${textOf(name)}.`;
  return pathFailure("name-constraint-unsupported", "RFC 5280 §4.2.1.10", certificate, detail);
}

function budgetProblem(
  certificate: Certificate,
  comparisons: number,
  account: PathAccount,
): PathFailure | undefined {
  if (spend(account, "nameComparisons", comparisons)) return undefined;
  const detail = "Given up: too many comparisons of names with name constraints.";
  return pathFailure("budget-exhausted", "RFC 5280 §6.1.3 (b)", certificate, detail);
}

/** Long names are cut: a report is no place for a megabyte. */
const longestShown = 200;

function textOf(name: GeneralName): string {
  const text =
    "value" in name ? name.value : name.kind === "directory" ? name.name.text : `of the form ${name.kind}`;
  return JSON.stringify(text.slice(0, longestShown));
}
