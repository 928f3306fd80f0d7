import type { DigestName } from "../src/algorithms/index.ts";
import { createSigningIdentity } from "../src/cms/index.ts";
import {
  issueTimeStampToken,
  parseTimeStampRequest,
  prepareTimeStampToken,
  writeTimeStampRequest,
} from "../src/timestamp/index.ts";
import type { TokenToPrepare } from "../src/timestamp/index.ts";
import type { Entity } from "./fabricated-certificate.ts";

export const stampPolicy = "1.3.6.1.4.1.55555.1.1";

/** An authority with a clock of its own: a token over a digest at a time. */
export function stampWith(
  tsa: Entity,
  time: Date,
  wishes: Partial<TokenToPrepare> = {},
): (imprint: { readonly algorithm: DigestName; readonly digest: Uint8Array }) => Promise<Uint8Array> {
  const authority = createSigningIdentity({ certificate: tsa.certificate, algorithm: tsa.signer.algorithm });
  return ({ algorithm, digest }) => {
    const request = parseTimeStampRequest(
      writeTimeStampRequest({ algorithm, digest, wantsCertificates: true }),
    );
    const prepared = prepareTimeStampToken({
      request,
      authority,
      policy: stampPolicy,
      serialNumber: 1n,
      time,
      ...wishes,
    });
    return issueTimeStampToken({ signer: tsa.signer }, prepared);
  };
}
