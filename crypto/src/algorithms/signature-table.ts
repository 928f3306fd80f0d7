import type { DigestName } from "./digest-table.ts";

/** How a key signs, whatever the digest. */
export type SignatureKind = "sm2" | "ecdsa" | "rsa-pkcs1" | "rsa-pss" | "eddsa" | "ml-dsa" | "dsa";

/** The sizes of ML-DSA (FIPS 204 §4). */
export type MlDsaParameterSet = "ML-DSA-44" | "ML-DSA-65" | "ML-DSA-87";

export interface SignatureAlgorithm {
  readonly kind: SignatureKind;
  /** Of the signature in a certificate, a seal or a CMS; the PSS rows share one and differ in its parameters. */
  readonly oid: string;
  readonly digest: DigestName | undefined;
  /** Algorithm of the key in its SubjectPublicKeyInfo. */
  readonly keyOid: string;
  /** The named curve in the SubjectPublicKeyInfo's parameters, if the key algorithm has one. */
  readonly curveOid: string | undefined;
  /** `der`: SEQUENCE { r, s }; `raw`: the algorithm's own octets. What our `Signer` gives. */
  readonly signatureForm: "der" | "raw";
}

/** The object identifiers of keys, by which a SubjectPublicKeyInfo and a PrivateKeyInfo say what they hold. */
export const keyOids = {
  ec: "1.2.840.10045.2.1",
  rsa: "1.2.840.113549.1.1.1",
  rsaPss: "1.2.840.113549.1.1.10",
  dsa: "1.2.840.10040.4.1",
  ed25519: "1.3.101.112",
} as const;

/** The named curves that are known here. */
export const curveOids = {
  sm2: "1.2.156.10197.1.301",
  "P-256": "1.2.840.10045.3.1.7",
  "P-384": "1.3.132.0.34",
  "P-521": "1.3.132.0.35",
} as const;

const ecdsa = { kind: "ecdsa", keyOid: keyOids.ec, signatureForm: "der" } as const;
const rsa = { keyOid: keyOids.rsa, curveOid: undefined, signatureForm: "raw" } as const;
const rsaPkcs1 = { kind: "rsa-pkcs1", ...rsa } as const;
const rsaPss = { kind: "rsa-pss", oid: keyOids.rsaPss, ...rsa } as const;
const mlDsa = { kind: "ml-dsa", digest: undefined, curveOid: undefined, signatureForm: "raw" } as const;

/** The algorithms that the suite signs with. What it verifies is more: see `readSignatureScheme`. */
export const signatureAlgorithms = {
  // GM/T 0006-2012: SM2 signature with SM3. The curve's OID also names the key in some certificates.
  SM2: {
    kind: "sm2",
    oid: "1.2.156.10197.1.501",
    digest: "SM3",
    keyOid: keyOids.ec,
    curveOid: curveOids.sm2,
    signatureForm: "der",
  },
  // RFC 5758 §3.2, each digest with the curve of its strength.
  ES256: { ...ecdsa, oid: "1.2.840.10045.4.3.2", digest: "SHA-256", curveOid: curveOids["P-256"] },
  ES384: { ...ecdsa, oid: "1.2.840.10045.4.3.3", digest: "SHA-384", curveOid: curveOids["P-384"] },
  ES512: { ...ecdsa, oid: "1.2.840.10045.4.3.4", digest: "SHA-512", curveOid: curveOids["P-521"] },
  // RFC 8410 §3
  Ed25519: {
    kind: "eddsa",
    oid: keyOids.ed25519,
    digest: undefined,
    keyOid: keyOids.ed25519,
    curveOid: undefined,
    signatureForm: "raw",
  },
  // RFC 4055 §5
  RS256: { ...rsaPkcs1, oid: "1.2.840.113549.1.1.11", digest: "SHA-256" },
  RS384: { ...rsaPkcs1, oid: "1.2.840.113549.1.1.12", digest: "SHA-384" },
  RS512: { ...rsaPkcs1, oid: "1.2.840.113549.1.1.13", digest: "SHA-512" },
  // RFC 4055 §3.1, with MGF1 over the same digest and a salt of its length, as JOSE has it (RFC 7518 §3.5).
  PS256: { ...rsaPss, digest: "SHA-256" },
  PS384: { ...rsaPss, digest: "SHA-384" },
  PS512: { ...rsaPss, digest: "SHA-512" },
  // RFC 9881 §3, the pure form without a digest.
  "ML-DSA-44": { ...mlDsa, oid: "2.16.840.1.101.3.4.3.17", keyOid: "2.16.840.1.101.3.4.3.17" },
  "ML-DSA-65": { ...mlDsa, oid: "2.16.840.1.101.3.4.3.18", keyOid: "2.16.840.1.101.3.4.3.18" },
} as const satisfies Record<string, SignatureAlgorithm>;

export type SignatureAlgorithmName = keyof typeof signatureAlgorithms;

export const signatureAlgorithmNames = Object.keys(signatureAlgorithms) as readonly SignatureAlgorithmName[];

/**
 * The row a key with this SubjectPublicKeyInfo algorithm and curve signs with. An RSA key signs with several, and the
 * first is its default: PKCS #1 v1.5 with SHA-256.
 */
export function signatureAlgorithmOfKey(
  keyOid: string,
  curveOid: string | undefined,
): SignatureAlgorithmName | undefined {
  return signatureAlgorithmNames.find((name) => {
    const row = signatureAlgorithms[name];
    return row.keyOid === keyOid && row.curveOid === curveOid;
  });
}
