import { equalBytes } from "@yinxin/crypto/bytes";
import { DerError } from "@yinxin/crypto/der";
import { parseCertificate, X509Error } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";

import type { DeviceKey } from "../driver/index.ts";
import { KeyStoreError, writeKeyUri } from "../key-store/index.ts";
import type { KeyAttributes } from "../key-store/index.ts";
import type { CardChannel } from "./apdu.ts";
import { readObject } from "./card-identity.ts";
import type { CardIdentity } from "./card-identity.ts";
import { readCertificateObject } from "./certificate-object.ts";
import type { CertificateObject } from "./certificate-object.ts";
import { readMetadata } from "./metadata.ts";
import type { CardMetadata } from "./metadata.ts";
import { algorithmOfKey, pivAlgorithms, publicKeyOf } from "./piv-algorithms.ts";
import type { PivAlgorithm } from "./piv-algorithms.ts";
import { pivSlots } from "./piv-slots.ts";
import type { PivSlot } from "./piv-slots.ts";
import { isPlaceholder } from "./placeholder-certificate.ts";

/** A key on the card, with all that is needed to use it. */
export interface CardKey {
  readonly slot: PivSlot;
  readonly algorithm: PivAlgorithm;
  readonly key: DeviceKey;
  /** DER; absent if none was issued yet. */
  readonly certificate?: Uint8Array;
}

export interface CardContents {
  readonly keys: readonly CardKey[];
  /** Slots where the card shows nothing; without metadata, a key may be in one all the same. */
  readonly freeSlots: readonly string[];
}

/**
 * Reads every slot. A public key is known from the certificate beside it, or from a YubiKey's metadata; a slot with neither looks
 * free. What others left there and cannot be read as a certificate is no key for us, and its slot is not free.
 */
export async function readContents(channel: CardChannel, identity: CardIdentity): Promise<CardContents> {
  const keys: CardKey[] = [];
  const freeSlots: string[] = [];
  for (const slot of pivSlots) {
    const found = await readSlot(channel, identity, slot);
    if (found === "free") freeSlots.push(slot.name);
    else if (found !== "no key") keys.push(found);
  }
  return { keys, freeSlots };
}

async function readSlot(
  channel: CardChannel,
  identity: CardIdentity,
  slot: PivSlot,
): Promise<CardKey | "free" | "no key"> {
  const answer = await readObject(channel, slot.certificateTag);
  try {
    const metadata = await readMetadata(channel, slot.reference);
    const object = typeof answer === "string" ? undefined : readCertificateObject(answer);
    const certificate = object === undefined ? undefined : readableCertificate(object.certificate);
    const publicKey = publicKeyIn(metadata, certificate);
    if (publicKey !== undefined) {
      return cardKey(identity, slot, { publicKey, certificate, metadata, object }) ?? "no key";
    }
    return object === undefined && metadata === undefined && answer !== "hidden" ? "free" : "no key";
  } catch (cause) {
    // One slot that holds nonsense must not hide the others.
    if (isNonsense(cause)) return "no key";
    throw cause;
  }
}

/** What was read is nothing that belongs there; a failed exchange has the number of what failed. */
function isNonsense(cause: unknown): boolean {
  if (cause instanceof DerError) return true;
  return cause instanceof KeyStoreError && cause.code === "device-error" && cause.facts.vendor === undefined;
}

interface Found {
  readonly publicKey: Uint8Array;
  readonly certificate?: Certificate | undefined;
  readonly metadata?: CardMetadata | undefined;
  readonly object?: CertificateObject | undefined;
}

function cardKey(identity: CardIdentity, slot: PivSlot, found: Found): CardKey | undefined {
  const { publicKey, certificate } = found;
  const algorithm = algorithmOfKey(publicKey);
  if (algorithm === undefined) return undefined;
  const signs = canSign(identity, slot) ? algorithm.signs : [];
  const key: DeviceKey = {
    uri: writeKeyUri("piv", { serial: identity.serials[0] ?? "", slot: slot.name }),
    label: labelOf(slot, found),
    publicKey,
    attributes: attributesOf(slot, found),
    mechanisms: signs.map((row) => ({ algorithm: row, takes: "digest" })),
    decrypts: slot.isForDecryption && (algorithm.kind === "rsa" || algorithm.bits === 256),
  };
  const isIssued = certificate !== undefined && !isPlaceholder(certificate);
  return { slot, algorithm, key, ...(isIssued ? { certificate: certificate.raw } : {}) };
}

/** The one that was given here, else whom the certificate names. */
function labelOf(slot: PivSlot, { object, certificate }: Found): string {
  return object?.label ?? commonNameOf(certificate) ?? `slot ${slot.name}`;
}

function attributesOf(slot: PivSlot, { metadata, object }: Found): KeyAttributes {
  // That it was made here is known from the card, or from the mark that this driver leaves.
  const isMade = metadata?.isGenerated ?? object?.isOurs ?? false;
  return {
    // No PIV card gives a private key out (SP 800-73-4 Part 2 §3 has no command for it).
    extractable: false,
    alwaysSensitive: true,
    alwaysAuthenticate: metadata?.isAlwaysAuthenticated ?? slot.isAlwaysAuthenticated,
    ...(isMade ? { local: true, neverExtractable: true } : {}),
  };
}

/** A YubiKey signs with every slot; a card by the standard only decrypts with keys for key management. */
export function canSign({ yubikeyVersion }: CardIdentity, { isForDecryption }: PivSlot): boolean {
  return yubikeyVersion !== undefined || !isForDecryption;
}

/** The card's own word, if it says one. A certificate for another key must not lend its key to the slot. */
function publicKeyIn(
  metadata: CardMetadata | undefined,
  certificate: Certificate | undefined,
): Uint8Array | undefined {
  const algorithm = pivAlgorithms.find(({ identifier }) => identifier === metadata?.algorithm);
  if (algorithm === undefined || metadata?.publicKey === undefined) return certificate?.publicKey;
  return publicKeyOf(algorithm, metadata.publicKey);
}

function readableCertificate(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch (cause) {
    if (cause instanceof X509Error) return undefined;
    throw cause;
  }
}

function commonNameOf(certificate: Certificate | undefined): string | undefined {
  return certificate?.subject.attributes.find(({ type }) => type === "CN")?.value;
}

/** Whether a certificate is for this key. */
export function isFor(key: CardKey, certificate: Certificate): boolean {
  return equalBytes(certificate.publicKey, key.key.publicKey);
}
