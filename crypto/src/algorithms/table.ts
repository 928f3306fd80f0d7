export interface DigestAlgorithm {
  /** The name node:crypto knows it by. */
  readonly nodeName: string;
  readonly oid: string;
  readonly lengthBytes: number;
  /** Prefix of the digest's text form, e.g. `sm3:…`. */
  readonly textPrefix: string;
  /** Absent: still accepted. A signature that claims a later time is not. */
  readonly acceptedUntil?: Date;
}

export const digestAlgorithms = {
  SM3: { nodeName: "sm3", oid: "1.2.156.10197.1.401", lengthBytes: 32, textPrefix: "sm3" },
  "SHA-256": { nodeName: "sha256", oid: "2.16.840.1.101.3.4.2.1", lengthBytes: 32, textPrefix: "sha-256" },
  "SHA-384": { nodeName: "sha384", oid: "2.16.840.1.101.3.4.2.2", lengthBytes: 48, textPrefix: "sha-384" },
  "SHA-512": { nodeName: "sha512", oid: "2.16.840.1.101.3.4.2.3", lengthBytes: 64, textPrefix: "sha-512" },
  // Collisions are practical (SHAttered, 2017; Wang, 2004), so a document protected only by these proves nothing.
  "SHA-1": {
    nodeName: "sha1",
    oid: "1.3.14.3.2.26",
    lengthBytes: 20,
    textPrefix: "sha-1",
    acceptedUntil: new Date("2017-02-23T00:00:00Z"),
  },
  MD5: {
    nodeName: "md5",
    oid: "1.2.840.113549.2.5",
    lengthBytes: 16,
    textPrefix: "md5",
    acceptedUntil: new Date("2004-08-17T00:00:00Z"),
  },
} as const satisfies Record<string, DigestAlgorithm>;

export type DigestName = keyof typeof digestAlgorithms;

export interface SignatureAlgorithm {
  /** Of the signature in a certificate, a seal or a CMS. */
  readonly oid: string;
  readonly digest: DigestName | undefined;
  /** Algorithm of the key in its SubjectPublicKeyInfo. */
  readonly keyOid: string;
  /** The named curve in the SubjectPublicKeyInfo's parameters, if the key algorithm has one. */
  readonly curveOid: string | undefined;
  /** `der`: SEQUENCE { r, s }; `raw`: the algorithm's own octets. What our `Signer` gives. */
  readonly signatureForm: "der" | "raw";
}

const idEcPublicKey = "1.2.840.10045.2.1";

export const signatureAlgorithms = {
  // GM/T 0006-2012: SM2 signature with SM3. The curve's OID also names the key in some certificates.
  SM2: {
    oid: "1.2.156.10197.1.501",
    digest: "SM3",
    keyOid: idEcPublicKey,
    curveOid: "1.2.156.10197.1.301",
    signatureForm: "der",
  },
  ES256: {
    oid: "1.2.840.10045.4.3.2",
    digest: "SHA-256",
    keyOid: idEcPublicKey,
    curveOid: "1.2.840.10045.3.1.7",
    signatureForm: "der",
  },
  // RFC 8410
  Ed25519: {
    oid: "1.3.101.112",
    digest: undefined,
    keyOid: "1.3.101.112",
    curveOid: undefined,
    signatureForm: "raw",
  },
} as const satisfies Record<string, SignatureAlgorithm>;

export type SignatureAlgorithmName = keyof typeof signatureAlgorithms;

/** The row whose signature OID this is, or undefined: an algorithm we do not know. */
export function signatureAlgorithmOfOid(oid: string): SignatureAlgorithmName | undefined {
  return findName(signatureAlgorithms, (row) => row.oid === oid);
}

/** The row a key with this SubjectPublicKeyInfo algorithm and curve signs with. */
export function signatureAlgorithmOfKey(
  keyOid: string,
  curveOid: string | undefined,
): SignatureAlgorithmName | undefined {
  return findName(signatureAlgorithms, (row) => row.keyOid === keyOid && row.curveOid === curveOid);
}

/** The digest row with this OID. */
export function digestAlgorithmOfOid(oid: string): DigestName | undefined {
  return findName(digestAlgorithms, (row) => row.oid === oid);
}

function findName<Name extends string, Row>(
  table: Readonly<Record<Name, Row>>,
  matches: (row: Row) => boolean,
): Name | undefined {
  return (Object.keys(table) as Name[]).find((name) => matches(table[name]));
}
