import { hexOf } from "@yinxin/crypto/bytes";
import { verifySignature } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";

import type { Bilingual } from "./conformance-row.ts";
import { nonceTrace } from "./nonce-trace.ts";
import { sentenceOf, testMessage } from "./trial.ts";

export interface Load {
  readonly signers: readonly Signer[];
  readonly inFlight: number;
  /** Whether another signature is asked for, after so many were. */
  readonly goesOn: (asked: number) => boolean;
  /** Called after each answer, with how many there were; may disturb the device. */
  readonly onAnswer?: (answered: number) => void;
}

/** What came back. Every request has one answer, the right one for its own message, or the store failed. */
export interface LoadResult {
  readonly asked: number;
  readonly right: number;
  /** Answers that are signatures over something else, or over nothing. */
  readonly wrong: number;
  /** Answers that another request had as well. */
  readonly repeated: number;
  /** Right answers that were made with the random number of another one. */
  readonly sameNonce: number;
  readonly lost: readonly string[];
  readonly answers: readonly Answer[];
}

export interface Answer {
  /** By `performance.now()`. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** Keeps so many signatures in flight, each over a message of its own, and verifies every answer. */
export async function signUnderLoad({ signers, inFlight, goesOn, onAnswer }: Load): Promise<LoadResult> {
  const lost: string[] = [];
  const answers: Answer[] = [];
  const seen = new Set<string>();
  const nonces = new Set<string>();
  let asked = 0;
  let right = 0;
  let sameNonce = 0;
  const takeRight = (signed: Parameters<typeof nonceTrace>[0]): void => {
    right += 1;
    const trace = nonceTrace(signed);
    if (trace === undefined) return;
    const name = `${hexOf(signed.publicKey)} ${trace}`;
    if (nonces.has(name)) sameNonce += 1;
    nonces.add(name);
  };
  const worker = async (): Promise<void> => {
    while (goesOn(asked)) {
      const signer = signers[asked % signers.length];
      const message = testMessage(`message ${String(asked)}`);
      asked += 1;
      if (signer === undefined) return;
      const askedAt = performance.now();
      try {
        const signature = await signer.sign({ message });
        answers.push({ askedAt, answeredAt: performance.now() });
        seen.add(hexOf(signature));
        const { algorithm, publicKey } = signer;
        const signed = { algorithm, publicKey, message, signature };
        if (verifySignature(signed)) takeRight(signed);
        onAnswer?.(answers.length);
      } catch (cause) {
        lost.push(sentenceOf(cause));
        // A store that refuses at once must not keep this loop from ever ending.
        if (lost.length > maximumLost) return;
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const { length: answered } = answers;
  return { asked, right, wrong: answered - right, repeated: answered - seen.size, sameNonce, lost, answers };
}

/** Enough to see what goes wrong. */
const maximumLost = 64;

/** What is wrong with a result; undefined if every request was answered once and rightly. */
export function problemOfLoad({
  asked,
  wrong,
  repeated,
  sameNonce,
  lost,
}: LoadResult): Bilingual | undefined {
  if (lost.length > 0) {
    const [first = ""] = lost;
    const counts = `${String(lost.length)} / ${String(asked)}`;
    return { en: `lost ${counts}, the first by ${first}`, zh: `丢失 ${counts}，首个原因：${first}` };
  }
  if (wrong > 0) {
    const counts = `${String(wrong)} / ${String(asked)}`;
    return { en: `signatures that do not verify: ${counts}`, zh: `签名验证不通过：${counts}` };
  }
  if (repeated > 0) {
    const counts = `${String(repeated)} / ${String(asked)}`;
    return {
      en: `the same signature for different messages: ${counts}`,
      zh: `不同消息得到相同签名：${counts}`,
    };
  }
  if (sameNonce > 0) {
    const counts = `${String(sameNonce)} / ${String(asked)}`;
    return {
      en: `a random number used twice, which gives the private key away: ${counts}`,
      zh: `随机数重复使用，私钥可被推算：${counts}`,
    };
  }
  return undefined;
}
