import { exchange, instructions, success } from "./apdu.ts";
import type { CardChannel } from "./apdu.ts";
import { readTlvs } from "./tlv.ts";

/** What a YubiKey (from version 5.3) says of a key or a PIN; every other card says nothing. */
export interface CardMetadata {
  readonly algorithm?: number;
  /** The PIN is wanted before every signature. */
  readonly isAlwaysAuthenticated: boolean;
  /** Made on the card. */
  readonly isGenerated: boolean;
  /** As GENERATE ASYMMETRIC KEY PAIR answers it. */
  readonly publicKey?: Uint8Array;
  /** Still as the factory set it. */
  readonly isDefault: boolean;
}

const tags = { algorithm: 0x01, policy: 0x02, origin: 0x03, publicKey: 0x04, isDefault: 0x05 } as const;
const pinPolicyAlways = 3;
const originGenerated = 1;

/** Undefined if the card has no metadata, or nothing at this key reference. */
export async function readMetadata(
  channel: CardChannel,
  reference: number,
): Promise<CardMetadata | undefined> {
  const { data, status } = await exchange(channel, {
    name: "GET METADATA",
    instruction: instructions.yubikeyMetadata,
    parameters: [0, reference],
  });
  if (status !== success) return undefined;
  const values = new Map(readTlvs(data).map(({ tag, value }) => [tag, value]));
  const first = (tag: number): number | undefined => values.get(tag)?.[0];
  const [algorithm, publicKey] = [first(tags.algorithm), values.get(tags.publicKey)];
  return {
    isAlwaysAuthenticated: first(tags.policy) === pinPolicyAlways,
    isGenerated: first(tags.origin) === originGenerated,
    isDefault: first(tags.isDefault) === 1,
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(publicKey === undefined ? {} : { publicKey }),
  };
}
