import { randomBytes } from "node:crypto";

import { pemOfDer, utf8Of } from "@yinxin/crypto/bytes";
import { issueCertificate } from "@yinxin/crypto/issuing";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { parseCertificate } from "@yinxin/crypto/x509";

/** PEM, as files have it. */
export interface TlsParty {
  readonly certificate: Uint8Array;
  readonly key: Uint8Array;
}

/** An authority of one test run that certifies servers and clients. */
export interface TlsAuthority {
  readonly certificate: Uint8Array;
  server(name: string): Promise<TlsParty>;
  client(name: string): Promise<TlsParty>;
}

const validity = {
  notBefore: new Date("2020-01-01T00:00:00Z"),
  notAfter: new Date("2045-12-31T00:00:00Z"),
};
const serialNumber = () => Uint8Array.of(1, ...randomBytes(15));
const pem = (der: Uint8Array) => utf8Of(pemOfDer(der, "CERTIFICATE"));

export async function createTlsAuthority(): Promise<TlsAuthority> {
  const signer = createSoftwareSigner(generateKey("ES256").pkcs8);
  const authority = await issueCertificate({
    profile: "root-ca",
    subject: [{ type: "CN", value: "authority of a test" }],
    publicKey: signer.publicKey,
    issuer: { signer },
    serialNumber: serialNumber(),
    ...validity,
  });
  const party = async (profile: "tls-server" | "tls-client", name: string): Promise<TlsParty> => {
    const { pkcs8, spki } = generateKey("ES256");
    const certificate = await issueCertificate({
      profile,
      subject: [{ type: "CN", value: name }],
      publicKey: spki,
      issuer: { signer, certificate: parseCertificate(authority) },
      serialNumber: serialNumber(),
      ...validity,
      ...(profile === "tls-server" && { options: { alternativeNames: [{ dns: name }] } }),
    });
    return { certificate: pem(certificate), key: utf8Of(pemOfDer(pkcs8, "PRIVATE KEY")) };
  };
  return {
    certificate: pem(authority),
    server: (name) => party("tls-server", name),
    client: (name) => party("tls-client", name),
  };
}
