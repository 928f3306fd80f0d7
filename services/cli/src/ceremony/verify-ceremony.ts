import { bytesOfBase64 } from "@yinxin/crypto/bytes";
import { CmsError, embeddedCertificates, isIdentifiedBy, parseSignedData } from "@yinxin/crypto/cms";
import type { Certificate } from "@yinxin/crypto/x509";
import { canonicalBytes, documentDigest, verifyStatement } from "@yinxin/service-kit/approvals";
import { z } from "zod";

import type { CeremonyScript } from "./ceremony-script.ts";
import { readTranscript } from "./transcript.ts";
import type { TranscriptEntry, TranscriptReading } from "./transcript.ts";

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
  const reading = readTranscript(transcript);
  const { entries, digest } = reading;
  const chain = chainCheck(reading, transcript.length);
  const [begin] = entries;
  if (begin?.kind !== "begin") {
    const nothing: CeremonyCheck = { name: "steps", result: "failed", detail: "it has no beginning" };
    return { isValid: false, digest, checks: [chain, nothing] };
  }
  const listed = signaturesShape.safeParse(signatures).data?.signatures ?? [];
  const checks = [
    chain,
    ...stepChecks(begin.script, entries),
    ...(begin.is_rehearsal ? [rehearsal] : []),
    ...begin.script.participants.map(({ id }): CeremonyCheck => {
      const found = listed.find(({ participant }) => participant === id);
      const outcome =
        found === undefined
          ? "did not sign"
          : signatureProblem(found, { id, digest, count: entries.length }, anchors);
      const detail = `${id} (${begin.participants[id] ?? ""}) ${outcome ?? "signed"}`;
      return { name: "signature", result: outcome === undefined ? "passed" : "failed", detail };
    }),
  ];
  return { isValid: checks.every(({ result }) => result !== "failed"), digest, checks };
}

const rehearsal: CeremonyCheck = {
  name: "rehearsal",
  result: "noted",
  detail: "a rehearsal: it made nothing that counts",
};

function chainCheck({ entries, problem, lengthBytes }: TranscriptReading, sizeBytes: number): CeremonyCheck {
  if (problem !== undefined) {
    const step = problem.step === undefined ? "" : `, step ${problem.step},`;
    const detail = `line ${String(problem.index + 1)}${step} is ${problem.reason}`;
    return { name: "chain", result: "failed", detail };
  }
  if (lengthBytes !== sizeBytes) return { name: "chain", result: "failed", detail: "the last line was cut" };
  return { name: "chain", result: "passed", detail: `${String(entries.length)} lines` };
}

function stepChecks(script: CeremonyScript, entries: readonly TranscriptEntry[]): CeremonyCheck[] {
  const deviations = entries.flatMap((entry) => (entry.kind === "deviation" ? [entry] : []));
  const departed = new Set(deviations.map(({ step }) => step));
  return [
    orderCheck(script, entries),
    resultCheck(script, entries, departed),
    ...deviations.map(({ step, text }): CeremonyCheck => ({
      name: "deviations",
      result: "noted",
      detail: `step ${step}: ${text}`,
    })),
  ];
}

function orderCheck({ steps }: CeremonyScript, entries: readonly TranscriptEntry[]): CeremonyCheck {
  const done = entries.flatMap((entry) => (entry.kind === "step-done" ? [entry.step] : []));
  const missing = steps.find(({ id }, at) => done[at] !== id)?.id;
  const isWhole = missing === undefined && done.length === steps.length && entries.at(-1)?.kind === "end";
  if (isWhole)
    return { name: "steps", result: "passed", detail: `${String(done.length)} steps, in their order` };
  return { name: "steps", result: "failed", detail: `step ${missing ?? "end"} was not done in its place` };
}

function resultCheck(
  { steps }: CeremonyScript,
  entries: readonly TranscriptEntry[],
  departed: ReadonlySet<string>,
): CeremonyCheck {
  const asWritten = steps.filter(({ id }) => !departed.has(id));
  const commands = entries.flatMap((entry) => (entry.kind === "command" ? [entry] : []));
  const odd = asWritten.find(({ id }) => commands.findLast(({ step }) => step === id)?.is_expected === false);
  if (odd !== undefined)
    return {
      name: "expected",
      result: "failed",
      detail: `step ${odd.id} had another result, and nobody noted why`,
    };
  const unsigned = asWritten.find((step) => lacksInitials(step, entries));
  if (unsigned !== undefined)
    return { name: "expected", result: "failed", detail: `step ${unsigned.id} lacks initials` };
  return { name: "expected", result: "passed", detail: "every result is the one that the script expects" };
}

function lacksInitials(
  { id, initials }: CeremonyScript["steps"][number],
  entries: readonly TranscriptEntry[],
): boolean {
  const given = entries.flatMap((entry) =>
    entry.kind === "initials" && entry.step === id ? [entry.participant] : [],
  );
  return initials.some((participant) => !given.includes(participant));
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
