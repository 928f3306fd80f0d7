import { validityProblem } from "./certificate-problems.ts";
import type { Certificate } from "./certificate.ts";
import type { OctetNames } from "./octet-names.ts";

/** The certificates of one name, in classes: fit anchors, other fit ones, anchors that are unfit, the others. */
interface Classes {
  readonly classes: readonly Certificate[][];
}

/**
 * The certificates of one name by the identifiers of their keys. Sorted once: a hostile document brings thousands of one
 * name, and thousands that they may have issued.
 */
export interface Namesakes extends Classes {
  readonly all: readonly Certificate[];
  readonly byKeyIdentifier: ReadonlyMap<string, Classes>;
  readonly withoutKeyIdentifier: Classes;
}

/** Puts certificates of one name in order; within a class the order given stays. */
export function sortNamesakes(
  certificates: readonly Certificate[],
  anchors: readonly Certificate[],
  at: Date,
  nameOf: OctetNames,
): Namesakes {
  const namesakes = { ...noClasses(), all: certificates, withoutKeyIdentifier: noClasses() };
  const byKeyIdentifier = new Map<string, Classes>();
  for (const certificate of certificates) {
    const place = classOf(certificate, anchors, at);
    const { subjectKeyIdentifier } = certificate;
    namesakes.classes[place]?.push(certificate);
    if (subjectKeyIdentifier === undefined) {
      namesakes.withoutKeyIdentifier.classes[place]?.push(certificate);
      continue;
    }
    const identifier = nameOf(subjectKeyIdentifier);
    const sameKey = byKeyIdentifier.get(identifier) ?? noClasses();
    sameKey.classes[place]?.push(certificate);
    byKeyIdentifier.set(identifier, sameKey);
  }
  return { ...namesakes, byKeyIdentifier };
}

function noClasses(): Classes {
  return { classes: [[], [], [], []] };
}

/** From 0, the likeliest, to 3. */
function classOf(certificate: Certificate, anchors: readonly Certificate[], at: Date): number {
  const isUnfit =
    validityProblem(certificate, at) !== undefined ||
    certificate.basicConstraints?.isCa !== true ||
    certificate.keyUsage?.has("keyCertSign") === false;
  const isFar = !anchors.includes(certificate);
  return (isUnfit ? 2 : 0) + (isFar ? 1 : 0);
}

/**
 * All of them, the likeliest issuers of the certificate first: those whose key identifier fits or is not there, then the
 * others. Lazy, so that a step costs the same however many there are.
 */
export function likeliestFirst(
  namesakes: Namesakes,
  { authorityKeyIdentifier }: Certificate,
  nameOf: OctetNames,
): Iterable<Certificate> {
  return authorityKeyIdentifier === undefined
    ? inClasses([namesakes])
    : fittingFirst(namesakes, authorityKeyIdentifier, nameOf);
}

function* fittingFirst(
  namesakes: Namesakes,
  identifier: Uint8Array,
  nameOf: OctetNames,
): Generator<Certificate, void, undefined> {
  const wanted = nameOf(identifier);
  const { byKeyIdentifier, withoutKeyIdentifier } = namesakes;
  yield* inClasses([byKeyIdentifier.get(wanted) ?? noClasses(), withoutKeyIdentifier]);
  for (const certificate of inClasses([namesakes])) {
    const { subjectKeyIdentifier } = certificate;
    if (subjectKeyIdentifier !== undefined && nameOf(subjectKeyIdentifier) !== wanted) yield certificate;
  }
}

function* inClasses(groups: readonly Classes[]): Generator<Certificate, void, undefined> {
  for (const place of noClasses().classes.keys()) {
    for (const { classes } of groups) yield* classes[place] ?? [];
  }
}
