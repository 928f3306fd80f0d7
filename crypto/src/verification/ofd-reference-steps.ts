import { digestAlgorithms } from "../algorithms/index.ts";
import type { DigestAlgorithm, DigestName } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import { digest, digestText } from "../digest/index.ts";
import type { OfdPackage, OfdSignature, OfdSignatureProblem } from "../ofd/index.ts";
import type { CheckName } from "./check-catalogue.ts";
import { finding } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** What each of the reader's complaints about a Signature.xml is a failure of. */
const checkOfProblem: Readonly<Record<OfdSignatureProblem["code"], CheckName>> = {
  "references-missing": "references",
  "reference-duplicate": "references",
  "check-value-malformed": "references",
  "reference-target-missing": "reference-digest",
  "check-method-unknown": "digest-algorithm",
  "stamp-malformed": "container-format",
  "stamp-page-unknown": "container-format",
  "seal-part-missing": "seal-file",
  "relative-unknown": "container-format",
};

/** Nobody reads on beyond this; one finding is enough for the verdict. */
const mostFindings = 20;

/** The complaints of the reader that belong to one check. An unknown digest is a gap of ours; the rest is wrong. */
export function problemFindings(signature: OfdSignature, name: CheckName): Finding[] {
  return signature.problems
    .filter(({ code }) => checkOfProblem[code] === name)
    .slice(0, mostFindings)
    .map(({ code, detail }) =>
      finding(name, name === "digest-algorithm" ? "unknown" : "failed", {
        detail,
        evidence: { part: signature.part, problem: code },
      }),
    );
}

/** The digest of an entry, undefined if there is no such entry. */
export type PartDigest = (part: string, algorithm: DigestName) => Uint8Array | undefined;

/** Digests the entries of one package, each once: hundreds of signatures may list the same large file. */
export function createPartDigest(ofd: OfdPackage): PartDigest {
  const known = new Map<string, Uint8Array>();
  return (part, algorithm) => {
    const key = `${algorithm} ${part}`;
    const entry = ofd.entries.get(part);
    const value = known.get(key) ?? (entry === undefined ? undefined : digest(algorithm, entry.content()));
    if (value !== undefined) known.set(key, value);
    return value;
  };
}

/**
 * Whether the parts that Signature.xml lists are the ones in the package (GB/T 33190-2016 ch. 18): the list, its digest
 * algorithm, and the digest of every entry. A changed entry has a finding of its own that names it.
 */
export function referenceFindings(digestOf: PartDigest, signature: OfdSignature, at: Date): Finding[] {
  const { references, part } = signature;
  const listProblems = problemFindings(signature, "references");
  const list = finding("references", "passed", {
    detail: `Signature.xml lists ${String(references.length)} parts, each once.`,
    evidence: { part, references: String(references.length) },
  });
  return [
    ...(listProblems.length > 0 ? listProblems : [list]),
    ...algorithmFindings(signature, at),
    ...digestFindings(digestOf, signature),
  ];
}

function algorithmFindings(signature: OfdSignature, at: Date): Finding[] {
  const { checkMethod, checkMethodText } = signature;
  if (checkMethod === undefined) return problemFindings(signature, "digest-algorithm");
  const { acceptedUntil }: DigestAlgorithm = digestAlgorithms[checkMethod];
  const evidence = { algorithm: checkMethod, written: checkMethodText };
  // Judged at the time of the verification: a claimed time cannot bring a broken digest back.
  if (acceptedUntil !== undefined && at > acceptedUntil) {
    const until = acceptedUntil.toISOString().slice(0, 10);
    const detail = `The parts are protected by ${checkMethod} only, which proves nothing since ${until}.`;
    return [finding("digest-algorithm", "failed", { detail, evidence })];
  }
  return [
    finding("digest-algorithm", "passed", { detail: `The parts are protected by ${checkMethod}.`, evidence }),
  ];
}

function digestFindings(digestOf: PartDigest, signature: OfdSignature): Finding[] {
  const { checkMethod, references } = signature;
  if (checkMethod === undefined) {
    return [
      finding("reference-digest", "not-checked", { detail: "Not reached: the digest algorithm is unknown." }),
    ];
  }
  const changed = references.flatMap(({ part, digest: signed }) => {
    const actual = digestOf(part, checkMethod);
    if (actual === undefined || equalBytes(actual, signed)) return [];
    const evidence = {
      entry: part,
      signed: digestText(checkMethod, signed),
      actual: digestText(checkMethod, actual),
    };
    return [
      finding("reference-digest", "failed", { detail: `${part} was changed after sealing.`, evidence }),
    ];
  });
  const failures = [...problemFindings(signature, "reference-digest"), ...changed];
  if (failures.length > 0) return failures.slice(0, mostFindings);
  const evidence = { algorithm: checkMethod, parts: String(references.length) };
  return [
    finding("reference-digest", "passed", { detail: "No listed part has changed since sealing.", evidence }),
  ];
}
