import { createHmac } from "node:crypto";

import { equalBytes } from "../bytes/index.ts";
import {
  DerError,
  defaultEncoded,
  nullValue,
  octetString,
  oid,
  readChildren,
  readSmallInteger,
  sequence,
  smallInteger,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import {
  checkPbeParameters,
  deriveKey,
  keyDerivationParameters,
  readAlgorithmIdentifier,
  readKeyDerivation,
  readOctets,
  readParameters,
  writeKeyDerivation,
} from "../pkcs8/index.ts";
import type { AlgorithmIdentifier, PasswordSession, PbeParameters, RandomBytes } from "../pkcs8/index.ts";
import { Pkcs12Error } from "./error.ts";
import { deriveOld } from "./old-key-derivation.ts";
import type { OldDerivationDigest, PasswordForm } from "./old-key-derivation.ts";

/** How a file is protected against change, for people. */
export interface Pkcs12Mac {
  /** E.g. `HMAC-SHA-256` with the derivation of PKCS #12, or `PBMAC1, HMAC-SHA-256`. */
  readonly label: string;
  readonly iterations: number;
}

interface Hmac {
  readonly label: string;
  readonly digest: OldDerivationDigest;
  readonly digestOid: string;
  readonly hmacOid: string;
  readonly bytes: number;
}

/** Digests of MACs, which are named by the digest in RFC 7292 and by the HMAC in PBMAC1 (RFC 8018 §B.3). */
const hmacs: readonly Hmac[] = [
  hmac("HMAC-SHA-1", "sha1", "1.3.14.3.2.26", "1.2.840.113549.2.7", 20),
  hmac("HMAC-SHA-224", "sha224", "2.16.840.1.101.3.4.2.4", "1.2.840.113549.2.8", 28),
  hmac("HMAC-SHA-256", "sha256", "2.16.840.1.101.3.4.2.1", "1.2.840.113549.2.9", 32),
  hmac("HMAC-SHA-384", "sha384", "2.16.840.1.101.3.4.2.2", "1.2.840.113549.2.10", 48),
  hmac("HMAC-SHA-512", "sha512", "2.16.840.1.101.3.4.2.3", "1.2.840.113549.2.11", 64),
  hmac("HMAC-SM3", "sm3", "1.2.156.10197.1.401", "1.2.156.10197.1.401.2", 32),
];

function hmac(
  label: string,
  digest: OldDerivationDigest,
  digestOid: string,
  hmacOid: string,
  bytes: number,
): Hmac {
  return { label, digest, digestOid, hmacOid, bytes };
}

const pbmac1Oid = "1.2.840.113549.1.5.14";

/**
 * Checks MacData (RFC 7292 §4, RFC 9579) over the octets of the authenticated safe, in constant time.
 *
 * @returns the MAC, and in which form the password fits.
 * @throws DerError
 * @throws Pkcs12Error `pkcs12-password-wrong`, `pkcs12-algorithm-unsupported`.
 * @throws Pkcs8Error for parameters of PBMAC1 that cannot be followed.
 */
export function checkMac(
  macData: DerElement,
  covered: Uint8Array,
  session: PasswordSession,
): { mac: Pkcs12Mac; form: PasswordForm } {
  const [digestInfo, macSalt, iterations, ...more] = readChildren(macData);
  if (digestInfo === undefined || macSalt === undefined || more.length > 0) throw incomplete(macData);
  const [algorithm, value, ...rest] = readChildren(digestInfo);
  if (algorithm === undefined || rest.length > 0) throw incomplete(digestInfo);
  const input = {
    algorithm: readAlgorithmIdentifier(algorithm),
    value: readOctets(value, "the MAC"),
    covered,
    session,
  };
  if (input.algorithm.oid === pbmac1Oid) return { mac: checkPbmac1(input), form: "text" };
  const rounds = iterations === undefined ? 1 : readSmallInteger(iterations);
  if (iterations !== undefined && rounds === 1) defaultEncoded(iterations);
  const salt = readOctets(macSalt, "the salt of the MAC");
  return checkOldMac(input, checkPbeParameters({ salt, iterations: rounds }));
}

interface MacInput {
  readonly algorithm: AlgorithmIdentifier;
  readonly value: Uint8Array;
  readonly covered: Uint8Array;
  readonly session: PasswordSession;
}

function checkOldMac(
  { algorithm, value, covered, session }: MacInput,
  parameters: PbeParameters,
): { mac: Pkcs12Mac; form: PasswordForm } {
  const row = hmacs.find(({ digestOid }) => digestOid === algorithm.oid);
  if (row === undefined) throw unsupported(algorithm.oid);
  const forms: readonly PasswordForm[] = session.password === "" ? ["text", "none"] : ["text"];
  const form = forms.find((candidate) => {
    const { digest, bytes } = row;
    const key = deriveOld(session, parameters, { purpose: "mac", bytes, digest, form: candidate });
    return equalBytes(macOf(row, key, covered), value);
  });
  if (form === undefined) throw wrong();
  return { mac: { label: row.label, iterations: parameters.iterations }, form };
}

/** RFC 9579: the salt and iterations beside it mean nothing, and the parameters must say how long the key is. */
function checkPbmac1({ algorithm, value, covered, session }: MacInput): Pkcs12Mac {
  const [derivation, scheme, ...more] = readChildren(readParameters(algorithm));
  if (derivation === undefined || scheme === undefined || more.length > 0) {
    throw incomplete(algorithm.element);
  }
  const kdf = readKeyDerivation(derivation);
  const { oid: schemeOid } = readAlgorithmIdentifier(scheme);
  const row = hmacs.find(({ hmacOid }) => hmacOid === schemeOid);
  if (row === undefined) throw unsupported(schemeOid);
  const { keyBytes = 0 } = kdf;
  if (keyBytes < minimumMacKeyBytes || keyBytes > maximumMacKeyBytes) {
    throw new Pkcs12Error("pkcs12-malformed", "PBMAC1 has no length of its key that is fit for use");
  }
  const mac = macOf(row, deriveKey(session, kdf, keyBytes), covered);
  if (!equalBytes(mac, value)) throw wrong();
  return {
    label: `PBMAC1, ${kdf.name}, ${row.label}`,
    iterations: kdf.name === "PBKDF2" ? kdf.iterations : 1,
  };
}

/** Shorter ones can be guessed, longer ones are digested by HMAC first. */
const minimumMacKeyBytes = 16;
const maximumMacKeyBytes = 128;

function macOf({ digest }: Hmac, key: Uint8Array, covered: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac(digest, key).update(covered).digest());
}

/** The MACs that files are written with. */
export type Pkcs12MacName = "HMAC-SHA-1" | "HMAC-SHA-256" | "HMAC-SM3" | "PBMAC1";

const saltBytes = 16;

/** MacData over the octets of the authenticated safe. */
export function writeMac(
  name: Pkcs12MacName,
  covered: Uint8Array,
  session: PasswordSession,
  { iterations, random }: { readonly iterations: number; readonly random: RandomBytes },
): Uint8Array {
  const salt = random(saltBytes);
  if (name === "PBMAC1") return writePbmac1(covered, session, iterations, salt);
  const row = hmacs.find(({ label }) => label === name);
  if (row === undefined) throw new RangeError(`unknown MAC ${name}`);
  const { digest, bytes } = row;
  const key = deriveOld(session, { salt, iterations }, { purpose: "mac", bytes, digest, form: "text" });
  return macData(sequence(oid(row.digestOid), nullValue()), macOf(row, key, covered), salt, iterations);
}

function writePbmac1(
  covered: Uint8Array,
  session: PasswordSession,
  iterations: number,
  salt: Uint8Array,
): Uint8Array {
  const row = hmacs.find(({ label }) => label === "HMAC-SHA-256");
  if (row === undefined) throw new RangeError("HMAC-SHA-256 is not in the table");
  const kdf = { ...keyDerivationParameters({ name: "PBKDF2", iterations }, salt), keyBytes: row.bytes };
  const algorithm = sequence(
    oid(pbmac1Oid),
    sequence(writeKeyDerivation(kdf), sequence(oid(row.hmacOid), nullValue())),
  );
  const mac = macOf(row, deriveKey(session, kdf, row.bytes), covered);
  // RFC 9579: something has to stand in the two members that mean nothing.
  return macData(algorithm, mac, salt, iterations);
}

function macData(algorithm: Uint8Array, mac: Uint8Array, salt: Uint8Array, iterations: number): Uint8Array {
  return sequence(sequence(algorithm, octetString(mac)), octetString(salt), smallInteger(iterations));
}

function wrong(): Pkcs12Error {
  return new Pkcs12Error("pkcs12-password-wrong", "the password is wrong, or the file was changed");
}

function unsupported(algorithm: string): Pkcs12Error {
  return new Pkcs12Error("pkcs12-algorithm-unsupported", `unknown MAC algorithm ${algorithm}`);
}

function incomplete(element: DerElement): DerError {
  return new DerError("der-unexpected", "members are missing, or there are too many", element.offset);
}
