/**
 * From which state a seal may go to which. A seal is made active; what is revoked stays so for ever, since a signature
 * made before must keep its meaning (《电子印章管理办法》, 国办发〔2025〕33号, art. 17–18).
 */
export const sealTransitions = {
  active: ["suspended", "revoked"],
  suspended: ["active", "revoked"],
  revoked: [],
} as const satisfies Record<string, readonly string[]>;

export type SealStatus = keyof typeof sealTransitions;

export const sealStatuses = Object.keys(sealTransitions) as readonly SealStatus[];

/** Whether the state table has this step. */
export function canMove(from: SealStatus, to: SealStatus): boolean {
  return (sealTransitions[from] as readonly SealStatus[]).includes(to);
}

/** Only an active seal may be applied to a document. */
export function canApply(status: SealStatus): boolean {
  return status === "active";
}
