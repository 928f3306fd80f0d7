import { digest, digestText } from "@yinxin/crypto/digest";
import type { NameInput } from "@yinxin/crypto/issuing";
import type { Signer } from "@yinxin/crypto/signer";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";
import type { Clock } from "@yinxin/service-kit/clock";
import { enrolCertificate } from "@yinxin/service-kit/enrolment";
import type { CertificateAuthority } from "@yinxin/service-kit/enrolment";
import type { KeyRings, KeyUse, OpenKey } from "@yinxin/service-kit/key-rings";

import { makerRing } from "../domain/seal-rings.ts";
import type { SealStore } from "./seal-store.ts";

export interface OpenMakerDeps {
  readonly store: SealStore;
  readonly rings: KeyRings;
  readonly authority: CertificateAuthority;
  /** What the maker's certificate says. */
  readonly makerName: NameInput;
  readonly clock: Clock;
}

/** Who makes the seals (制章者): this service's own key and certificate. */
export interface Maker {
  readonly use: KeyUse;
  readonly signer: Signer;
  readonly certificate: Certificate;
}

/**
 * Does `work` as the seal maker, with the key of this moment, and again with its successor if a rotation came between.
 * The certificate of the first key is enrolled when the first seal is made, since the certificate service may start later than
 * this one; later keys have theirs before they sign.
 *
 * @throws Refusal `certificate-not-issued`, and what `KeyRings.open` refuses.
 */
export function withMaker<Result>(
  deps: OpenMakerDeps,
  work: (maker: Maker) => Promise<Result>,
): Promise<Result> {
  return deps.rings.withKey(makerRing, async (key) =>
    work({ use: key.use, signer: key.signer, certificate: await certificateOf(deps, key) }),
  );
}

async function certificateOf(deps: OpenMakerDeps, key: OpenKey): Promise<Certificate> {
  return parseCertificate(key.version.certificate ?? (await enrolMaker(deps, key)));
}

async function enrolMaker(deps: OpenMakerDeps, { use, signer }: OpenKey): Promise<Uint8Array> {
  const { certificate, chain } = await enrolCertificate(deps.authority, {
    profile: "seal-maker",
    subject: deps.makerName,
    signer,
  });
  const enrolledAt = deps.clock.now();
  const name = `${use.purpose}/${String(use.version)}`;
  const isFirst = await deps.store.transact(async (unit) => {
    if (!(await unit.addMakerCertificate(name, certificate.raw, enrolledAt))) return false;
    await unit.rings.putCertificate(
      use,
      certificate.raw,
      chain.map(({ raw }) => raw),
    );
    await unit.audit.append({
      action: "maker-certificate.enrolled",
      actor: "seal",
      subject: name,
      occurredAt: enrolledAt,
      key: use,
      detail: {
        certificate_serial_number: certificate.serialNumber,
        certificate_digest: digestText("SM3", digest("SM3", certificate.raw)),
      },
    });
    return true;
  });
  // Two seals made at once may both enrol; the first certificate is the maker's, and the other is used by nobody.
  const kept = isFirst ? certificate.raw : await deps.store.findMakerCertificate(name);
  if (kept === undefined) throw new Error("the maker's certificate was neither kept nor found");
  return kept;
}
