import { curveOids, digestAlgorithms, parsePublicKey, signatureAlgorithms } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { bytesOfHex, concatBytes } from "@yinxin/crypto/bytes";
import {
  DerError,
  nullValue,
  octetString,
  oid,
  parseDer,
  readChildren,
  readInteger,
  sequence,
} from "@yinxin/crypto/der";
import { sm2Z } from "@yinxin/crypto/sm2";
import type { Mechanism, RsaPSS } from "pkcs11js";

import { keyTypes, maskFunctions, mechanisms } from "./cryptoki.ts";
import type { Sm2Profile, Sm2Signing } from "./profile.ts";

/** One way in which a key signs on its token. */
export interface SigningWay {
  readonly algorithm: SignatureAlgorithmName;
  readonly takes: "digest" | "message";
  readonly mechanism: Mechanism;
  /** What C_Sign is given for an input. */
  prepare(input: Uint8Array): Uint8Array;
  /** The plain form of what C_Sign gave; as it is if it has none. */
  finish(signature: Uint8Array): Uint8Array;
}

/** What is known of a key and its token. */
export interface SigningKey {
  readonly keyType: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** Whether the token, and the key if it says so, has a mechanism. */
  readonly has: (mechanism: number) => boolean;
  readonly sm2: Sm2Profile | undefined;
}

/** The rows that a key signs by on this token; the first is its own. */
export function signingWaysOf(key: SigningKey): readonly SigningWay[] {
  const { kind, algorithm, curveOid, bits } = parsePublicKey(key.publicKey);
  if (algorithm === undefined) return [];
  if (curveOid === curveOids.sm2) return sm2Ways(key);
  if (kind === "ec") return ecdsaWays(key, algorithm, Math.ceil((bits ?? 0) / 8));
  if (kind === "rsa") return rsaWays(key);
  return algorithm === "Ed25519" && key.has(mechanisms.eddsa)
    ? [{ ...asItIs, algorithm, takes: "message", mechanism: { mechanism: mechanisms.eddsa } }]
    : [];
}

const same = (bytes: Uint8Array): Uint8Array => bytes;
const asItIs = { prepare: same, finish: same };

const combinedEcdsa: Readonly<Partial<Record<SignatureAlgorithmName, number>>> = {
  ES256: mechanisms.ecdsaSha256,
  ES384: mechanisms.ecdsaSha384,
  ES512: mechanisms.ecdsaSha512,
};

function ecdsaWays(key: SigningKey, algorithm: SignatureAlgorithmName, octets: number): SigningWay[] {
  // Numbers of a vendor's own kind of key mean nothing here.
  if (key.keyType !== keyTypes.ec) return [];
  const finish = (signature: Uint8Array): Uint8Array => plainForm(signature, octets);
  if (key.has(mechanisms.ecdsa)) {
    return [
      { algorithm, takes: "digest", mechanism: { mechanism: mechanisms.ecdsa }, prepare: same, finish },
    ];
  }
  const combined = combinedEcdsa[algorithm];
  if (combined === undefined || !key.has(combined)) return [];
  return [{ algorithm, takes: "message", mechanism: { mechanism: combined }, prepare: same, finish }];
}

/**
 * Only by a mechanism that the profile names: CKM_ECDSA over a key on the SM2 curve, which SoftHSM and others offer, is ECDSA
 * and no SM2 signature.
 */
function sm2Ways({ keyType, sm2, has, publicKey }: SigningKey): SigningWay[] {
  if (sm2?.keyType !== keyType) return [];
  const signing = sm2.signing.find(({ mechanism }) => has(mechanism));
  if (signing === undefined) return [];
  const { mechanism, takes, form } = signing;
  return [
    {
      algorithm: "SM2",
      takes,
      mechanism: { mechanism },
      prepare: putsZ(signing) ? zBefore(publicKey) : same,
      finish: form === "raw" ? same : (signature) => plainForm(signature, 32),
    },
  ];
}

function putsZ({ takes, z }: Sm2Signing): boolean {
  return takes === "message" && z === "driver";
}

function zBefore(publicKey: Uint8Array): (message: Uint8Array) => Uint8Array {
  const z = sm2Z(publicKey);
  return (message) => concatBytes(z, message);
}

interface RsaRow {
  readonly algorithm: SignatureAlgorithmName;
  /** The mechanism that digests too. */
  readonly combined: number;
  readonly parameter?: RsaPSS;
}

/** CK_PARAMS_RSA_PSS of pkcs11js. */
const pssParameters = 5;

const pss = (hashAlg: number, mgf: number, saltLen: number): { parameter: RsaPSS } => ({
  parameter: { type: pssParameters, hashAlg, mgf, saltLen },
});

/** RFC 8017 §8.1 and §8.2; the salt of PSS is as long as the digest. */
const rsaRows: readonly RsaRow[] = [
  { algorithm: "RS256", combined: mechanisms.sha256RsaPkcs },
  { algorithm: "RS384", combined: mechanisms.sha384RsaPkcs },
  { algorithm: "RS512", combined: mechanisms.sha512RsaPkcs },
  {
    algorithm: "PS256",
    combined: mechanisms.sha256RsaPss,
    ...pss(mechanisms.sha256, maskFunctions.sha256, 32),
  },
  {
    algorithm: "PS384",
    combined: mechanisms.sha384RsaPss,
    ...pss(mechanisms.sha384, maskFunctions.sha384, 48),
  },
  {
    algorithm: "PS512",
    combined: mechanisms.sha512RsaPss,
    ...pss(mechanisms.sha512, maskFunctions.sha512, 64),
  },
];

/** The digest is made by us where the token lets us, since opencryptoki and others have no mechanism that does both. */
function rsaWays({ has }: SigningKey): SigningWay[] {
  return rsaRows.flatMap(({ algorithm, combined, parameter }) => {
    const plain = parameter === undefined ? mechanisms.rsaPkcs : mechanisms.rsaPss;
    const mechanism = has(plain) ? plain : has(combined) ? combined : undefined;
    if (mechanism === undefined) return [];
    const takes = mechanism === plain ? "digest" : "message";
    const prepare = mechanism === mechanisms.rsaPkcs ? digestInfoOf(algorithm) : same;
    const used: Mechanism = { mechanism, ...(parameter === undefined ? {} : { parameter }) };
    return [{ algorithm, takes, mechanism: used, prepare, finish: same }];
  });
}

/** DigestInfo ::= SEQUENCE { digestAlgorithm, digest } (RFC 8017 §9.2). */
function digestInfoOf(algorithm: SignatureAlgorithmName): (digest: Uint8Array) => Uint8Array {
  const { digest: name } = signatureAlgorithms[algorithm];
  if (name === undefined) return same;
  const identifier = sequence(oid(digestAlgorithms[name].oid), nullValue());
  return (digest) => sequence(identifier, octetString(digest));
}

/** r ‖ s of a signature, which some tokens give as SEQUENCE { r, s } where the standard says r ‖ s. */
function plainForm(signature: Uint8Array, octets: number): Uint8Array {
  if (signature.length === 2 * octets) return signature;
  try {
    const numbers = readChildren(parseDer(signature)).map(readInteger);
    const digits = numbers.map((number) => number.toString(16).padStart(2 * octets, "0"));
    const isPair = numbers.length === 2 && numbers.every((number) => number >= 0n);
    if (!isPair || digits.some(({ length }) => length !== 2 * octets)) return signature;
    return concatBytes(...digits.map(bytesOfHex));
  } catch (cause) {
    if (cause instanceof DerError) return signature;
    throw cause;
  }
}
