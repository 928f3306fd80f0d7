import { concatBytes } from "../bytes/index.ts";
import {
  contextExplicit,
  contextImplicit,
  octetString,
  oid,
  sequence,
  setOf,
  smallInteger,
} from "../der/index.ts";
import type { RandomBytes } from "../pkcs8/index.ts";
import { newContentCipher } from "./content-encryption.ts";
import type { ContentCipher, ContentCipherName } from "./content-encryption.ts";
import { contentTypes } from "./structure-oids.ts";
import { writeRecipient } from "./write-recipient.ts";
import type { EnvelopeForm, Recipient, WrittenRecipient } from "./write-recipient.ts";

/** What is enveloped, and to whom. */
export interface EnvelopeRequest {
  readonly content: Uint8Array;
  /** One or more; each opens it alone. Whether a certificate is to be trusted was judged before. */
  readonly recipients: readonly Recipient[];
  readonly random: RandomBytes;
  /** `cms` if absent. */
  readonly form?: EnvelopeForm;
  /** AES-256-GCM for `cms` and SM4-CBC for `gbt35275` if absent. */
  readonly cipher?: ContentCipherName;
  /** Of what is inside, e.g. SignedData; data if absent. */
  readonly contentType?: string;
}

/**
 * Envelopes octets to all recipients at once: AuthEnvelopedData (RFC 5083) under GCM, EnvelopedData (RFC 5652 §6) under
 * CBC, or the envelopedData of GB/T 35275-2017 §9.
 *
 * A content key is used once. Only GCM lets the receiver notice changes: under CBC, whoever can watch the receiver may
 * learn the content by asking (Vaudenay's attack), so the content must be signed or the channel trusted.
 *
 * @returns a ContentInfo, DER.
 * @throws EnvelopeError `recipient-unfit`.
 * @throws RangeError without recipients, or for GCM in the form of GB/T 35275.
 */
export function envelop(request: EnvelopeRequest): Uint8Array {
  const { content, recipients, random, form = "cms" } = request;
  if (recipients.length === 0) throw new RangeError("an envelope needs a recipient");
  const cipher = newContentCipher(request.cipher ?? defaultCiphers[form], random);
  if (form === "gbt35275" && cipher.isAuthenticated) throw new RangeError("GB/T 35275 has no GCM");
  const contentKey = random(cipher.keyBytes);
  const infos = recipients.map((recipient) => writeRecipient(recipient, contentKey, form, random));
  const { ciphertext, tag } = cipher.encrypt(contentKey, content);
  const encrypted = encryptedContentInfo(request.contentType ?? dataTypes[form], cipher, ciphertext);
  const members = [setOf(...infos.map(({ info }) => info)), encrypted];
  if (cipher.isAuthenticated) {
    return contentInfo(contentTypes.authEnvelopedData, smallInteger(0), ...members, octetString(tag));
  }
  const type = form === "cms" ? contentTypes.envelopedData : contentTypes.nationalEnvelopedData;
  return contentInfo(type, smallInteger(versionOf(form, infos)), ...members);
}

const defaultCiphers: Readonly<Record<EnvelopeForm, ContentCipherName>> = {
  cms: "AES-256-GCM",
  gbt35275: "SM4-CBC",
};

const dataTypes: Readonly<Record<EnvelopeForm, string>> = {
  cms: contentTypes.data,
  gbt35275: contentTypes.nationalData,
};

/** RFC 5652 §6.1: 0 if all recipients have version 0, otherwise 2. GB/T 35275-2017 §9.1: 1. */
function versionOf(form: EnvelopeForm, infos: readonly WrittenRecipient[]): number {
  if (form === "gbt35275") return 1;
  return infos.every(({ version }) => version === 0) ? 0 : 2;
}

function encryptedContentInfo(type: string, cipher: ContentCipher, ciphertext: Uint8Array): Uint8Array {
  return sequence(oid(type), cipher.algorithm, contextImplicit(0, ciphertext, false));
}

function contentInfo(type: string, ...members: readonly Uint8Array[]): Uint8Array {
  return sequence(oid(type), contextExplicit(0, sequence(concatBytes(...members))));
}
