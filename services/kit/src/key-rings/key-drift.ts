/** A key in the store is not what its ring says, or is in no ring. */
export interface KeyDrift {
  /**
   * `gone`: the store does not have it; `unknown`: no ring has it, or one that says it was destroyed; `extractable`: its private key can be
   * taken out and could not before; `relabelled`: it has another label; `other-public-key`: its URI leads to another key.
   */
  readonly kind: "gone" | "unknown" | "extractable" | "relabelled" | "other-public-key";
  readonly keyUri: string;
  /** Absent for `unknown`. */
  readonly purpose?: string;
  readonly version?: number;
  /** What was expected and found, in words; never a secret. */
  readonly detail: string;
  readonly since: Date;
}
