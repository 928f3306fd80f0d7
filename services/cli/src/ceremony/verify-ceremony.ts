import { bytesOfBase64 } from "@yinxin/crypto/bytes";
import { CmsError, embeddedCertificates, isIdentifiedBy, parseSignedData } from "@yinxin/crypto/cms";
import type { Certificate } from "@yinxin/crypto/x509";
import { canonicalBytes, documentDigest, verifyStatement } from "@yinxin/service-kit/approvals";
import { z } from "zod";

import type { CeremonyScript } from "./ceremony-script.ts";
import { readTranscript } from "./transcript.ts";
import type { TranscriptEntry } from "./transcript.ts";

const base64 = z
  .string()
  .max(64 * 1024)
  .refine((text) => {
    try {
      return bytesOfBase64(text).length > 0;
    } catch {
      return false;
    }
  });
/** What a participant signs. */
export const statementShape = z.strictObject({
  type: z.literal("yinxin-ceremony-statement"),
  /** Digest of the transcript's last line. */
  transcript: z.string().regex(/^sm3:[0-9a-f]{64}$/),
  entries: z.int().min(1),
  participant: z.string().max(50),
  at: z.iso.datetime(),
});

/** The participants' signatures, beside the transcript. */
export const signaturesShape = z.strictObject({
  type: z.literal("yinxin-ceremony-signatures"),
  signatures: z
    .array(z.strictObject({ participant: z.string().max(50), statement: base64, signature: base64 }))
    .max(20),
});
export type CeremonySignatures = z.infer<typeof signaturesShape>;

/** One thing that was looked at. */
export interface CeremonyCheck {
  readonly name: "chain" | "steps" | "expected" | "deviations" | "rehearsal" | "signature";
  readonly result: "passed" | "failed" | "noted";
  readonly detail: string;
}

export interface CeremonyVerification {
  readonly isValid: boolean;
  readonly digest: string;
  readonly checks: readonly CeremonyCheck[];
}

/**
 * Proves a transcript from its two files and the officers' roots: the chain of lines, every step done in its order and as expected or with a
 * deviation noted, and a signature of each participant over the whole (ETSI EN 319 122-1 §6.3). Never throws for bad input.
 */
export function verifyCeremony(
  transcript: Uint8Array,
  signatures: unknown,
  anchors: readonly Certificate[],
): CeremonyVerification {
  const { entries, digest, problem, lengthBytes } = readTranscript(transcript);
  const checks: CeremonyCheck[] = [];
  const add = (name: CeremonyCheck["name"], isPassed: boolean, detail: string): void => {
    checks.push({ name, result: isPassed ? "passed" : "failed", detail });
  };
  const isWhole = problem === undefined && lengthBytes === transcript.length;
  add(
    "chain",
    isWhole,
    problem === undefined
      ? isWhole
        ? `${String(entries.length)} lines`
        : "the last line was cut"
      : `line ${String(problem.index + 1)}${problem.step === undefined ? "" : `, step ${problem.step},`} is ${problem.reason}`,
  );
  const [begin] = entries;
  if (begin?.kind !== "begin") {
    add("steps", false, "it has no beginning");
    return { isValid: false, digest, checks };
  }
  checks.push(...stepChecks(begin.script, entries));
  if (begin.is_rehearsal)
    checks.push({ name: "rehearsal", result: "noted", detail: "a rehearsal: it made nothing that counts" });
  const listed = signaturesShape.safeParse(signatures).data?.signatures ?? [];
  for (const { id } of begin.script.participants) {
    const found = listed.find(({ participant }) => participant === id);
    const outcome =
      found === undefined
        ? "did not sign"
        : signatureProblem(found, { id, digest, count: entries.length }, anchors);
    add("signature", outcome === undefined, `${id} (${begin.participants[id] ?? ""}) ${outcome ?? "signed"}`);
  }
  return { isValid: checks.every(({ result }) => result !== "failed"), digest, checks };
}

function stepChecks({ steps }: CeremonyScript, entries: readonly TranscriptEntry[]): CeremonyCheck[] {
  const done = entries.flatMap((entry) => (entry.kind === "step-done" ? [entry.step] : []));
  const isInOrder = done.join() === steps.map(({ id }) => id).join() && entries.at(-1)?.kind === "end";
  const missing = steps.find(({ id }, at) => done[at] !== id);
  const deviations = entries.flatMap((entry) => (entry.kind === "deviation" ? [entry] : []));
  const odd = steps.find(({ id }) => {
    const last = entries.filter((entry) => entry.kind === "command").findLast((entry) => entry.step === id);
    return last?.is_expected === false && !deviations.some((entry) => entry.step === id);
  });
  const unsigned = steps.find((step) =>
    lacksInitials(
      step,
      entries,
      deviations.some((entry) => entry.step === step.id),
    ),
  );
  return [
    {
      name: "steps",
      result: isInOrder ? "passed" : "failed",
      detail: isInOrder
        ? `${String(done.length)} steps, in their order`
        : `step ${missing?.id ?? "end"} was not done in its place`,
    },
    {
      name: "expected",
      result: odd === undefined && unsigned === undefined ? "passed" : "failed",
      detail:
        odd !== undefined
          ? `step ${odd.id} had another result, and nobody noted why`
          : unsigned !== undefined
            ? `step ${unsigned.id} lacks initials`
            : "every result is the one that the script expects",
    },
    ...deviations.map((entry): CeremonyCheck => ({
      name: "deviations",
      result: "noted",
      detail: `step ${entry.step}: ${entry.text}`,
    })),
  ];
}

function lacksInitials(
  { id, initials }: CeremonyScript["steps"][number],
  entries: readonly TranscriptEntry[],
  hasDeviation: boolean,
): boolean {
  if (hasDeviation) return false;
  return initials.some(
    (participant) =>
      !entries.some(
        (entry) => entry.kind === "initials" && entry.step === id && entry.participant === participant,
      ),
  );
}

/** Undefined if the signature is good and says this transcript. */
function signatureProblem(
  { statement, signature }: CeremonySignatures["signatures"][number],
  expected: { readonly id: string; readonly digest: string; readonly count: number },
  anchors: readonly Certificate[],
): string | undefined {
  const bytes = bytesOfBase64(statement);
  const said = statementOf(bytes);
  if (said === undefined) return "signed no statement of a ceremony";
  if (said.participant !== expected.id) return "signed as somebody else";
  if (said.transcript !== expected.digest || said.entries !== expected.count)
    return "signed another transcript: its last line was changed, or lines were added";
  const certificate = signerOf(bytesOfBase64(signature));
  if (certificate === undefined) return "has a signature without a certificate";
  const { isValid, detail } = verifyStatement({
    bytes,
    signature: bytesOfBase64(signature),
    certificate,
    intermediates: [],
    anchors,
    at: new Date(said.at),
  });
  return isValid ? undefined : detail;
}

function statementOf(bytes: Uint8Array): z.infer<typeof statementShape> | undefined {
  try {
    const read: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return documentDigest(canonicalBytes(read)) === documentDigest(bytes)
      ? statementShape.safeParse(read).data
      : undefined;
  } catch {
    // Not JSON in UTF-8, or without a canonical form.
    return undefined;
  }
}

/** The certificate that the signer is identified by; verifying holds the signature against it. */
function signerOf(signature: Uint8Array): Certificate | undefined {
  try {
    const signedData = parseSignedData(signature);
    const [signer] = signedData.signers;
    const { certificates } = embeddedCertificates(signedData);
    return signer === undefined
      ? undefined
      : certificates.find((each) => isIdentifiedBy(each, signer.identifier));
  } catch (cause) {
    if (cause instanceof CmsError) return undefined;
    throw cause;
  }
}
