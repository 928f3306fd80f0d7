import { equalBytes } from "../bytes/index.ts";
import { parsePrivateKey, publicKeyOf } from "../pkcs8/index.ts";
import { parseCertificate, X509Error } from "../x509/index.ts";
import type { Certificate } from "../x509/index.ts";
import type { SafeBag } from "./safe-bags.ts";

/** A certificate of a file; what cannot be read as one is kept as octets. */
export interface Pkcs12Certificate {
  /** DER. */
  readonly raw: Uint8Array;
  readonly certificate: Certificate | undefined;
  readonly friendlyName: string | undefined;
  /** In hexadecimal. */
  readonly localKeyId: string | undefined;
}

/** A private key with its certificate, if the file has it. */
export interface Pkcs12Key {
  /** PrivateKeyInfo, DER. */
  readonly privateKey: Uint8Array;
  readonly friendlyName: string | undefined;
  readonly localKeyId: string | undefined;
  /**
   * The certificate of this key and those that follow it by name, as far as the file has them; not judged. Empty if the
   * key has none.
   */
  readonly chain: readonly Pkcs12Certificate[];
}

/** No chain in use has more than four or five certificates. */
const maximumChain = 10;

/** Reads the certificates and gives each key its own. */
export function matchKeys(bags: readonly SafeBag[]): {
  keys: readonly Pkcs12Key[];
  certificates: readonly Pkcs12Certificate[];
} {
  const certificates = bags.flatMap((bag) =>
    bag.kind !== "certificate"
      ? []
      : [
          {
            raw: bag.certificate,
            certificate: readCertificate(bag.certificate),
            friendlyName: bag.friendlyName,
            localKeyId: bag.localKeyId,
          },
        ],
  );
  const keys = bags.flatMap((bag) => {
    if (bag.kind !== "key") return [];
    const { privateKey, friendlyName, localKeyId } = bag;
    const own = certificateOf(privateKey, localKeyId, certificates);
    const chain = own === undefined ? [] : chainFrom(own, certificates);
    return [{ privateKey, friendlyName, localKeyId, chain }];
  });
  return { keys, certificates };
}

function readCertificate(raw: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(raw);
  } catch (cause) {
    if (cause instanceof X509Error) return undefined;
    throw cause;
  }
}

/** By the public key, which cannot be wrong; by the identifier only where the public key is not known here. */
function certificateOf(
  privateKey: Uint8Array,
  localKeyId: string | undefined,
  certificates: readonly Pkcs12Certificate[],
): Pkcs12Certificate | undefined {
  const half = publicKeyOf(parsePrivateKey(privateKey));
  if (half.result !== "known") {
    return certificates.find((candidate) => localKeyId !== undefined && candidate.localKeyId === localKeyId);
  }
  const own = certificates.filter(
    ({ certificate }) => certificate !== undefined && equalBytes(certificate.publicKey, half.publicKey),
  );
  // A renewed certificate has the same key; then the file says which one it means.
  return own.find((candidate) => candidate.localKeyId === localKeyId) ?? own[0];
}

function chainFrom(
  first: Pkcs12Certificate,
  certificates: readonly Pkcs12Certificate[],
): readonly Pkcs12Certificate[] {
  const chain = [first];
  for (let last = first.certificate; last !== undefined && chain.length < maximumChain;) {
    const { issuer, subject } = last;
    if (equalBytes(issuer.raw, subject.raw)) break;
    const next = certificates.find(
      (candidate) =>
        candidate.certificate !== undefined &&
        equalBytes(candidate.certificate.subject.raw, issuer.raw) &&
        !chain.includes(candidate),
    );
    if (next === undefined) break;
    chain.push(next);
    last = next.certificate;
  }
  return chain;
}
