import { createSigningIdentity, issueSignedData, prepareSignedData } from "@yinxin/crypto/cms";
import type { Signer } from "@yinxin/crypto/signer";
import type { Certificate } from "@yinxin/crypto/x509";

/** What an officer signs with: a card, or a file in a sandbox. */
export interface OfficerIdentity {
  readonly signer: Signer;
  readonly certificate: Certificate;
  /** From the issuing authority towards the root; may be empty if a root issued the certificate. */
  readonly chain: readonly Certificate[];
}

/**
 * An officer's signature over exactly these bytes: detached CAdES-B-B (ETSI EN 319 122-1 §6.3), verified before it is
 * returned. The chain goes along, so that other programs need the roots only.
 *
 * @param at the officer's own time; the statement repeats it.
 * @throws CmsError `key-mismatch`, `signature-wrong`; what the signer rejects with passes through.
 */
export async function signStatement(
  { signer, certificate, chain }: OfficerIdentity,
  bytes: Uint8Array,
  at: Date,
): Promise<Uint8Array> {
  const prepared = prepareSignedData({
    content: { kind: "detached", bytes },
    signers: [
      {
        identity: createSigningIdentity({ certificate }),
        flavour: "cades",
        signingTime: at,
        protectsAlgorithms: true,
      },
    ],
    certificates: chain.map(({ raw }) => raw),
  });
  return await issueSignedData({ signers: [signer] }, prepared);
}
