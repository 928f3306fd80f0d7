import { exchangeChecked, instructions } from "./apdu.ts";
import type { CardChannel } from "./apdu.ts";
import { writeCertificateObject } from "./certificate-object.ts";
import type { CertificateObject } from "./certificate-object.ts";
import { publicKeyOf } from "./piv-algorithms.ts";
import type { PivAlgorithm } from "./piv-algorithms.ts";
import type { PivSlot } from "./piv-slots.ts";
import { placeholderCertificate } from "./placeholder-certificate.ts";
import { findTlv, tagOctets, tlv } from "./tlv.ts";

/**
 * Makes a key pair in a slot, and leaves its public key and label beside it; the management key was proven before.
 *
 * The placeholder follows the key: if the card is pulled in between, the slot holds a key that nobody knows, and still looks free.
 */
export async function makeKey(
  channel: CardChannel,
  slot: PivSlot,
  algorithm: PivAlgorithm,
  label: string,
): Promise<void> {
  const answer = await exchangeChecked(channel, {
    name: "GENERATE ASYMMETRIC KEY PAIR",
    instruction: instructions.generateKeyPair,
    parameters: [0, slot.reference],
    data: tlv(0xac, tlv(0x80, Uint8Array.of(algorithm.identifier))),
  });
  const publicKey = publicKeyOf(algorithm, findTlv(answer, 0x7f49) ?? new Uint8Array());
  await writeCertificate(channel, slot, {
    certificate: placeholderCertificate(label, publicKey),
    isOurs: true,
    label,
  });
}

/** PUT DATA; the management key was proven before. */
export async function writeCertificate(
  channel: CardChannel,
  slot: PivSlot,
  object: CertificateObject,
): Promise<void> {
  await exchangeChecked(channel, {
    name: "PUT DATA",
    instruction: instructions.putData,
    parameters: [0x3f, 0xff],
    data: Uint8Array.of(...tlv(0x5c, tagOctets(slot.certificateTag)), ...writeCertificateObject(object)),
  });
}
