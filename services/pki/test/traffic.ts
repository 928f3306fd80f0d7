import { base64Of, bytesOfBase64 } from "@yinxin/crypto/bytes";
import type { NameInput } from "@yinxin/crypto/issuing";
import { parseCertificate, parseCertificatesPem, validatePath } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";
import { createKnownAuthorities } from "@yinxin/service-kit/known-authorities";
import type { KnownAuthorities } from "@yinxin/service-kit/known-authorities";
import { silentLog, startTraffic } from "@yinxin/service-kit/testing";
import type { TestTraffic } from "@yinxin/service-kit/testing";
import { z } from "zod";

import { requestFor, softwareKey } from "./pki-for-tests.ts";
import type { PkiForTests } from "./pki-for-tests.ts";

export type Algorithm = "SM2" | "ES256";

/** A certificate that a caller got, and the version of the issuing authority's key that signed it. */
export interface Issued {
  readonly serialNumber: string;
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
}

const issuedSchema = z.object({
  serial_number: z.string(),
  certificate: z.base64(),
  chain: z.array(z.base64()),
});

const signerName: NameInput = [
  { type: "C", value: "CN" },
  { type: "O", value: "临溪市民政局" },
  { type: "CN", value: "临溪市民政局文件签名" },
];

/** The test moves the clock by days while a request is on its way, so the token lasts longer than any token does. */
const caller = {
  subject: "seal",
  permissions: ["certificate:issue"],
  lifetimeSeconds: 30 * 86_400,
} as const;

/** Asks for one certificate. @throws Error unless it is issued: under a rotation no call may fail. */
export async function issueOne(pki: PkiForTests, algorithm: Algorithm): Promise<Issued> {
  const response = await fetch(`${pki.url}/v1/certificates`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: await pki.tokens.bearer(caller),
    },
    body: JSON.stringify({
      profile: "signer",
      request: await requestFor(signerName, softwareKey(algorithm)),
    }),
  });
  if (response.status !== 201) throw new Error(`issuing failed: ${await response.text()}`);
  const { serial_number, certificate, chain } = issuedSchema.parse(await response.json());
  return {
    serialNumber: serial_number,
    certificate: parseCertificate(bytesOfBase64(certificate)),
    chain: chain.map((der) => parseCertificate(bytesOfBase64(der))),
  };
}

/** The certificates of an authority as `GET /v1/authorities` has them. */
export async function authorityOf(
  pki: PkiForTests,
  algorithm: Algorithm,
): Promise<{ root: Certificate; rootPem: string; intermediatesPem: string }> {
  const reply = z.object({
    authorities: z.array(
      z.object({ algorithm: z.string(), root_pem: z.string(), intermediates_pem: z.string() }),
    ),
  });
  const { authorities } = reply.parse(await (await fetch(`${pki.url}/v1/authorities`)).json());
  const found = authorities.find((authority) => authority.algorithm === algorithm);
  const [root] = parseCertificatesPem(found?.root_pem ?? "");
  if (found === undefined || root === undefined) throw new Error(`there is no authority for ${algorithm}`);
  return { root, rootPem: found.root_pem, intermediatesPem: found.intermediates_pem };
}

/** A program that verifies with one root and, as services do, with what the certificate service publishes, cached. */
export interface Verifier {
  /** @throws Error with the reasons if the certificate is not good under the one root. */
  verify(certificate: Certificate): Promise<void>;
}

export function verifierOf(pki: PkiForTests, root: Certificate): Verifier {
  const { clock } = pki;
  const authorities: KnownAuthorities = createKnownAuthorities({
    trust: { anchors: [root], intermediates: [] },
    ...{ pkiUrl: pki.url, fetch, clock, log: silentLog },
  });
  return {
    verify: async (certificate) => {
      const { anchors, intermediates } = await authorities.trustList();
      const { isValid, failures } = validatePath({
        ...{ certificate, intermediates, anchors },
        at: clock.now(),
        policy: { algorithms: "default" },
      });
      if (isValid) return;
      const why = failures.map(({ detail }) => detail).join(" ");
      throw new Error(`${base64Of(certificate.raw).slice(0, 12)}… does not verify: ${why}`);
    },
  };
}

/** Two callers who ask for certificates and verify each at once with every one of `verifiers`, also with those added later. */
export function trafficOf(
  pki: PkiForTests,
  algorithm: Algorithm,
  verifiers: readonly Verifier[],
): TestTraffic<Issued> {
  const call = async (): Promise<Issued> => {
    const issued = await issueOne(pki, algorithm);
    for (const verifier of verifiers) await verifier.verify(issued.certificate);
    return issued;
  };
  return startTraffic([call, call]);
}
