import type { DigestName } from "../algorithms/index.ts";
import { attributeOids, attributesOf, cmsCheck } from "../cms/index.ts";
import type { CmsCheck, SignedData, SignerInfo } from "../cms/index.ts";
import type { DerElement } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import { judgeTimeStampToken, parseTimeStampToken, TimeStampError } from "../timestamp/index.ts";
import type { TimeStampToken, TokenJudgement } from "../timestamp/index.ts";
import { judgeArchiveTimeStamp } from "./archive-time-stamp.ts";
import { evidenceWith } from "./embedded-evidence.ts";
import { nothingProven } from "./proofs-of-existence.ts";
import type { GatheredProofs } from "./proofs-of-existence.ts";
import type { TimeStampReport } from "./report.ts";
import type { ValidationContext } from "./validation-context.ts";

/** What the time stamps of one signer prove. */
export interface TimeProofs {
  readonly checks: readonly CmsCheck[];
  readonly timeStamps: readonly TimeStampReport[];
  /** The earliest time at which the signature value is proven to have existed. */
  readonly signatureExistedAt: Date | undefined;
  /** Everything that is proven to have existed, the signature value among it. */
  readonly proofs: GatheredProofs;
}

type Kind = TimeStampReport["kind"];

const attributeOfKind: Readonly<Record<Kind, string>> = {
  content: attributeOids.contentTimeStamp,
  signature: attributeOids.signatureTimeStamp,
  archive: attributeOids.archiveTimeStampV3,
};

interface FoundToken {
  readonly kind: Kind;
  /** The attribute's value as it stands. */
  readonly value: DerElement;
  readonly token: TimeStampToken | undefined;
}

/**
 * Judges every time stamp of a signer, the latest archive time stamp first: what a good one covers is known to have
 * existed at its time, and that is what older tokens, whose authorities may be no more, are judged by
 * (ETSI EN 319 102-1 §5.6.3).
 *
 * @param before what is proven already, by time stamps over something around this signer.
 */
export function judgeTimeStamps(
  signer: SignerInfo,
  context: ValidationContext,
  before: GatheredProofs = nothingProven,
): TimeProofs {
  const archives = tokensOf("archive", signer).sort((left, right) => timeOf(right) - timeOf(left));
  const inner = [...tokensOf("signature", signer), ...tokensOf("content", signer)];
  const outer = judgeArchives(archives, [...archives, ...inner], { signer, context, before });
  const judgedInner = inner.map((found) => judgeInner(found, signer, context, outer.proofs));
  const proofs = judgedInner.reduce(
    (known, { found, judgement }) =>
      found.kind === "signature" && judgement?.result === "passed"
        ? known.with([signer.signature], judgement.time)
        : known,
    outer.proofs,
  );
  const judged = [...judgedInner, ...outer.judged];
  return {
    checks: [...judged.map(({ check }) => check), ...orderChecks(judged)],
    timeStamps: judged.map(({ found, judgement }) => ({ kind: found.kind, judgement })),
    signatureExistedAt: proofs.earliestOf(signer.signature),
    proofs,
  };
}

interface Judged {
  readonly found: FoundToken;
  readonly judgement: TokenJudgement | undefined;
  readonly check: CmsCheck;
  /** Of an archive time stamp: what it covers. */
  readonly covered?: ReadonlySet<Uint8Array>;
}

function tokensOf(kind: Kind, signer: SignerInfo): FoundToken[] {
  const isSigned = kind === "content";
  const attributes = isSigned ? (signer.signedAttributes?.attributes ?? []) : signer.unsignedAttributes;
  return attributesOf(attributes, attributeOfKind[kind])
    .flatMap(({ values }) => values)
    .map((value) => ({ kind, value, token: readToken(value) }));
}

function readToken(value: DerElement): TimeStampToken | undefined {
  try {
    return parseTimeStampToken(value.raw, { profile: value.reading.profile });
  } catch (cause) {
    if (cause instanceof TimeStampError) return undefined;
    throw cause;
  }
}

function timeOf({ token }: FoundToken): number {
  return token?.info.time.getTime() ?? 0;
}

function judgeArchives(
  archives: readonly FoundToken[],
  all: readonly FoundToken[],
  {
    signer,
    context,
    before,
  }: {
    readonly signer: SignerInfo;
    readonly context: ValidationContext;
    readonly before: GatheredProofs;
  },
): { judged: Judged[]; proofs: GatheredProofs } {
  let proofs = before;
  const judged = archives.map((found): Judged => {
    if (found.token === undefined) return unreadable(found);
    if (!context.allowance.take()) return leftOut(found);
    const { token } = found;
    const archived = judgeArchiveTimeStamp(token, signer, context);
    if (archived.problem !== undefined) return refused(found, archived.problem);
    const judgement = judge({ token, value: found.value }, context, archived.imprint, proofs);
    const covered = new Set(archived.members.map(({ raw }) => raw));
    if (judgement.result === "passed") {
      const objects = provenObjects(covered, all, context.input.signedData);
      proofs = proofs.with([signer.signature, ...objects], judgement.time);
    }
    return {
      found,
      judgement,
      check: checkOf(found, judgement, { members: String(archived.members.length) }),
      covered,
    };
  });
  return { judged, proofs };
}

/** What a good archive time stamp proves beside the signature: its members, and what is inside of time stamps among them. */
function provenObjects(
  covered: ReadonlySet<Uint8Array>,
  tokens: readonly FoundToken[],
  signedData: SignedData,
): readonly Uint8Array[] {
  const inside = tokens.flatMap(({ value, token }) =>
    token !== undefined && covered.has(value.raw)
      ? [...token.signedData.certificates, ...token.signedData.revocations.map(({ der }) => der)]
      : [],
  );
  const lists = signedData.revocations.flatMap(({ raw, der }) => (covered.has(raw) ? [der] : []));
  return [...covered, ...lists, ...inside];
}

function judgeInner(
  found: FoundToken,
  signer: SignerInfo,
  context: ValidationContext,
  proofs: GatheredProofs,
): Judged {
  const { kind, token, value } = found;
  if (token === undefined) return unreadable(found);
  if (!context.allowance.take()) return leftOut(found);
  const { content } = context;
  if (kind === "content" && content === undefined) {
    const detail = "What was signed is not at hand, so its time stamp cannot be judged.";
    return { found, judgement: undefined, check: cmsCheck("content-time-stamp", "unknown", { detail }) };
  }
  const imprint = (algorithm: DigestName): Uint8Array =>
    kind === "content" && content !== undefined
      ? content.digest(algorithm)
      : digest(algorithm, signer.signature);
  const judgement = judge({ token, value }, context, imprint, proofs);
  return { found, judgement, check: checkOf(found, judgement, {}) };
}

function judge(
  { token, value }: { readonly token: TimeStampToken; readonly value: DerElement },
  { input, certificates, evidence }: ValidationContext,
  imprint: (algorithm: DigestName) => Uint8Array,
  proofs: GatheredProofs,
): TokenJudgement {
  const existedAt = proofs.earliestOf(value.raw);
  return judgeTimeStampToken({
    token,
    imprint,
    anchors: input.anchors,
    intermediates: certificates,
    evidence: evidenceWith(evidence, token.signedData),
    now: input.at,
    ...(existedAt !== undefined && { at: existedAt }),
    proofs,
    ...input.policy,
  });
}

const checkNames = {
  content: "content-time-stamp",
  signature: "signature-time-stamp",
  archive: "archive-time-stamp",
} as const satisfies Record<Kind, CmsCheck["name"]>;

function unreadable(found: FoundToken): Judged {
  return refused(found, "The time stamp cannot be read.");
}

function leftOut(found: FoundToken): Judged {
  const detail = "There are more time stamps than are judged in one verification.";
  return { found, judgement: undefined, check: cmsCheck(checkNames[found.kind], "unknown", { detail }) };
}

function refused(found: FoundToken, detail: string): Judged {
  return { found, judgement: undefined, check: cmsCheck(checkNames[found.kind], "failed", { detail }) };
}

function checkOf(
  { kind, token }: FoundToken,
  judgement: TokenJudgement,
  more: Record<string, string>,
): CmsCheck {
  const { code, subIndication, detail, tsa } = judgement;
  const evidence = {
    time: token?.info.timeText ?? "",
    serial: token?.info.serialNumber.toString(16) ?? "",
    ...(tsa !== undefined && { authority: tsa.subject.text }),
    ...(code !== undefined && { code }),
    ...(subIndication !== undefined && { token_sub_indication: subIndication }),
    ...more,
  };
  const good = "The time stamp is good: what it covers existed at its time.";
  return cmsCheck(checkNames[kind], outcomeOf(judgement), { detail: detail ?? good, evidence });
}

/** ETSI EN 319 102-1 §5.5.4: a time stamp whose authority cannot be relied on is put aside, as if it were not there. */
function outcomeOf({ result, checks }: TokenJudgement): TokenJudgement["result"] {
  if (result !== "failed") return result;
  const isWrong = checks.some((check) => check.result === "failed" && check.name !== "token-certificate");
  return isWrong ? "failed" : "unknown";
}

/** Content before signature before archive, and what an archive time stamp covers before it (ETSI EN 319 102-1 §5.5.4). */
function orderChecks(judged: readonly Judged[]): CmsCheck[] {
  const times = (kind: Kind): number[] =>
    judged.flatMap(({ found, judgement }) =>
      found.kind === kind && judgement?.result === "passed" ? [judgement.time.getTime()] : [],
    );
  const [contents, signatures, archives] = [times("content"), times("signature"), times("archive")];
  if (contents.length + signatures.length + archives.length < 2) return [];
  const isOrdered =
    Math.max(...contents, -Infinity) <= Math.min(...signatures, ...archives, Infinity) &&
    (signatures.length === 0 || Math.min(...signatures) <= Math.min(...archives, Infinity)) &&
    !judged.some((archive) => coversYounger(archive, judged));
  return [
    isOrdered
      ? cmsCheck("time-stamp-order", "passed", { detail: "The time stamps follow each other as they must." })
      : cmsCheck("time-stamp-order", "failed", { detail: "The time stamps are not in their order." }),
  ];
}

function coversYounger({ covered, judgement: outer }: Judged, judged: readonly Judged[]): boolean {
  if (covered === undefined || outer?.result !== "passed") return false;
  return judged.some(
    ({ found, judgement }) =>
      judgement?.result === "passed" && judgement.time > outer.time && covered.has(found.value.raw),
  );
}
