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
  "SHA-224": { nodeName: "sha224", oid: "2.16.840.1.101.3.4.2.4", lengthBytes: 28, textPrefix: "sha-224" },
  "SHA3-256": {
    nodeName: "sha3-256",
    oid: "2.16.840.1.101.3.4.2.8",
    lengthBytes: 32,
    textPrefix: "sha3-256",
  },
  "SHA3-384": {
    nodeName: "sha3-384",
    oid: "2.16.840.1.101.3.4.2.9",
    lengthBytes: 48,
    textPrefix: "sha3-384",
  },
  "SHA3-512": {
    nodeName: "sha3-512",
    oid: "2.16.840.1.101.3.4.2.10",
    lengthBytes: 64,
    textPrefix: "sha3-512",
  },
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

/** The digest row with this OID. */
export function digestAlgorithmOfOid(oid: string): DigestName | undefined {
  return digestNames.find((name) => digestAlgorithms[name].oid === oid);
}

const digestNames = Object.keys(digestAlgorithms) as readonly DigestName[];
