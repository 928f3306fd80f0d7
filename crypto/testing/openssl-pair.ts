import { generateKeyPairSync } from "node:crypto";

import { pemOfDer } from "../src/bytes/index.ts";
import { generateKey } from "../src/signer/index.ts";
import { inOpensslFolder } from "./openssl.ts";

export const pairKinds = ["RSA", "P-256", "SM2", "Ed25519"] as const;
export type PairKind = (typeof pairKinds)[number];

/** A private key and a certificate over it, both DER. */
export interface KeyPair {
  readonly privateKey: Uint8Array;
  readonly certificate: Uint8Array;
}

/** PKCS#8 of a fresh key; RSA with 2048 bits. */
export function newPrivateKey(kind: PairKind): Uint8Array {
  if (kind === "RSA") {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    return new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" }));
  }
  const algorithm = ({ "P-256": "ES256", SM2: "SM2", Ed25519: "Ed25519" } as const)[kind];
  return generateKey(algorithm).pkcs8;
}

/** A key with a certificate that `openssl req` signed with it; the subject is the kind. */
export function newOpensslPair(kind: PairKind): KeyPair {
  const privateKey = newPrivateKey(kind);
  return inOpensslFolder({ "key.pem": pemOfDer(privateKey, "PRIVATE KEY") }, ({ run, read }) => {
    const digest = kind === "SM2" ? ["-sm3", "-sigopt", "distid:1234567812345678"] : [];
    const args = ["-x509", "-new", "-key", "key.pem", "-subj", `/CN=${kind}`, "-outform", "DER", "-out", "c"];
    const { status, output } = run("req", ...args, "-days", "3650", ...digest);
    if (status !== 0) throw new Error(output);
    return { privateKey, certificate: read("c") };
  });
}
