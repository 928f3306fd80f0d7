/** Seals, as far as the ledger needs them; another service has them. */
export interface SealApplier {
  /** Whose seal it is. @throws Refusal `seal-not-found` */
  ownerOf(sealId: string): Promise<{ readonly organizationId: string }>;
  /**
   * The document with the seal on it. Not to be believed before it is verified.
   *
   * @throws Refusal `seal-not-found`, `seal-not-active`
   */
  apply(request: SealApplication): Promise<Uint8Array>;
}

export interface SealApplication {
  readonly sealId: string;
  readonly document: { readonly name: string; readonly content: Uint8Array };
  /** Pages count from 1; the seal's top left corner from that of the page. */
  readonly placement: { readonly page: number; readonly xMm: number; readonly yMm: number };
  readonly reason: string;
}
