/** How many signatures may still be judged: of signers, counter-signers and time stampers together. */
export interface Allowance {
  /** Takes one; false when none is left. */
  take(): boolean;
}

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
    take: () => {
      left -= 1;
      return left >= 0;
    },
  };
}

/** What both allow. */
export function lesserAllowance(one: Allowance, other: Allowance | undefined): Allowance {
  return { take: () => one.take() && (other?.take() ?? true) };
}
