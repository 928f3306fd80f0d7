/** What the kind of a frame says on its way back. */
export const answerKinds = {
  /** Plain data. */
  value: 1,
  /** One piece of bytes, without a mark before it. */
  bytes: 2,
  /** A KeyStoreError. */
  error: 3,
  /** Told without having been asked; the call's number is 0. */
  event: 4,
} as const;
