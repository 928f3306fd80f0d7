import { digest, digestText } from "@yinxin/crypto/digest";
import type { NameInput } from "@yinxin/crypto/issuing";
import type { Signer } from "@yinxin/crypto/signer";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";
import type { Clock } from "@yinxin/service-kit/clock";
import { enrolCertificate } from "@yinxin/service-kit/enrolment";
import type { CertificateAuthority } from "@yinxin/service-kit/enrolment";

import type { SealKeys } from "./seal-keys.ts";
import type { SealStore } from "./seal-store.ts";

export interface OpenMakerDeps {
  readonly store: SealStore;
  readonly keys: SealKeys;
  readonly authority: CertificateAuthority;
  /** What the maker's certificate says. */
  readonly makerName: NameInput;
  readonly clock: Clock;
}

/** Who makes the seals (制章者): this service's own key and certificate. */
export interface Maker {
  readonly signer: Signer;
  readonly certificate: Certificate;
}

export const makerKeyUri = "file:maker";

/**
 * The seal maker. Its certificate is enrolled when the first seal is made, since the certificate service may start later
 * than this one.
 *
 * @throws Refusal `certificate-not-issued`
 */
export async function openMaker(deps: OpenMakerDeps): Promise<Maker> {
  const signer = await deps.keys.openOrCreate(makerKeyUri);
  const known = await deps.store.findMakerCertificate(makerKeyUri);
  return { signer, certificate: parseCertificate(known ?? (await enrolMaker(deps, signer))) };
}

async function enrolMaker(deps: OpenMakerDeps, signer: Signer): Promise<Uint8Array> {
  const { certificate } = await enrolCertificate(deps.authority, {
    profile: "seal-maker",
    subject: deps.makerName,
    signer,
  });
  const enrolledAt = deps.clock.now();
  const isFirst = await deps.store.transact(async (unit) => {
    if (!(await unit.addMakerCertificate(makerKeyUri, certificate.raw, enrolledAt))) return false;
    await unit.audit.append({
      action: "maker-certificate.enrolled",
      actor: "seal",
      subject: makerKeyUri,
      occurredAt: enrolledAt,
      detail: {
        certificate_serial_number: certificate.serialNumber,
        certificate_digest: digestText("SM3", digest("SM3", certificate.raw)),
      },
    });
    return true;
  });
  // Two seals made at once may both enrol; the first certificate is the maker's, and the other is used by nobody.
  const kept = isFirst ? certificate.raw : await deps.store.findMakerCertificate(makerKeyUri);
  if (kept === undefined) throw new Error("the maker's certificate was neither kept nor found");
  return kept;
}
