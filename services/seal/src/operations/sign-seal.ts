import { issueSeal, prepareSeal } from "@yinxin/crypto/seal";

import type { SealIdentity, SealVersion } from "../domain/seal.ts";
import type { Maker } from "./open-maker.ts";

/** Vid of the seals made here. */
const vendorId = "YINXIN";

/** The seal, signed by its maker and verified (GB/T 38540-2020 §6.2). */
export function signSeal(
  maker: Maker,
  seal: SealIdentity & Pick<SealVersion, "certificate" | "validFrom" | "validUntil">,
  picture: Uint8Array,
): Promise<Uint8Array> {
  const prepared = prepareSeal({
    code: seal.code,
    name: seal.name,
    type: seal.type,
    signerCertificates: [seal.certificate],
    createdAt: seal.validFrom,
    validFrom: seal.validFrom,
    validUntil: seal.validUntil,
    picture: { type: "PNG", data: picture, widthMm: seal.sizeMm, heightMm: seal.sizeMm },
    vendorId,
    makerCertificate: maker.certificate.raw,
  });
  return issueSeal({ maker: maker.signer }, prepared);
}
