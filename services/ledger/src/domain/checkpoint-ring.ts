import type { RingDeclaration } from "@yinxin/service-kit/key-rings";

/** The purpose of the keys that sign the log's checkpoints. */
export const checkpointRing = "ledger.checkpoint";

const daySeconds = 86_400;

/** A log's key is long-lived: people pin it. Its successor is proved by the log itself, so caches need little time. */
export const checkpointRingDeclaration: RingDeclaration = {
  purpose: checkpointRing,
  title: { zh: "底账检查点", en: "Checkpoints of the ledger" },
  // Go's note package and the witnesses of C2SP know Ed25519.
  algorithm: "Ed25519",
  cryptoPeriodDays: 3 * 365,
  // Whoever follows the log reads it daily and finds the announcement there before the old key stops.
  propagationSeconds: daySeconds,
  // No overlap is given: what the key signed is verified for ever, so its public part is shown for ever.
  plan: "log-key",
  adopt: "ledger.checkpoint",
};
