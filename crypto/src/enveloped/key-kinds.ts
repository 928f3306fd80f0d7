/** The kinds of keys that secrets are handed over to. */
export const keyKinds = [
  { kind: "rsa", keyOid: "1.2.840.113549.1.1.1", curveOid: undefined },
  { kind: "ecdh-p256", keyOid: "1.2.840.10045.2.1", curveOid: "1.2.840.10045.3.1.7" },
  { kind: "sm2", keyOid: "1.2.840.10045.2.1", curveOid: "1.2.156.10197.1.301" },
] as const;
export type KeyKind = (typeof keyKinds)[number]["kind"];
