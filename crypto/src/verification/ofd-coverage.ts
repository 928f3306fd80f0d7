import type { OfdPackage, OfdSignature } from "../ofd/index.ts";
import { isIntact } from "./conclude.ts";
import type { SignatureReport, VerificationReport } from "./report.ts";

/** What lies around the entries of a ZIP archive and what no signature over entries can reach. */
const archiveParts = ["zip:attributes", "zip:compression"];

/** One signature as the package has it, and what became of it. */
export interface JudgedSignature {
  readonly signature: OfdSignature;
  readonly report: SignatureReport;
}

/** The parts that one signature protects: those it lists, and the files it is made of. */
export function partsUnder(signature: OfdSignature): readonly string[] {
  const { references, part, signedValuePart, sealPart } = signature;
  const own = [part, signedValuePart, ...(sealPart === undefined ? [] : [sealPart])];
  return [...new Set([...references.map((reference) => reference.part), ...own])];
}

/** What a signature covers of what a reader shows. */
export function coverageOf(ofd: OfdPackage, signature: OfdSignature): SignatureReport["coverage"] {
  const parts = partsUnder(signature);
  const covered = new Set(parts);
  const whole = ofd.reachable.every(({ part, visible }) => !visible || covered.has(part));
  return { whole, parts };
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
