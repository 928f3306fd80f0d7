import { hexOf } from "@yinxin/crypto/bytes";

import { exchange, instructions, success } from "./apdu.ts";
import type { CardChannel } from "./apdu.ts";
import { objectTags, pivApplication } from "./piv-slots.ts";
import { findTlv, tagOctets, tlv } from "./tlv.ts";

/** Who a card is, asked with no PIN. */
export interface CardIdentity {
  /** The first names the card in URIs; the others find it too. */
  readonly serials: readonly string[];
  /** `5.4.3` for a YubiKey; undefined for other cards, which do not say. */
  readonly yubikeyVersion?: string;
}

/** Selects the PIV application; undefined if the card has none. */
export async function selectPiv(channel: CardChannel): Promise<CardIdentity | undefined> {
  const { status } = await exchange(channel, {
    name: "SELECT",
    instruction: instructions.select,
    parameters: [0x04, 0x00],
    data: pivApplication,
  });
  return status === success ? readIdentity(channel) : undefined;
}

/** The value of an object; undefined if it is not there, or not for us to read. */
export async function readObject(channel: CardChannel, tag: number): Promise<Uint8Array | undefined> {
  const { data, status } = await exchange(channel, {
    name: "GET DATA",
    instruction: instructions.getData,
    parameters: [0x3f, 0xff],
    data: tlv(0x5c, tagOctets(tag)),
  });
  return status === success ? data : undefined;
}

async function readIdentity(channel: CardChannel): Promise<CardIdentity> {
  const version = await askYubikey(channel, instructions.yubikeyVersion);
  const number = await askYubikey(channel, instructions.yubikeySerial);
  const chuid = findTlv((await readObject(channel, objectTags.chuid)) ?? new Uint8Array(), 0x53);
  // The GUID names the card (SP 800-73-4 Part 1 §3.1.2), where it was set.
  const candidates = [guidIn(chuid), number === undefined ? undefined : decimalOf(number)];
  return {
    serials: candidates.filter((serial) => serial !== undefined),
    ...(version === undefined ? {} : { yubikeyVersion: version.join(".") }),
  };
}

async function askYubikey(channel: CardChannel, instruction: number): Promise<Uint8Array | undefined> {
  const name = "a question of YubiKeys";
  const { data, status } = await exchange(channel, { name, instruction, parameters: [0, 0] });
  return status === success && data.length > 0 ? data : undefined;
}

/** In hexadecimal; undefined for one that was never set. */
function guidIn(chuid: Uint8Array | undefined): string | undefined {
  const guid = chuid === undefined ? undefined : findTlv(chuid, 0x34);
  return guid?.some((octet) => octet !== 0) === true ? hexOf(guid) : undefined;
}

function decimalOf(octets: Uint8Array): string {
  return BigInt(`0x${hexOf(octets)}`).toString();
}
