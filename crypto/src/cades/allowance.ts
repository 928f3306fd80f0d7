import type { SignedContent, SignerInfo } from "../cms/index.ts";

/** How many signatures may still be judged: of signers, counter-signers and time stampers together. */
export interface Allowance {
  /** Takes one, or as many as a signature costs; false when there is not enough left. */
  take(count?: number): boolean;
}

/** What a signature over the content itself costs: its digest is not shared, since each key gives it another beginning. */
export function costOf(signer: SignerInfo, content: SignedContent | undefined): number {
  if (signer.signedAttributes !== undefined || content === undefined) return 1;
  return 1 + Math.floor(content.lengthBytes / bytesOfOneMore);
}

/** Digested for each certificate that may be the signer's, up to eight: 64 MiB, a fifth of a second. */
const bytesOfOneMore = 8 * 1024 * 1024;

/**
 * Honest messages have under twenty signatures. Anybody may add more that nobody has to have made, and each costs some
 * verifications and a search for a path.
 */
export const mostSignaturesOfMessage = 64;

/** In all messages of one document together, which has up to a hundred: some seconds at worst. */
export const mostSignaturesOfDocument = 400;

export function createAllowance(count: number): Allowance {
  let left = count;
  return {
    take: (count = 1) => {
      left -= count;
      return left >= 0;
    },
  };
}

/** What both allow. */
export function lesserAllowance(one: Allowance, other: Allowance | undefined): Allowance {
  return { take: (count) => one.take(count) && (other?.take(count) ?? true) };
}
