import { pbkdf2Sync, scryptSync } from "node:crypto";

import { utf8Of } from "../bytes/index.ts";
import {
  DerError,
  nullValue,
  octetString,
  oid,
  readChildren,
  readSmallInteger,
  sequence,
  smallInteger,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { readAlgorithmIdentifier, readParameters } from "./algorithm-identifier.ts";
import type { AlgorithmIdentifier } from "./algorithm-identifier.ts";
import { Pkcs8Error } from "./error.ts";
import { readOctets } from "./octets.ts";
import type { PasswordSession } from "./password-session.ts";

/** The digests that PBKDF2 is written with; more are read. */
export type PrfName = "SHA-256" | "SHA-512" | "SM3";

/** How a key is made from a password; what is not given is a default that suits a key at rest. */
export type KeyDerivation =
  | { readonly name: "PBKDF2"; readonly prf?: PrfName; readonly iterations?: number }
  | {
      readonly name: "scrypt";
      readonly cost?: number;
      readonly blockSize?: number;
      readonly parallelization?: number;
    };

/** PBKDF2 or scrypt, with a salt: everything but the password and the length of the key. */
export type KeyDerivationParameters =
  | {
      readonly name: "PBKDF2";
      readonly prfOid: string;
      readonly iterations: number;
      readonly salt: Uint8Array;
      /** What the parameters say, when they say it. */
      readonly keyBytes: number | undefined;
    }
  | {
      readonly name: "scrypt";
      readonly cost: number;
      readonly blockSize: number;
      readonly parallelization: number;
      readonly salt: Uint8Array;
      readonly keyBytes: number | undefined;
    };

const pbkdf2Oid = "1.2.840.113549.1.5.12";
const scryptOid = "1.3.6.1.4.1.11591.4.11";

interface Prf {
  readonly oid: string;
  /** What node:crypto calls it. */
  readonly digest: string;
}

/** HMAC with each digest (RFC 8018 §B.1.2; HMAC-SM3 from GM/T 0006-2012). */
const prfs: Readonly<Record<PrfName | "SHA-1" | "SHA-224" | "SHA-384", Prf>> = {
  "SHA-1": { oid: "1.2.840.113549.2.7", digest: "sha1" },
  "SHA-224": { oid: "1.2.840.113549.2.8", digest: "sha224" },
  "SHA-256": { oid: "1.2.840.113549.2.9", digest: "sha256" },
  "SHA-384": { oid: "1.2.840.113549.2.10", digest: "sha384" },
  "SHA-512": { oid: "1.2.840.113549.2.11", digest: "sha512" },
  SM3: { oid: "1.2.156.10197.1.401.2", digest: "sm3" },
};
const prfOfOid = new Map(Object.values(prfs).map((prf) => [prf.oid, prf]));

/** Salts have 8 to 64 octets; a longer one is of no use. */
const maximumSaltBytes = 1024;

/** A second or two of one core. */
const maximumIterations = 5_000_000;

/** scrypt takes 128 octets for each unit of cost and block size (RFC 7914 §2). */
const maximumScryptBytes = 128 * 1024 * 1024;

/** RFC 8018 §4.2 asks for at least this many. */
const minimumIterations = 1000;

/** What people are told to use for SHA-256 today. */
const defaultIterations = 600_000;

/**
 * The parameters to write, with the given salt.
 *
 * @throws RangeError for numbers that {@link readKeyDerivation} would not take, or too few iterations.
 */
export function keyDerivationParameters(wanted: KeyDerivation, salt: Uint8Array): KeyDerivationParameters {
  const parameters = withDefaults(wanted, salt);
  if (parameters.name === "PBKDF2" && parameters.iterations < minimumIterations) {
    throw new RangeError(`PBKDF2 needs at least ${String(minimumIterations)} iterations`);
  }
  try {
    checkLimits(parameters);
  } catch (cause) {
    if (cause instanceof Pkcs8Error) throw new RangeError(cause.message, { cause });
    throw cause;
  }
  return parameters;
}

function withDefaults(wanted: KeyDerivation, salt: Uint8Array): KeyDerivationParameters {
  if (wanted.name === "PBKDF2") {
    const { prf = "SHA-256", iterations = defaultIterations } = wanted;
    return { name: "PBKDF2", prfOid: prfs[prf].oid, iterations, salt, keyBytes: undefined };
  }
  const { cost = 0x1_0000, blockSize = 8, parallelization = 1 } = wanted;
  return { name: "scrypt", cost, blockSize, parallelization, salt, keyBytes: undefined };
}

/** PBKDF2 (RFC 8018 §A.2) or scrypt (RFC 7914 §7) as an AlgorithmIdentifier. */
export function writeKeyDerivation(parameters: KeyDerivationParameters): Uint8Array {
  const salt = octetString(parameters.salt);
  const keyLength = parameters.keyBytes === undefined ? [] : [smallInteger(parameters.keyBytes)];
  if (parameters.name === "scrypt") {
    const { cost, blockSize, parallelization } = parameters;
    return sequence(
      oid(scryptOid),
      sequence(
        salt,
        smallInteger(cost),
        smallInteger(blockSize),
        smallInteger(parallelization),
        ...keyLength,
      ),
    );
  }
  return sequence(
    oid(pbkdf2Oid),
    sequence(
      salt,
      smallInteger(parameters.iterations),
      ...keyLength,
      sequence(oid(parameters.prfOid), nullValue()),
    ),
  );
}

/**
 * Reads the AlgorithmIdentifier of PBKDF2 or scrypt.
 *
 * @throws DerError
 * @throws Pkcs8Error `encryption-unsupported`, `limit-exceeded`.
 */
export function readKeyDerivation(element: DerElement): KeyDerivationParameters {
  const algorithm = readAlgorithmIdentifier(element);
  const read = readers.get(algorithm.oid);
  if (read === undefined) {
    throw new Pkcs8Error("encryption-unsupported", `unknown key derivation ${algorithm.oid}`);
  }
  const parameters = read(algorithm);
  checkLimits(parameters);
  return parameters;
}

const readers: ReadonlyMap<string, (algorithm: AlgorithmIdentifier) => KeyDerivationParameters> = new Map([
  [pbkdf2Oid, readPbkdf2],
  [scryptOid, readScrypt],
]);

/** RFC 8018 §A.2: the salt may be of another kind by the letter, but none was ever defined. */
function readPbkdf2(algorithm: AlgorithmIdentifier): KeyDerivationParameters {
  const element = readParameters(algorithm);
  const [salt, iterations, ...optional] = readChildren(element);
  if (iterations === undefined) throw incomplete(element);
  const keyLength = optional[0]?.tag === tags.integer ? optional.shift() : undefined;
  const [prf, ...more] = optional;
  if (more.length > 0) throw incomplete(element);
  return {
    name: "PBKDF2",
    prfOid: prf === undefined ? prfs["SHA-1"].oid : readPrf(prf),
    iterations: readSmallInteger(iterations),
    salt: readOctets(salt, "the salt of PBKDF2"),
    keyBytes: keyLength === undefined ? undefined : readSmallInteger(keyLength),
  };
}

function readPrf(element: DerElement): string {
  const algorithm = readAlgorithmIdentifier(element);
  if (!prfOfOid.has(algorithm.oid)) {
    throw new Pkcs8Error("encryption-unsupported", `unknown PRF ${algorithm.oid}`);
  }
  return algorithm.oid;
}

function readScrypt(algorithm: AlgorithmIdentifier): KeyDerivationParameters {
  const element = readParameters(algorithm);
  const [salt, cost, blockSize, parallelization, keyLength, ...more] = readChildren(element);
  if (cost === undefined || blockSize === undefined || parallelization === undefined)
    throw incomplete(element);
  if (more.length > 0) throw incomplete(element);
  return {
    name: "scrypt",
    cost: readSmallInteger(cost),
    blockSize: readSmallInteger(blockSize),
    parallelization: readSmallInteger(parallelization),
    salt: readOctets(salt, "the salt of scrypt"),
    keyBytes: keyLength === undefined ? undefined : readSmallInteger(keyLength),
  };
}

function checkLimits(parameters: KeyDerivationParameters): void {
  if (parameters.salt.length > maximumSaltBytes) throw tooMuch("the salt is too long");
  const problem = parameters.name === "PBKDF2" ? pbkdf2Problem(parameters) : scryptProblem(parameters);
  if (problem !== undefined) throw tooMuch(problem);
}

function pbkdf2Problem({ iterations }: { iterations: number }): string | undefined {
  return iterations < 1 || iterations > maximumIterations
    ? `${String(iterations)} iterations of PBKDF2`
    : undefined;
}

/** RFC 7914 §6: the cost is a power of two above 1; here a 32-bit one, so that products stay exact. */
function scryptProblem(parameters: {
  cost: number;
  blockSize: number;
  parallelization: number;
}): string | undefined {
  const { cost, blockSize, parallelization } = parameters;
  if (cost < 2 || (cost & (cost - 1)) !== 0) return "the cost of scrypt is not a power of two";
  if (blockSize < 1 || parallelization < 1) return "a number of scrypt is not positive";
  const isTooLarge = 128 * blockSize * (cost + parallelization) > maximumScryptBytes;
  return isTooLarge ? "scrypt with too much memory" : undefined;
}

function tooMuch(message: string): Pkcs8Error {
  return new Pkcs8Error("limit-exceeded", message);
}

/**
 * The key for a password, its characters as UTF-8 (RFC 8018 §3).
 *
 * @throws Pkcs8Error `limit-exceeded` if the session has spent its work; `private-key-malformed` if the parameters name
 *   another length.
 */
export function deriveKey(
  session: PasswordSession,
  parameters: KeyDerivationParameters,
  keyBytes: number,
): Uint8Array {
  if (parameters.keyBytes !== undefined && parameters.keyBytes !== keyBytes) {
    throw new Pkcs8Error("private-key-malformed", "the length of the derived key does not suit its use");
  }
  const name = sequence(writeKeyDerivation(parameters), smallInteger(keyBytes));
  return session.once(name, costOf(parameters, keyBytes), () =>
    derive(session.password, parameters, keyBytes),
  );
}

/** What PBKDF2 at the beginning and the end of scrypt costs, in units of its cost. */
const scryptOverhead = 4;

/** Both in iterations of PBKDF2; one block of scrypt's memory takes about as long as one of them. */
function costOf(parameters: KeyDerivationParameters, keyBytes: number): number {
  return parameters.name === "PBKDF2"
    ? parameters.iterations * Math.ceil(keyBytes / 20)
    : (parameters.cost + scryptOverhead) * parameters.blockSize * parameters.parallelization;
}

function derive(password: string, parameters: KeyDerivationParameters, keyBytes: number): Uint8Array {
  const octets = utf8Of(password);
  if (parameters.name === "scrypt") {
    const { cost, blockSize, parallelization, salt } = parameters;
    // node:crypto wants room for a few blocks more than the formula says.
    const maxmem = 2 * maximumScryptBytes;
    return new Uint8Array(
      scryptSync(octets, salt, keyBytes, { N: cost, r: blockSize, p: parallelization, maxmem }),
    );
  }
  const prf = prfOfOid.get(parameters.prfOid);
  if (prf === undefined) throw new RangeError(`unknown PRF ${parameters.prfOid}`);
  return new Uint8Array(pbkdf2Sync(octets, parameters.salt, parameters.iterations, keyBytes, prf.digest));
}

function incomplete(element: DerElement): DerError {
  return new DerError("der-unexpected", "members are missing, or there are too many", element.offset);
}
