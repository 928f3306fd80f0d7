import { concatBytes } from "../bytes/index.ts";
import {
  DerError,
  parseDer,
  readChildren,
  readImplicitOctets,
  readOid,
  readSetOf,
  readSmallInteger,
  tags,
} from "../der/index.ts";
import type { DerElement, DerQuirk } from "../der/index.ts";
import { readOctets } from "../pkcs8/index.ts";
import type { RandomBytes } from "../pkcs8/index.ts";
import { readContentCipher } from "./content-encryption.ts";
import type { ContentCipher, EncryptedInput } from "./content-encryption.ts";
import type { Decryptor } from "./decryptor.ts";
import { EnvelopeError, notOpened } from "./error.ts";
import { decryptContentKey, readRecipients } from "./read-recipient.ts";
import type { ReadRecipient } from "./read-recipient.ts";
import { isRecipient } from "./recipient-identifier.ts";
import type { RecipientClaim } from "./recipient-identifier.ts";
import { contentTypes } from "./structure-oids.ts";

/** What was in an envelope. */
export interface OpenedEnvelope {
  readonly content: Uint8Array;
  /** OID of what the content is. */
  readonly contentType: string;
  /** Of the content, for people. */
  readonly cipher: string;
  /** Whether a change of the envelope would have been noticed; who made it is never known from it. */
  readonly isAuthenticated: boolean;
  readonly quirks: readonly DerQuirk[];
}

/** An envelope that was read and not opened. */
interface ReadEnvelope {
  readonly recipients: readonly ReadRecipient[];
  readonly contentType: string;
  readonly cipher: ContentCipher;
  readonly input: EncryptedInput;
  readonly quirks: readonly DerQuirk[];
}

/** Secrets and documents; larger things are enveloped by a key that is enveloped. */
const maximumEnvelopeBytes = 64 * 1024 * 1024;

/** A whole office. Each costs the reader nothing but a comparison. */
const maximumRecipients = 1000;

/**
 * Opens an envelope with the key of one of its recipients: EnvelopedData, AuthEnvelopedData, or the envelopedData of
 * GB/T 35275-2017.
 *
 * Whatever fails after the recipient was found is one error, after the same work: where the content key does not
 * decrypt, the content is decrypted with a random one and thrown away (RFC 3218 §2.3.2).
 *
 * @throws EnvelopeError
 */
export async function openEnvelope(request: {
  readonly envelope: Uint8Array;
  readonly decryptor: Decryptor;
  readonly recipient: RecipientClaim;
  readonly random: RandomBytes;
}): Promise<OpenedEnvelope> {
  const { decryptor, recipient, random } = request;
  const { recipients, contentType, cipher, input, quirks } = readEnvelope(request.envelope);
  const ours = recipients.filter(({ identifier }) => isRecipient(identifier, recipient));
  const own = ours.find(({ keyEncryption }) => keyEncryption.kind === decryptor.kind) ?? ours[0];
  if (own === undefined) {
    throw new EnvelopeError("recipient-not-found", "the envelope is for other recipients");
  }
  const substitute = random(cipher.keyBytes);
  const contentKey = await decryptContentKey(own.keyEncryption, decryptor);
  const isUsable = contentKey?.length === cipher.keyBytes;
  const content = cipher.decrypt(isUsable ? contentKey : substitute, input);
  if (!isUsable || content === undefined) throw notOpened();
  return { content, contentType, cipher: cipher.name, isAuthenticated: cipher.isAuthenticated, quirks };
}

function readEnvelope(envelope: Uint8Array): ReadEnvelope {
  if (envelope.length > maximumEnvelopeBytes)
    throw new EnvelopeError("envelope-malformed", "larger than 64 MiB");
  try {
    const root = parseDer(envelope, { profile: "lenient" });
    const [type, wrapper, ...more] = readChildren(root);
    const body = wrapper?.tag === 0xa0 ? wrapper.children[0] : undefined;
    if (type === undefined || body === undefined || more.length > 0)
      throw unexpected(root, "not a ContentInfo");
    return readBody(readOid(type), body);
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
    throw new EnvelopeError("envelope-malformed", `not an envelope: ${cause.message}`, { cause });
  }
}

const envelopeTypes: ReadonlySet<string> = new Set([
  contentTypes.envelopedData,
  contentTypes.authEnvelopedData,
  contentTypes.nationalEnvelopedData,
]);

function readBody(type: string, body: DerElement): ReadEnvelope {
  if (!envelopeTypes.has(type)) throw unexpected(body, "the content is not enveloped");
  const members = [...readChildren(body)];
  const version = members.shift();
  if (version === undefined) throw unexpected(body, "the version is missing");
  readSmallInteger(version);
  // [0] OriginatorInfo has certificates of static keys, which are not followed.
  if (members[0]?.tag === 0xa0) members.shift();
  const [infos, encrypted, ...after] = members;
  if (infos === undefined || encrypted === undefined) throw unexpected(body, "members are missing");
  const recipients = readSetOf(infos).flatMap(readRecipients);
  if (recipients.length > maximumRecipients) {
    throw new EnvelopeError("envelope-malformed", `more than ${String(maximumRecipients)} recipients`);
  }
  const { contentType, cipher, ciphertext } = readEncryptedContent(encrypted);
  const isAuthenticatedType = type === contentTypes.authEnvelopedData;
  if (cipher.isAuthenticated !== isAuthenticatedType) {
    throw new EnvelopeError(
      "envelope-algorithm-unsupported",
      `${cipher.name} in another structure than its own`,
    );
  }
  const protection = isAuthenticatedType ? readAuthentication(body, after) : readUnprotected(body, after);
  return {
    recipients,
    contentType,
    cipher,
    input: { ciphertext, ...protection },
    quirks: body.reading.quirks,
  };
}

function readEncryptedContent(element: DerElement): {
  contentType: string;
  cipher: ContentCipher;
  ciphertext: Uint8Array;
} {
  const [type, algorithm, encrypted, ...more] = readChildren(element);
  if (type === undefined || algorithm === undefined || more.length > 0) {
    throw unexpected(element, "not an EncryptedContentInfo");
  }
  if (encrypted === undefined || (encrypted.tag & ~0x20) !== 0x80) {
    throw unexpected(element, "the encrypted content is not in the message");
  }
  return {
    contentType: readOid(type),
    cipher: readContentCipher(algorithm),
    ciphertext: readImplicitOctets(encrypted),
  };
}

/** [1] authAttrs, mac, [2] unauthAttrs (RFC 5083 §2.1). */
function readAuthentication(
  body: DerElement,
  after: readonly DerElement[],
): { tag: Uint8Array; covered: Uint8Array } {
  const members = [...after];
  const attributes = members[0]?.tag === 0xa1 ? members.shift() : undefined;
  const mac = members.shift();
  if (members[0]?.tag === 0xa2) members.shift();
  if (members.length > 0) throw unexpected(body, "there are too many members");
  // RFC 5083 §2.2: what is authenticated has the tag of a SET, not the one it stands under.
  const covered =
    attributes === undefined
      ? new Uint8Array()
      : concatBytes(Uint8Array.of(tags.set), attributes.raw.subarray(1));
  return { tag: readOctets(mac, "the MAC"), covered };
}

/** [1] unprotectedAttrs, which say nothing that is believed. */
function readUnprotected(
  body: DerElement,
  after: readonly DerElement[],
): { tag: Uint8Array; covered: Uint8Array } {
  const [attributes, ...more] = after;
  if (more.length > 0 || (attributes !== undefined && attributes.tag !== 0xa1)) {
    throw unexpected(body, "there are too many members");
  }
  return { tag: new Uint8Array(), covered: new Uint8Array() };
}

function unexpected(element: DerElement, message: string): DerError {
  return new DerError("der-unexpected", message, element.offset);
}
