import { schemeOf, writeSignatureAlgorithm } from "../src/algorithms/index.ts";
import { bitString, contextExplicit, integer, sequence, smallInteger, x509Time } from "../src/der/index.ts";
import { bytesOfHex } from "../src/bytes/index.ts";
import { element, tags } from "../src/der/index.ts";
import { parseCertificateList } from "../src/revocation/index.ts";
import type { CertificateList } from "../src/revocation/index.ts";
import { extension } from "./fabricated-certificate.ts";
import type { Entity } from "./fabricated-certificate.ts";

export interface ListFabrication {
  readonly issuer: Entity;
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  readonly entries?: readonly Uint8Array[];
  /** Whole extensions in DER; a CRL number is added unless they are given. */
  readonly extensions?: readonly Uint8Array[];
}

/** An entry of a list, with whole extensions in DER. */
export function listEntry(
  serialNumber: string,
  revokedAt: Date,
  ...extensions: readonly Uint8Array[]
): Uint8Array {
  const serial = element(tags.integer, bytesOfHex(serialNumber));
  return sequence(serial, x509Time(revokedAt), ...(extensions.length === 0 ? [] : [sequence(...extensions)]));
}

/** Signs any revocation list at all, also such as no authority would issue. */
export async function fabricateList(wanted: ListFabrication): Promise<CertificateList> {
  const { issuer, thisUpdate, nextUpdate, entries = [] } = wanted;
  const { extensions = [extension("2.5.29.20", integer(1n), false)] } = wanted;
  const { signer, certificate } = issuer;
  const algorithm = writeSignatureAlgorithm(schemeOf(signer.algorithm).name ?? "ES256");
  const tbs = sequence(
    smallInteger(1),
    algorithm,
    certificate.subject.raw,
    x509Time(thisUpdate),
    ...(nextUpdate === undefined ? [] : [x509Time(nextUpdate)]),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    ...(extensions.length === 0 ? [] : [contextExplicit(0, sequence(...extensions))]),
  );
  return parseCertificateList(sequence(tbs, algorithm, bitString(await signer.sign({ message: tbs }))));
}
