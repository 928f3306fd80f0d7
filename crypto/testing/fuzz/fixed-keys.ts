import { bytesOfHex, concatBytes, hexOf, utf8Of } from "../../src/bytes/index.ts";
import { digest } from "../../src/digest/index.ts";
import { issueCertificate } from "../../src/issuing/index.ts";
import type { CertificateProfileName } from "../../src/issuing/index.ts";
import { createSoftwareSigner } from "../../src/signer/index.ts";
import type { Signer } from "../../src/signer/index.ts";
import { parseCertificate } from "../../src/x509/index.ts";
import { partiesValidity } from "../signing-parties.ts";
import type { Party } from "../signing-parties.ts";

/** PrivateKeyInfo of Ed25519 and of SM2 up to the number (RFC 8410 §7, RFC 5915 §3). */
const ed25519Prefix = bytesOfHex("302e020100300506032b657004220420");
const sm2Prefix = bytesOfHex("3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420");

/** Always the same Ed25519 key for a name. Its signatures are always the same too, so seeds do not change between runs. */
export function fixedPkcs8(name: string): Uint8Array {
  return concatBytes(ed25519Prefix, digest("SHA-256", utf8Of(name)));
}

export function fixedSigner(name: string): Signer {
  return createSoftwareSigner(fixedPkcs8(name), "Ed25519");
}

/** Always the same SM2 key. */
export function fixedSm2Key(): Uint8Array {
  return concatBytes(sm2Prefix, digest("SHA-256", utf8Of("SM2")));
}

/** What stands for randomness where a seed is encrypted: each call gives other bytes, each run the same. */
export function fixedRandom(): (length: number) => Uint8Array {
  let calls = 0;
  return (length) => {
    calls += 1;
    const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, at) =>
      digest("SHA-256", utf8Of(`${String(calls)} ${String(at)}`)),
    );
    return concatBytes(...blocks).slice(0, length);
  };
}

/** A party named `name` with a fixed key. */
export async function fixedParty(
  profile: CertificateProfileName,
  name: string,
  issuer?: Party,
): Promise<Party> {
  const signer = fixedSigner(name);
  const der = await issueCertificate({
    profile,
    subject: [
      { type: "C", value: "CN" },
      { type: "O", value: "印信测试" },
      { type: "CN", value: name },
    ],
    publicKey: signer.publicKey,
    issuer: issuer ?? { signer },
    serialNumber: bytesOfHex(`01${hexOf(digest("SHA-256", utf8Of(name))).slice(0, 30)}`),
    ...partiesValidity,
  });
  return { signer, certificate: parseCertificate(der), pkcs8: fixedPkcs8(name) };
}
