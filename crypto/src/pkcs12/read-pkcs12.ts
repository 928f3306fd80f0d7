import {
  DerError,
  parseDer,
  readChildren,
  readImplicitOctets,
  readOid,
  readSmallInteger,
} from "../der/index.ts";
import type { DerElement, DerQuirk } from "../der/index.ts";
import { openPasswordSession, Pkcs8Error, readOctets } from "../pkcs8/index.ts";
import type { PasswordQuirk, Pkcs8ErrorCode } from "../pkcs8/index.ts";
import { Pkcs12Error } from "./error.ts";
import type { Pkcs12ErrorCode } from "./error.ts";
import { matchKeys } from "./identities.ts";
import type { Pkcs12Certificate, Pkcs12Key } from "./identities.ts";
import { checkMac } from "./mac.ts";
import type { Pkcs12Mac } from "./mac.ts";
import type { PasswordForm } from "./old-key-derivation.ts";
import { schemesForPassword } from "./old-schemes.ts";
import { decryptPart, parseContents, readSafeContents } from "./safe-bags.ts";
import type { BagReading } from "./safe-bags.ts";
import { contentTypes } from "./structure-oids.ts";

/** Departures that were tolerated: those of BER, old ciphers, and a file that nothing protects against change. */
export type Pkcs12Quirk = DerQuirk | PasswordQuirk | { readonly code: "mac-missing" };

/** All that is in a file. */
export interface Pkcs12Contents {
  readonly keys: readonly Pkcs12Key[];
  /** All certificates, those of the keys' chains included, in the order of the file. */
  readonly certificates: readonly Pkcs12Certificate[];
  /** X.509 CRLs, DER. */
  readonly crls: readonly Uint8Array[];
  /** OIDs of bags that were passed over. */
  readonly otherBags: readonly string[];
  /** Undefined only if the caller allowed that. */
  readonly mac: Pkcs12Mac | undefined;
  /** How parts were encrypted, for people; empty if nothing was. */
  readonly encryptions: readonly string[];
  readonly quirks: readonly Pkcs12Quirk[];
}

export interface ReadPkcs12Options {
  /** Whether a file without a MAC is read too, under the quirk `mac-missing`; anybody may have changed it. */
  readonly allowMissingMac?: boolean;
  /** In iterations of PBKDF2; `maximumPasswordWork` of pkcs8 if absent, which a service would not spend on every stranger. */
  readonly maximumWork?: number;
}

/** Dozens of keys with their chains. */
const maximumFileBytes = 4 * 1024 * 1024;

/**
 * Reads a PFX (RFC 7292) whose integrity and privacy stand on a password. The MAC is checked before anything is
 * decrypted or looked at.
 *
 * @throws Pkcs12Error
 */
export function readPkcs12(
  file: Uint8Array,
  password: string,
  options: ReadPkcs12Options = {},
): Pkcs12Contents {
  if (file.length > maximumFileBytes) throw new Pkcs12Error("pkcs12-malformed", "larger than 4 MiB");
  const progress = { isMacRight: false };
  try {
    return readFile(parseDer(file, { profile: "lenient" }), password, options, progress);
  } catch (cause) {
    throw translated(cause, progress.isMacRight);
  }
}

function readFile(
  root: DerElement,
  password: string,
  { allowMissingMac = false, maximumWork }: ReadPkcs12Options,
  progress: { isMacRight: boolean },
): Pkcs12Contents {
  const { safe, macData } = readPfx(root);
  if (macData === undefined && !allowMissingMac) {
    throw new Pkcs12Error("pkcs12-mac-missing", "nothing protects the file against change");
  }
  const session = openPasswordSession(password, maximumWork);
  const checked = macData === undefined ? undefined : checkMac(macData, safe.contents, session);
  progress.isMacRight = checked !== undefined;
  const reading = startReading(session, checked?.form ?? "text");
  const quirks = readAuthenticatedSafe(safe, reading);
  return contentsOf(reading, checked?.mac, [...root.reading.quirks, ...quirks]);
}

/** PFX (RFC 7292 §4): the authenticated safe as an OCTET STRING, and what protects it. */
function readPfx(root: DerElement): { safe: DerElement; macData: DerElement | undefined } {
  const [version, authSafe, macData, ...more] = readChildren(root);
  if (version === undefined || authSafe === undefined || more.length > 0) throw unexpected(root, "not a PFX");
  if (readSmallInteger(version) !== 3) throw unexpected(version, "the version of a PFX is 3");
  const { type, content } = readContentInfo(authSafe);
  if (type !== contentTypes.data) {
    throw new Pkcs12Error("pkcs12-mode-unsupported", `the file is not protected by a password: ${type}`);
  }
  readOctets(content, "the authenticated safe");
  return { safe: content, macData };
}

/** ContentInfo (RFC 5652 §3), whose content is there. */
function readContentInfo(element: DerElement): { type: string; content: DerElement } {
  const [type, wrapper, ...more] = readChildren(element);
  const content = wrapper?.tag === 0xa0 ? wrapper.children[0] : undefined;
  if (type === undefined || content === undefined || more.length > 0)
    throw unexpected(element, "not a ContentInfo");
  return { type: readOid(type), content };
}

function startReading(session: BagReading["session"], form: PasswordForm): BagReading {
  return {
    session,
    moreSchemes: schemesForPassword(form),
    bags: [],
    encryptions: new Set(),
    oldEncryptions: new Set(),
  };
}

/** @returns the quirks of the parts that were decrypted; those in the clear are in the reading of the file. */
function readAuthenticatedSafe(safe: DerElement, reading: BagReading): readonly DerQuirk[] {
  return readChildren(parseContents(safe)).flatMap((part) => {
    const { type, content } = readContentInfo(part);
    if (type === contentTypes.data) {
      readOctets(content, "SafeContents");
      readSafeContents(parseContents(content), reading);
      return [];
    }
    if (type !== contentTypes.encryptedData) {
      throw new Pkcs12Error("pkcs12-mode-unsupported", `a part is not encrypted with a password: ${type}`);
    }
    const contents = parseDecrypted(decryptData(content, reading));
    readSafeContents(contents, reading);
    return contents.reading.quirks;
  });
}

/** EncryptedData (RFC 5652 §8). */
function decryptData(element: DerElement, reading: BagReading): Uint8Array {
  const [version, info, ...more] = readChildren(element);
  if (version === undefined || info === undefined || more.length > 0 || readSmallInteger(version) !== 0) {
    throw unexpected(element, "not EncryptedData");
  }
  const { algorithm, ciphertext } = readEncryptedContent(info);
  return decryptPart(algorithm, ciphertext, reading);
}

function readEncryptedContent(info: DerElement): { algorithm: DerElement; ciphertext: Uint8Array } {
  const [type, algorithm, encrypted, ...more] = readChildren(info);
  if (type === undefined || algorithm === undefined || encrypted === undefined || more.length > 0) {
    throw unexpected(info, "not an EncryptedContentInfo");
  }
  if (readOid(type) !== contentTypes.data) throw unexpected(type, "what is encrypted is not data");
  if ((encrypted.tag & ~0x20) !== 0x80) throw unexpected(encrypted, "not the encrypted content");
  return { algorithm, ciphertext: readImplicitOctets(encrypted) };
}

/** Good padding is no proof of the password: without a MAC, this is where a wrong one is seen. */
function parseDecrypted(plaintext: Uint8Array): DerElement {
  try {
    return parseContents(plaintext);
  } catch (cause) {
    if (cause instanceof DerError) {
      throw new Pkcs8Error("password-wrong", "the password is wrong, or the octets are damaged");
    }
    throw cause;
  }
}

function contentsOf(
  { bags, encryptions, oldEncryptions }: BagReading,
  mac: Pkcs12Mac | undefined,
  derQuirks: readonly DerQuirk[],
): Pkcs12Contents {
  return {
    ...matchKeys(bags),
    crls: bags.flatMap((bag) => (bag.kind === "crl" ? [bag.crl] : [])),
    otherBags: bags.flatMap((bag) => (bag.kind === "other" ? [bag.oid] : [])),
    mac,
    encryptions: [...encryptions],
    quirks: [
      ...(mac === undefined ? [{ code: "mac-missing" } as const] : []),
      ...[...oldEncryptions].map((scheme) => ({ code: "old-password-encryption", scheme }) as const),
      ...derQuirks,
    ],
  };
}

const codeOfPkcs8: Readonly<Record<Pkcs8ErrorCode, Pkcs12ErrorCode>> = {
  "private-key-malformed": "pkcs12-malformed",
  "encryption-unsupported": "pkcs12-algorithm-unsupported",
  "limit-exceeded": "pkcs12-limit-exceeded",
  "password-wrong": "pkcs12-password-wrong",
};

/** Our own errors in the words of this folder; others pass. */
function translated(cause: unknown, isMacRight: boolean): unknown {
  if (cause instanceof DerError) {
    return new Pkcs12Error("pkcs12-malformed", `not a PKCS #12 file: ${cause.message}`, { cause });
  }
  if (!(cause instanceof Pkcs8Error)) return cause;
  if (cause.code === "password-wrong" && isMacRight) {
    return new Pkcs12Error(
      "pkcs12-part-not-decrypted",
      "the password opens the file, but not every part of it",
    );
  }
  return new Pkcs12Error(codeOfPkcs8[cause.code], cause.message);
}

function unexpected(element: DerElement, message: string): DerError {
  return new DerError("der-unexpected", message, element.offset);
}
