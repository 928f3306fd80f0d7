import type { OfdPackage, OfdSignature } from "../ofd/index.ts";
import { isIntact } from "./conclude.ts";
import { finding } from "./finding.ts";
import type { Finding } from "./finding.ts";
import type { SignatureReport, VerificationReport } from "./report.ts";
import { sniffSes } from "./sniff-ses.ts";

/** What lies around the entries of a ZIP archive and what no signature over entries can reach. */
const archiveParts = ["zip:attributes", "zip:compression"];

/** One signature as the package has it, and what became of it. */
export interface JudgedSignature {
  readonly signature: OfdSignature;
  readonly report: SignatureReport;
}

/** The parts that one signature protects: those it lists, and the files it is made of. */
export function partsUnder(signature: OfdSignature): readonly string[] {
  const { references, part, signedValuePart, sealPart, sealImagePart } = signature;
  const own = [part, signedValuePart, sealPart, sealImagePart].filter((one) => one !== undefined);
  return [...new Set([...references.map((reference) => reference.part), ...own])];
}

/** What a signature covers of what a reader shows. */
export function coverageOf(ofd: OfdPackage, signature: OfdSignature): SignatureReport["coverage"] {
  return { whole: shownBeyond(ofd, signature).length === 0, parts: partsUnder(signature) };
}

/**
 * Whether a signature covers all that a reader shows. If it does not, another one may, and everything is intact; but then
 * its seal stands on pages that its owner perhaps never saw, put there by whoever made the other.
 */
export function coverageFinding(ofd: OfdPackage, signature: OfdSignature): Finding {
  const beyond = shownBeyond(ofd, signature);
  const [first] = beyond;
  if (first === undefined) {
    return finding("visible-coverage", "passed", { detail: "Everything that readers show is listed." });
  }
  const more = beyond.length > 1 ? ` and ${String(beyond.length - 1)} more parts` : "";
  const detail = `Readers show ${first}${more}, which this signature does not list.`;
  return finding("visible-coverage", "unknown", { detail, evidence: { entry: first } });
}

function shownBeyond(ofd: OfdPackage, signature: OfdSignature): readonly string[] {
  const covered = new Set(partsUnder(signature));
  return ofd.reachable.filter(({ part, visible }) => visible && !covered.has(part)).map(({ part }) => part);
}

/** The values of seal signatures that are in the package and listed nowhere: somebody took their records out. */
export function cutOffParts(ofd: OfdPackage): readonly string[] {
  const listed = new Set(ofd.signatures.map(({ signedValuePart }) => signedValuePart));
  return Array.from(ofd.entries.values())
    .filter((entry) => !listed.has(entry.path) && sniffSes(entry.content()) === "seal-signature")
    .map(({ path }) => path);
}

/**
 * What no intact signature covers: parts a reader comes to, entries no reader comes to, the list of signatures if more
 * may be added, and the archive around them.
 */
export function uncoveredParts(
  ofd: OfdPackage,
  judged: readonly JudgedSignature[],
): VerificationReport["uncovered"] {
  const intact = judged.filter(({ report }) => isIntact(report.verdict));
  const covered = new Set(intact.flatMap(({ signature }) => partsUnder(signature)));
  const visible = new Set(ofd.reachable.filter((one) => one.visible).map(({ part }) => part));
  const parts = [...ofd.entries.keys()].filter((part) => !covered.has(part));
  const around = archiveParts.filter((part) => ofd.uncoveredRanges(part).length > 0);
  return [...parts, ...around].map((part) => ({ part, visible: visible.has(part) }));
}

/** Uncovered parts that are so by design, and take nothing from a verdict. */
export function isUncoveredByDesign(ofd: OfdPackage, part: string): boolean {
  return (
    archiveParts.includes(part) ||
    part === ofd.signaturesPart ||
    ofd.signatures.some(({ listedIn }) => listedIn === part)
  );
}
