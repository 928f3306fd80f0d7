import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { certificateProfiles, createCertificateRequest, issueCertificate } from "@yinxin/crypto/issuing";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { KeyDescription, KeyStore } from "@yinxin/hsm-adapters/key-store";

import type { PinSource } from "@yinxin/hsm-adapters/pin";

import type { Terminal } from "../terminal/index.ts";
import { requireFace } from "./find-key.ts";
import { withStore } from "./open-store.ts";
import type { StoreValues } from "./store-options.ts";

export interface OfficerKeyToMake {
  readonly label: string;
  readonly algorithm: SignatureAlgorithmName;
  /** Common name. */
  readonly name: string;
  /** Label of a root key in the same store that issues the certificate; for sandboxes. */
  readonly sandboxRoot: string | undefined;
}

export interface MadeOfficerKey {
  readonly uri: string;
  /** PKCS#10, DER. */
  readonly request: Uint8Array;
  /** From the sandbox root, kept beside the key. */
  readonly certificate?: Uint8Array;
  readonly root?: Uint8Array;
}

/**
 * A key for an officer, with a request for a certificate; a key of that label that is there already is taken up, so that a ceremony which
 * was cut short goes on. @throws KeyStoreError
 */
export function makeOfficerKey(
  values: StoreValues,
  wanted: OfficerKeyToMake,
  terminal: Terminal,
  pin?: PinSource,
): Promise<MadeOfficerKey> {
  const { label, algorithm, name, sandboxRoot } = wanted;
  const make = async (store: KeyStore): Promise<MadeOfficerKey> => {
    const key = await keyIn(store, label, algorithm);
    const subject = [
      { type: "C", value: "CN" },
      { type: "CN", value: name },
    ] as const;
    const signer = await store.signer(key.uri);
    const request = await createCertificateRequest({ subject: [...subject], signer });
    if (sandboxRoot === undefined) return { uri: key.uri, request };
    const rootKey = await keyIn(store, sandboxRoot, algorithm);
    const issuing = { store, terminal };
    const root = await certificateOf(issuing, rootKey, { profile: "root-ca", name: sandboxRoot });
    const certificate = await certificateOf(issuing, key, {
      profile: "signer",
      name,
      issuer: { key: rootKey, certificate: root },
    });
    return { uri: key.uri, request, certificate, root };
  };
  return withStore(values, terminal, make, pin);
}

async function keyIn(
  store: KeyStore,
  label: string,
  algorithm: SignatureAlgorithmName,
): Promise<KeyDescription> {
  const found = (await store.list()).find((key) => key.label === label);
  return (
    found ??
    (await requireFace(store.generation, "makes no keys: the vendor's own tool does").generate({
      label,
      algorithm,
    }))
  );
}

interface ToCertify {
  readonly profile: "root-ca" | "signer";
  readonly name: string;
  readonly issuer?: { readonly key: KeyDescription; readonly certificate: Uint8Array };
}

/** The certificate beside the key, or a new one. */
async function certificateOf(
  { store, terminal }: { readonly store: KeyStore; readonly terminal: Terminal },
  key: KeyDescription,
  { profile, name, issuer }: ToCertify,
): Promise<Uint8Array> {
  const certificates = requireFace(store.certificates, "keeps no certificates");
  const kept = await certificates.read(key.uri);
  if (kept !== undefined) return kept;
  const notBefore = new Date(terminal.now().getTime() - 60_000);
  const certificate = await issueCertificate({
    profile,
    subject: [
      { type: "C", value: "CN" },
      { type: "O", value: "印信测试机构（仅供测试）" },
      { type: "CN", value: name },
    ],
    publicKey: key.publicKey,
    // RFC 5280 §4.1.2.2: positive, and at most 20 octets.
    serialNumber: Uint8Array.of(1, ...terminal.randomBytes(15)),
    notBefore,
    notAfter: new Date(notBefore.getTime() + certificateProfiles[profile].validityDays * 86_400_000),
    issuer: {
      signer: await store.signer((issuer?.key ?? key).uri),
      ...(issuer === undefined ? {} : { certificate: parseCertificate(issuer.certificate) }),
    },
  });
  await certificates.write(key.uri, certificate);
  return certificate;
}
