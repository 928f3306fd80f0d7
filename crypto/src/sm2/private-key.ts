import { concatBytes } from "../bytes/index.ts";
import {
  bitString,
  contextExplicit,
  DerError,
  octetString,
  oid,
  parseDer,
  readChildren,
  readOid,
  sequence,
  smallInteger,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import type { EcCurve } from "./engine/index.ts";

/** Curves of the engine by their object identifiers (GM/T 0006-2012, RFC 5480 §2.1.1.1). */
const curvesByOid: ReadonlyMap<string, EcCurve> = new Map([
  ["1.2.156.10197.1.301", "sm2"],
  ["1.2.840.10045.3.1.7", "p256"],
]);
const ecPublicKey = "1.2.840.10045.2.1";
const sm2Algorithm = sequence(oid(ecPublicKey), oid("1.2.156.10197.1.301"));

/** A private key of one of the engine's curves. */
export interface EcPrivateNumber {
  readonly curve: EcCurve;
  /** 32 bytes; a copy that its owner overwrites after use. */
  readonly d: Uint8Array;
}

/**
 * Reads PrivateKeyInfo with an ECPrivateKey (RFC 5208 §5, RFC 5915 §3).
 *
 * @throws RangeError if it is not one on a curve of the engine. The message says nothing about the key.
 */
export function readEcPrivateKey(pkcs8: Uint8Array): EcPrivateNumber {
  try {
    const [, algorithm, wrapped] = readChildren(parseDer(pkcs8));
    const curve = curveOf(algorithm);
    const [, d] = readChildren(parseDer(octetsOf(wrapped)));
    if (curve !== undefined) return { curve, d: widened(octetsOf(d)) };
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
  }
  throw new RangeError("not a private key of a curve that the engine has");
}

function curveOf(algorithm: DerElement | undefined): EcCurve | undefined {
  const [keyOid, curve] = algorithm === undefined ? [] : readChildren(algorithm);
  if (keyOid === undefined || curve?.tag !== tags.oid) return undefined;
  return readOid(keyOid) === ecPublicKey ? curvesByOid.get(readOid(curve)) : undefined;
}

function octetsOf(element: DerElement | undefined): Uint8Array {
  if (element?.tag === tags.octetString) return element.contents;
  throw new DerError("der-unexpected", "an OCTET STRING is missing", element?.offset ?? 0);
}

/** Some writers leave out leading zeros, others add one. */
function widened(octets: Uint8Array): Uint8Array {
  const extra = Math.max(octets.length - 32, 0);
  if (octets.subarray(0, extra).some((octet) => octet !== 0)) {
    throw new DerError("der-unexpected", "the private key is longer than its curve's", 0);
  }
  const d = new Uint8Array(32);
  d.set(octets.subarray(extra), 32 - (octets.length - extra));
  return d;
}

/** An SM2 key in DER: PKCS#8 and SubjectPublicKeyInfo. */
export function writeSm2Key(d: Uint8Array, xy64: Uint8Array): { pkcs8: Uint8Array; spki: Uint8Array } {
  const point = bitString(concatBytes(Uint8Array.of(0x04), xy64));
  const key = sequence(smallInteger(1), octetString(d), contextExplicit(1, point));
  return {
    pkcs8: sequence(smallInteger(0), sm2Algorithm, octetString(key)),
    spki: sequence(sm2Algorithm, point),
  };
}
