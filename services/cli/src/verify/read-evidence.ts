import { derOfPem } from "@yinxin/crypto/bytes";
import {
  CertificateListError,
  OcspError,
  parseCertificateList,
  parseOcspResponse,
} from "@yinxin/crypto/revocation";
import type { CertificateList, Evidence, OcspResponse } from "@yinxin/crypto/revocation";

import { UsageError } from "../terminal/index.ts";

/**
 * Reads what is known about revocation: lists (DER, or PEM with one or more) and OCSP answers (DER), told apart by what
 * they are.
 *
 * @throws UsageError for a file that is neither. Whatever `read` rejects with passes through.
 */
export async function readEvidence(
  files: readonly string[],
  read: (file: string) => Promise<Uint8Array>,
): Promise<Evidence> {
  const crls: CertificateList[] = [];
  const ocspResponses: OcspResponse[] = [];
  for (const file of files) {
    const bytes = await read(file);
    const text = new TextDecoder().decode(bytes);
    const lists = text.includes("-----BEGIN X509 CRL-----") ? listsOfPem(file, text) : listOf(bytes);
    if (lists instanceof CertificateListError) ocspResponses.push(responseOf(file, bytes, lists));
    else crls.push(...lists);
  }
  return { crls, ocspResponses };
}

function listsOfPem(file: string, text: string): CertificateList[] {
  try {
    return derOfPem(text, "X509 CRL").map(parseCertificateList);
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof CertificateListError)) throw cause;
    throw new UsageError(`--evidence ${file}: not a revocation list: ${cause.message}.`, { cause });
  }
}

/** Why it is no list, if it is something else. */
function listOf(bytes: Uint8Array): CertificateList[] | CertificateListError {
  try {
    return [parseCertificateList(bytes)];
  } catch (cause) {
    if (cause instanceof CertificateListError) return cause;
    throw cause;
  }
}

function responseOf(file: string, bytes: Uint8Array, whyNoList: CertificateListError): OcspResponse {
  try {
    return parseOcspResponse(bytes);
  } catch (cause) {
    if (!(cause instanceof OcspError)) throw cause;
    throw new UsageError(`--evidence ${file}: ${whyNoList.message}, and ${cause.message}.`, { cause });
  }
}
