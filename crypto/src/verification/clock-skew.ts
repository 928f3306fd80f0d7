/** Clocks of signer, authority and verifier may differ by this much before a time counts as in the future. */
export const clockSkewMilliseconds = 5 * 60 * 1000;
