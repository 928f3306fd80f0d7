import { curveOids, keyOids, parsePublicKey } from "@yinxin/crypto/algorithms";
import { concatBytes, hexOf } from "@yinxin/crypto/bytes";
import {
  bitString,
  DerError,
  integer,
  nullValue,
  oid,
  parseDer,
  readBitString,
  readOid,
  sequence,
  tags,
} from "@yinxin/crypto/der";

import { attributes, keyTypes } from "./cryptoki.ts";
import type { AttributeValues } from "./objects.ts";
import { numberIn } from "./objects.ts";
import type { Sm2Profile } from "./profile.ts";

/** Octets of a coordinate, by curve. */
const coordinateOctets: ReadonlyMap<string, number> = new Map([
  [curveOids.sm2, 32],
  [curveOids["P-256"], 32],
  [curveOids["P-384"], 48],
  [curveOids["P-521"], 66],
]);

/** What {@link publicKeyOfAttributes} reads. */
export function publicKeyAttributes(sm2: Sm2Profile | undefined): readonly number[] {
  const { modulus, publicExponent, ecParameters, ecPoint } = attributes;
  return [
    modulus,
    publicExponent,
    ecParameters,
    ecPoint,
    ...(sm2?.point === undefined ? [] : [sm2.point.x, sm2.point.y]),
  ];
}

/**
 * SubjectPublicKeyInfo of a key object. Tokens write the point in several ways: as DER OCTET STRING as the standard says
 * (PKCS#11 v2.40 §2.3.3), as BIT STRING, or bare.
 *
 * @returns undefined for an object without a public part, and for one that makes no sense.
 */
export function publicKeyOfAttributes(
  values: AttributeValues,
  sm2: Sm2Profile | undefined,
): Uint8Array | undefined {
  const spki = spkiOf(values, sm2);
  return spki !== undefined && parsePublicKey(spki).kind !== "unknown" ? spki : undefined;
}

function spkiOf(values: AttributeValues, sm2: Sm2Profile | undefined): Uint8Array | undefined {
  const keyType = numberIn(values.get(attributes.keyType));
  if (keyType === keyTypes.rsa) return rsaKey(values);
  if (keyType === keyTypes.ecEdwards) return edwardsKey(values);
  const isSm2 = sm2 !== undefined && keyType === sm2.keyType && keyType !== keyTypes.ec;
  if (isSm2) return ecKey(curveOids.sm2, sm2PointOf(values, sm2));
  if (keyType !== keyTypes.ec) return undefined;
  return ecKey(curveOf(values.get(attributes.ecParameters)), values.get(attributes.ecPoint));
}

/** Of a modulus with 16384 bits, the largest that libraries take. */
const maximumModulusOctets = 2048;

function rsaKey(values: AttributeValues): Uint8Array | undefined {
  const numbers = [attributes.modulus, attributes.publicExponent].map((type) => values.get(type));
  const integers = numbers.flatMap((octets) =>
    octets === undefined || octets.length === 0 || octets.length > maximumModulusOctets
      ? []
      : [integer(BigInt(`0x${hexOf(octets)}`))],
  );
  if (integers.length !== 2) return undefined;
  return sequence(sequence(oid(keyOids.rsa), nullValue()), bitString(sequence(...integers)));
}

/** The named curve; a curve that is written out is none that is signed with here. */
function curveOf(parameters: Uint8Array | undefined): string | undefined {
  if (parameters === undefined) return undefined;
  try {
    const element = parseDer(parameters);
    return element.tag === tags.oid ? readOid(element) : undefined;
  } catch (cause) {
    if (cause instanceof DerError) return undefined;
    throw cause;
  }
}

function sm2PointOf(values: AttributeValues, { point }: Sm2Profile): Uint8Array | undefined {
  if (point === undefined) return values.get(attributes.ecPoint);
  const [x, y] = [values.get(point.x), values.get(point.y)];
  if (x?.length !== 32 || y?.length !== 32) return undefined;
  return concatBytes(x, y);
}

function ecKey(curve: string | undefined, value: Uint8Array | undefined): Uint8Array | undefined {
  const octets = curve === undefined ? undefined : coordinateOctets.get(curve);
  if (curve === undefined || octets === undefined || value === undefined) return undefined;
  const point = octetsOfLength(value, 1 + 2 * octets);
  if (point?.[0] === 0x04) return sequence(sequence(oid(keyOids.ec), oid(curve)), bitString(point));
  if (value.length !== 2 * octets) return undefined;
  return ecKey(curve, concatBytes(Uint8Array.of(0x04), value));
}

function edwardsKey(values: AttributeValues): Uint8Array | undefined {
  const value = values.get(attributes.ecPoint);
  const point = value === undefined ? undefined : octetsOfLength(value, 32);
  return point === undefined ? undefined : sequence(sequence(oid(keyOids.ed25519)), bitString(point));
}

/** The octets, bare or in an OCTET STRING or BIT STRING. The length tells them apart: a bare point may begin as one of these. */
function octetsOfLength(value: Uint8Array, length: number): Uint8Array | undefined {
  if (value.length === length) return value;
  try {
    const element = parseDer(value);
    const octets = element.tag === tags.bitString ? readBitString(element) : element.contents;
    return octets.length === length ? octets : undefined;
  } catch (cause) {
    if (cause instanceof DerError) return undefined;
    throw cause;
  }
}
