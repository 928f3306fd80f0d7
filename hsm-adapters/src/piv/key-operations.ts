import { concatBytes } from "@yinxin/crypto/bytes";
import { DerError, parseDer, readChildren, readInteger } from "@yinxin/crypto/der";

import type { DecryptRequest, SignRequest } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import { exchangeChecked, instructions } from "./apdu.ts";
import type { CardChannel } from "./apdu.ts";
import type { CardKey } from "./card-keys.ts";
import { messageOfOaep, padForSigning } from "./rsa-padding.ts";
import { findTlv, tlv } from "./tlv.ts";

/** The members of a dynamic authentication template (SP 800-73-4 Part 2 §3.2.4, table 7). */
const tags = { template: 0x7c, challenge: 0x81, response: 0x82, exponentiation: 0x85 } as const;

/** Signs a digest: ECDSA as r ‖ s, RSA with the padding made here. */
export async function signWith(
  channel: CardChannel,
  card: CardKey,
  { algorithm, input }: SignRequest,
  randomBytes: (length: number) => Uint8Array,
): Promise<Uint8Array> {
  const { kind, bits } = card.algorithm;
  if (kind === "rsa") {
    return authenticate(channel, card, tags.challenge, padForSigning(algorithm, input, bits, randomBytes));
  }
  return plainSignature(await authenticate(channel, card, tags.challenge, input), bits / 8);
}

/** @throws KeyStoreError `algorithm-not-supported`, `vendor-error` for a ciphertext that is not for this key. */
export async function decryptWith(
  channel: CardChannel,
  card: CardKey,
  request: DecryptRequest,
): Promise<Uint8Array> {
  const { kind, bits } = card.algorithm;
  if (request.kind === "ecdh-p256" && kind === "ec" && bits === 256) {
    return authenticate(channel, card, tags.exponentiation, request.peer);
  }
  if (request.kind === "rsa-oaep" && kind === "rsa" && request.ciphertext.length === bits / 8) {
    const block = await authenticate(channel, card, tags.challenge, request.ciphertext);
    try {
      return messageOfOaep(request.digest, block);
    } finally {
      block.fill(0);
    }
  }
  throw new KeyStoreError(
    "algorithm-not-supported",
    `${card.key.uri} does not decrypt ${request.kind} like this`,
  );
}

/** GENERAL AUTHENTICATE with an empty response, which the card fills. */
async function authenticate(
  channel: CardChannel,
  { slot, algorithm }: CardKey,
  tag: number,
  value: Uint8Array,
): Promise<Uint8Array> {
  const answer = await exchangeChecked(channel, {
    name: "GENERAL AUTHENTICATE",
    instruction: instructions.generalAuthenticate,
    parameters: [algorithm.identifier, slot.reference],
    data: tlv(tags.template, tlv(tags.response), tlv(tag, value)),
  });
  return findTlv(findTlv(answer, tags.template) ?? new Uint8Array(), tags.response) ?? new Uint8Array();
}

/** r ‖ s of an Ecdsa-Sig-Value (RFC 3279 §2.2.3); what is none is passed on as it is, and does not verify. */
function plainSignature(signature: Uint8Array, length: number): Uint8Array {
  try {
    const [r, s] = readChildren(parseDer(signature)).map(readInteger);
    return concatBytes(octetsOf(r ?? -1n, length), octetsOf(s ?? -1n, length));
  } catch (cause) {
    if (cause instanceof DerError || cause instanceof RangeError) return signature;
    throw cause;
  }
}

function octetsOf(value: bigint, length: number): Uint8Array {
  if (value < 0n || value >= 1n << BigInt(8 * length)) throw new RangeError("not a coordinate");
  const digits = value.toString(16).padStart(2 * length, "0");
  return Uint8Array.from({ length }, (_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}
