import { DerError, parseDer, readBitString, readChildren, readInteger, readOid, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { isNull, readAlgorithmIdentifier } from "./identifier.ts";
import { readPssParameters } from "./pss-parameters.ts";
import { bitLength, readRsaPublicKey } from "./rsa-key.ts";
import { pssScheme } from "./signature-scheme.ts";
import type { SignatureScheme } from "./signature-scheme.ts";
import { curveOids, keyOids, signatureAlgorithmOfKey } from "./signature-table.ts";
import type { MlDsaParameterSet, SignatureAlgorithmName } from "./signature-table.ts";

/** What a public key can do: `unknown` verifies nothing. */
export type PublicKeyKind = "ec" | "rsa" | "ed25519" | "ml-dsa" | "dsa" | "unknown";

export interface PublicKeyInfo {
  readonly kind: PublicKeyKind;
  /**
   * The row this key signs with, for RSA by default (PKCS #1 v1.5 with SHA-256; PSS if the key allows nothing else).
   * Undefined for a key that no row of the suite signs with, such as RSA with fewer than 2048 bits.
   */
  readonly algorithm: SignatureAlgorithmName | undefined;
  readonly keyOid: string;
  /** The named curve; undefined if the key algorithm has none, or it is given by explicit parameters. */
  readonly curveOid: string | undefined;
  /** Size of the field, the modulus or the prime; undefined where the algorithm's name says it. */
  readonly bits: number | undefined;
  /** ML-DSA only. */
  readonly parameterSet?: MlDsaParameterSet;
  /** The only scheme an id-RSASSA-PSS key with parameters may be used for; a signature may have more salt. */
  readonly restrictedTo?: SignatureScheme;
  /** The octets of subjectPublicKey: an encoded point for elliptic curves. */
  readonly key: Uint8Array;
}

/**
 * Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, RFC 3279 §2.3). A key that is well-formed outside but not inside has
 * the kind `unknown`. Curves given by explicit parameters belong to no row: whoever chooses the generator can forge
 * signatures for a well-known point (CVE-2020-0601).
 *
 * @throws DerError
 */
export function parsePublicKey(spki: Uint8Array): PublicKeyInfo {
  const info = parseDer(spki);
  const [algorithm, subjectPublicKey, ...more] = readChildren(info);
  if (algorithm === undefined || subjectPublicKey === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "SubjectPublicKeyInfo has two members", info.offset);
  }
  const { oid: keyOid, parameters } = readAlgorithmIdentifier(algorithm);
  const key = readBitString(subjectPublicKey);
  const details = detailsOf(keyOid, parameters, key);
  return { ...unknownKey, curveOid: namedCurveOf(parameters), ...details, keyOid, key };
}

type KeyDetails = Omit<PublicKeyInfo, "keyOid" | "key" | "curveOid">;

const unknownKey: KeyDetails = { kind: "unknown", algorithm: undefined, bits: undefined };

function detailsOf(keyOid: string, parameters: DerElement | undefined, key: Uint8Array): KeyDetails {
  try {
    return keyReaders.get(keyOid)?.(parameters, key) ?? unknownKey;
  } catch (cause) {
    if (cause instanceof DerError) return unknownKey;
    throw cause;
  }
}

type KeyReader = (parameters: DerElement | undefined, key: Uint8Array) => KeyDetails | undefined;

const keyReaders: ReadonlyMap<string, KeyReader> = new Map<string, KeyReader>([
  [keyOids.ec, readEcKey],
  [keyOids.rsa, (parameters, key) => (isNull(parameters) ? readRsaKey(key) : undefined)],
  [keyOids.rsaPss, readPssKey],
  [keyOids.dsa, readDsaKey],
  [keyOids.ed25519, (parameters, key) => readPlainKey("ed25519", parameters, key.length === 32)],
  ["2.16.840.1.101.3.4.3.17", mlDsaReader("ML-DSA-44", 1312)],
  ["2.16.840.1.101.3.4.3.18", mlDsaReader("ML-DSA-65", 1952)],
  ["2.16.840.1.101.3.4.3.19", mlDsaReader("ML-DSA-87", 2592)],
]);

const curveBits: ReadonlyMap<string, number> = new Map([
  [curveOids.sm2, 256],
  [curveOids["P-256"], 256],
  [curveOids["P-384"], 384],
  [curveOids["P-521"], 521],
]);

function namedCurveOf(parameters: DerElement | undefined): string | undefined {
  return parameters?.tag === tags.oid ? readOid(parameters) : undefined;
}

function readEcKey(parameters: DerElement | undefined): KeyDetails | undefined {
  const curveOid = namedCurveOf(parameters);
  const bits = curveOid === undefined ? undefined : curveBits.get(curveOid);
  return bits === undefined
    ? undefined
    : { kind: "ec", algorithm: signatureAlgorithmOfKey(keyOids.ec, curveOid), bits };
}

/** Fewer bits are verified for who asks (`conformance`), but nothing here signs with them. */
const signingModulusBitsLeast = 2048;

function readRsaKey(key: Uint8Array): KeyDetails | undefined {
  const rsa = readRsaPublicKey(key);
  if (rsa === undefined) return undefined;
  const { bits } = rsa;
  return { kind: "rsa", algorithm: bits < signingModulusBitsLeast ? undefined : "RS256", bits };
}

/** RFC 4055 §3.1: without parameters the key may be used for any PSS, with them for these only. */
function readPssKey(parameters: DerElement | undefined, key: Uint8Array): KeyDetails | undefined {
  const details = readRsaKey(key);
  if (details === undefined) return undefined;
  if (parameters === undefined) {
    return { ...details, algorithm: details.algorithm === undefined ? undefined : "PS256" };
  }
  const restriction = readPssParameters(parameters);
  if (restriction === undefined) return undefined;
  const restrictedTo = pssScheme(restriction);
  return {
    ...details,
    algorithm: details.algorithm === undefined ? undefined : restrictedTo.name,
    restrictedTo,
  };
}

/** RFC 3279 §2.3.2; a key without p, q and g inherits them from its issuer's, and verifies nothing by itself. */
function readDsaKey(parameters: DerElement | undefined): KeyDetails | undefined {
  if (parameters === undefined) return { kind: "dsa", algorithm: undefined, bits: undefined };
  const [prime, ...rest] = readChildren(parameters).map(readInteger);
  if (prime === undefined || rest.length !== 2) return undefined;
  return { kind: "dsa", algorithm: undefined, bits: bitLength(prime) };
}

function readPlainKey(
  kind: "ed25519" | "ml-dsa",
  parameters: DerElement | undefined,
  isRightLength: boolean,
  parameterSet?: MlDsaParameterSet,
): KeyDetails | undefined {
  if (parameters !== undefined || !isRightLength) return undefined;
  if (parameterSet === undefined) return { kind, algorithm: "Ed25519", bits: 256 };
  const algorithm = parameterSet === "ML-DSA-87" ? undefined : parameterSet;
  return { kind, algorithm, bits: undefined, parameterSet };
}

function mlDsaReader(parameterSet: MlDsaParameterSet, length: number): KeyReader {
  return (parameters, key) => readPlainKey("ml-dsa", parameters, key.length === length, parameterSet);
}
