import { base64Of, bytesOfBase64 } from "@yinxin/crypto/bytes";
import { CmsError, embeddedCertificates, isIdentifiedBy, parseSignedData } from "@yinxin/crypto/cms";
import type { Certificate } from "@yinxin/crypto/x509";
import { canonicalBytes, documentDigest, verifyStatement } from "@yinxin/service-kit/approvals";
import { z } from "zod";

import type { Bilingual } from "../terminal/index.ts";
import type { CeremonyCheck } from "./ceremony-check.ts";
import type { CeremonyScript } from "./ceremony-script.ts";
import { checkSteps } from "./verify-steps.ts";
import { readTranscript } from "./transcript.ts";
import type { TranscriptReading } from "./transcript.ts";

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

export interface CeremonyVerification {
  readonly isValid: boolean;
  readonly digest: string;
  readonly checks: readonly CeremonyCheck[];
}

/**
 * Proves a transcript from its two files and the officers' roots: the chain of lines, every step done in its order and as expected or with a
 * deviation noted, and a signature of each participant over the whole, by as many keys (ETSI EN 319 122-1 §6.3). Never throws for bad input.
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
    const detail = { zh: "没有开头", en: "it has no beginning" };
    return { isValid: false, digest, checks: [chain, { name: "steps", result: "failed", detail }] };
  }
  const listed = signaturesShape.safeParse(signatures).data?.signatures ?? [];
  const checks = [
    chain,
    ...checkSteps(begin, entries),
    ...(begin.is_rehearsal ? [rehearsal] : []),
    ...signatureChecks(begin, listed, { digest, count: entries.length }, anchors),
  ];
  return { isValid: checks.every(({ result }) => result !== "failed"), digest, checks };
}

const rehearsal: CeremonyCheck = {
  name: "rehearsal",
  result: "noted",
  detail: { zh: "这是彩排，没有产生任何有效的东西", en: "a rehearsal: it made nothing that counts" },
};

function chainCheck({ entries, problem, lengthBytes }: TranscriptReading, sizeBytes: number): CeremonyCheck {
  const failed = (detail: Bilingual): CeremonyCheck => ({ name: "chain", result: "failed", detail });
  if (problem !== undefined) {
    const line = String(problem.index + 1);
    const step =
      problem.step === undefined
        ? { zh: "", en: "" }
        : { zh: `（步骤 ${problem.step}）`, en: `, step ${problem.step},` };
    const how = { malformed: "不成格式", changed: "被改动过", cut: "被截断" }[problem.reason];
    return failed({ zh: `第 ${line} 行${step.zh}${how}`, en: `line ${line}${step.en} is ${problem.reason}` });
  }
  if (lengthBytes !== sizeBytes) return failed({ zh: "最后一行被截断", en: "the last line was cut" });
  const count = String(entries.length);
  return { name: "chain", result: "passed", detail: { zh: `${count} 行`, en: `${count} lines` } };
}

type Signature = CeremonySignatures["signatures"][number];
interface Said {
  readonly digest: string;
  readonly count: number;
}

/** Nobody stands for two: what one key signed twice is good for the first only. */
function signatureChecks(
  {
    script,
    participants,
  }: { readonly script: CeremonyScript; readonly participants: Readonly<Record<string, string>> },
  listed: readonly Signature[],
  said: Said,
  anchors: readonly Certificate[],
): CeremonyCheck[] {
  const keys = new Map<string, string>();
  return script.participants.map(({ id }): CeremonyCheck => {
    const found = listed.find(({ participant }) => participant === id);
    const outcome = found === undefined ? unsigned : judge(found, { id, ...said }, anchors);
    const other = "key" in outcome ? keys.get(outcome.key) : undefined;
    if ("key" in outcome && other === undefined) keys.set(outcome.key, id);
    const words =
      other === undefined
        ? outcome.words
        : { zh: `签名用的是 ${other} 的密钥`, en: `signed with the key of ${other}` };
    const name = participants[id] ?? "";
    return {
      name: "signature",
      result: "key" in outcome && other === undefined ? "passed" : "failed",
      detail: { zh: `${id}（${name}）${words.zh}`, en: `${id} (${name}) ${words.en}` },
    };
  });
}

type Judged = { readonly words: Bilingual } | { readonly words: Bilingual; readonly key: string };

const unsigned: Judged = { words: { zh: "未签名", en: "did not sign" } };

/** The key that signed, if the signature is good and says this transcript. */
function judge(
  { statement, signature }: Signature,
  expected: Said & { readonly id: string },
  anchors: readonly Certificate[],
): Judged {
  const bytes = bytesOfBase64(statement);
  const said = statementOf(bytes);
  if (said === undefined)
    return { words: { zh: "签署的不是仪式声明", en: "signed no statement of a ceremony" } };
  if (said.participant !== expected.id)
    return { words: { zh: "以他人名义签署", en: "signed as somebody else" } };
  if (said.transcript !== expected.digest || said.entries !== expected.count)
    return {
      words: {
        zh: "签署的是另一份记录：最后一行被改动，或有增加的行",
        en: "signed another transcript: its last line was changed, or lines were added",
      },
    };
  const certificate = signerOf(bytesOfBase64(signature));
  if (certificate === undefined)
    return { words: { zh: "签名中没有证书", en: "has a signature without a certificate" } };
  const { isValid, detail, clause } = verifyStatement({
    bytes,
    signature: bytesOfBase64(signature),
    certificate,
    intermediates: [],
    anchors,
    at: new Date(said.at),
  });
  if (!isValid) return { words: { zh: `签名无效（${clause ?? "RFC 5652 §5"}）`, en: detail } };
  return { words: { zh: "已签名", en: "signed" }, key: base64Of(certificate.publicKey) };
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
