/** A place for a key on a PIV card (SP 800-73-4 Part 1 §4.3, table 3), by its key reference in hexadecimal. */
export interface PivSlot {
  /** As the URI of a key has it: `9c`. */
  readonly name: string;
  readonly reference: number;
  /** Tag of the object that holds its certificate. */
  readonly certificateTag: number;
  /** The card wants the PIN before every signature. */
  readonly isAlwaysAuthenticated: boolean;
  /** A key for key management: it decrypts, and a standard card does not sign with it. */
  readonly isForDecryption: boolean;
}

function slot(reference: number, certificateTag: number, traits: Partial<PivSlot> = {}): PivSlot {
  const name = reference.toString(16);
  return { name, reference, certificateTag, isAlwaysAuthenticated: false, isForDecryption: false, ...traits };
}

const retiredCount = 20;

/** PIV authentication, digital signature, key management, card authentication, and the twenty retired keys for key management. */
export const pivSlots: readonly PivSlot[] = [
  slot(0x9a, 0x5fc105),
  slot(0x9c, 0x5fc10a, { isAlwaysAuthenticated: true }),
  slot(0x9d, 0x5fc10b, { isForDecryption: true }),
  slot(0x9e, 0x5fc101),
  ...Array.from({ length: retiredCount }, (_, index) =>
    slot(0x82 + index, 0x5fc10d + index, { isForDecryption: true }),
  ),
];

/**
 * Where a new key may be put if the configuration does not say: not in 9d, which is for the key that documents are encrypted to,
 * and not in 9e, which needs no PIN.
 */
export const slotsForNewKeys: readonly string[] = pivSlots
  .map(({ name }) => name)
  .filter((name) => name !== "9d" && name !== "9e");

export function slotOf(name: string): PivSlot | undefined {
  return pivSlots.find((known) => known.name === name);
}

/** Tags of objects that are no certificates. */
export const objectTags = { chuid: 0x5fc102, discovery: 0x7e } as const;

/** The PIV card application (SP 800-73-4 Part 1 §2.2), without the version at its end. */
export const pivApplication = Uint8Array.of(0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00);

/** The PIV card application PIN, and the card management key. */
export const keyReferences = { pin: 0x80, management: 0x9b } as const;
