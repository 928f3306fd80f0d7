export interface SealType {
  /** The type's name in the regulations; it stands on the face of every seal but the organization's own. */
  readonly name: string;
  /** Whether an organization has at most one that is not revoked. */
  readonly isSingle: boolean;
}

/**
 * The types of round organization seals we make, by the number that the national platform gives them. Personal name
 * seals (0, 5) have another shape and are not made here.
 */
export const sealTypes = {
  1: { name: "法定名称章", isSingle: true },
  2: { name: "财务专用章", isSingle: false },
  3: { name: "发票专用章", isSingle: false },
  4: { name: "合同专用章", isSingle: false },
  6: { name: "业务专用章", isSingle: false },
} as const satisfies Record<number, SealType>;

export type SealTypeNumber = keyof typeof sealTypes;

export const sealTypeNumbers = Object.keys(sealTypes).map(Number) as readonly SealTypeNumber[];

/** What such a seal is called if nobody names it: the organization's name, and for what the seal is unless it is for all. */
export function sealNameOf(organizationName: string, type: SealTypeNumber): string {
  return organizationName + (faceLineOf(type) ?? "");
}

/** The horizontal line on the face; the seal of the legal name has none. */
export function faceLineOf(type: SealTypeNumber): string | undefined {
  return type === 1 ? undefined : sealTypes[type].name;
}
