import type { SignedData } from "../cms/index.ts";
import {
  CertificateListError,
  OcspError,
  parseCertificateList,
  parseOcspResponse,
} from "../revocation/index.ts";
import type { CertificateList, Evidence, OcspResponse } from "../revocation/index.ts";

/** Revocation lists and responses inside a SignedData, those that can be read, together with what the caller has. */
export function evidenceWith(given: Evidence, ...sources: readonly SignedData[]): Evidence {
  const revocations = sources.flatMap((source) => source.revocations);
  return {
    crls: [
      ...given.crls,
      ...revocations.flatMap(({ kind, der }) => (kind === "crl" ? (readableList(der) ?? []) : [])),
    ],
    ocspResponses: [
      ...given.ocspResponses,
      ...revocations.flatMap(({ kind, der }) =>
        kind === "ocsp-response" ? (readableResponse(der) ?? []) : [],
      ),
    ],
  };
}

function readableList(der: Uint8Array): CertificateList | undefined {
  try {
    return parseCertificateList(der);
  } catch (cause) {
    if (cause instanceof CertificateListError) return undefined;
    throw cause;
  }
}

function readableResponse(der: Uint8Array): OcspResponse | undefined {
  try {
    return parseOcspResponse(der);
  } catch (cause) {
    if (cause instanceof OcspError) return undefined;
    throw cause;
  }
}
