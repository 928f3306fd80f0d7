import { hexOf } from "@yinxin/crypto/bytes";

import { KeyStoreError } from "../key-store/index.ts";
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
  return (await selectApplication(channel)) ? readIdentity(channel) : undefined;
}

/**
 * Selects the PIV application, and asks nothing; false if the card has none. If it is selected already, what was proven to it stays
 * proven by the standard (SP 800-73-4 Part 2 §3.1.1), but not with every card.
 */
async function selectApplication(channel: CardChannel): Promise<boolean> {
  const { status } = await exchange(channel, {
    name: "SELECT",
    instruction: instructions.select,
    parameters: [0x04, 0x00],
    data: pivApplication,
  });
  return status === success;
}

/** As {@link selectApplication}. @throws KeyStoreError `session-lost` if PIV cannot be selected. */
export async function ensureSelected(channel: CardChannel): Promise<void> {
  if (await selectApplication(channel)) return;
  throw new KeyStoreError("session-lost", "the card does not let its PIV application be selected");
}

/** YubiKeys say of each slot what is in it since this version. */
const metadataVersion = [5, 3] as const;

/** Whether the card says what a slot holds; undefined metadata then means that it holds nothing. */
export function tellsMetadata({ yubikeyVersion = "0.0" }: CardIdentity): boolean {
  const [major = 0, minor = 0] = yubikeyVersion.split(".").map(Number);
  return major > metadataVersion[0] || (major === metadataVersion[0] && minor >= metadataVersion[1]);
}

/** The value of an object; `absent` if there is none, `hidden` if the card does not say: there may be one. */
export async function readObject(
  channel: CardChannel,
  tag: number,
): Promise<Uint8Array | "absent" | "hidden"> {
  const { data, status } = await exchange(channel, {
    name: "GET DATA",
    instruction: instructions.getData,
    parameters: [0x3f, 0xff],
    data: tlv(0x5c, tagOctets(tag)),
  });
  if (status === success) return data;
  return status === objectNotFound ? "absent" : "hidden";
}

const objectNotFound = 0x6a82;

async function readIdentity(channel: CardChannel): Promise<CardIdentity> {
  const version = await askYubikey(channel, instructions.yubikeyVersion);
  const number = await askYubikey(channel, instructions.yubikeySerial);
  const object = await readObject(channel, objectTags.chuid);
  const chuid = typeof object === "string" ? undefined : findTlv(object, 0x53);
  // The GUID names the card (SP 800-73-4 Part 1 §3.1.2), where it was set.
  const candidates = [guidIn(chuid), number === undefined ? undefined : decimalOf(number)];
  return {
    serials: candidates.filter((serial) => serial !== undefined),
    ...(version === undefined ? {} : { yubikeyVersion: version.join(".") }),
  };
}

/** Of a version or serial number, with room. */
const numberOctets = 8;

async function askYubikey(channel: CardChannel, instruction: number): Promise<Uint8Array | undefined> {
  const name = "a question of YubiKeys";
  const { data, status } = await exchange(channel, { name, instruction, parameters: [0, 0] });
  return status === success && data.length > 0 && data.length <= numberOctets ? data : undefined;
}

const guidOctets = 16;

/** In hexadecimal; undefined for one that was never set, and for what is none. */
function guidIn(chuid: Uint8Array | undefined): string | undefined {
  const guid = chuid === undefined ? undefined : findTlv(chuid, 0x34);
  return guid?.length === guidOctets && guid.some((octet) => octet !== 0) ? hexOf(guid) : undefined;
}

function decimalOf(octets: Uint8Array): string {
  return BigInt(`0x${hexOf(octets)}`).toString();
}
