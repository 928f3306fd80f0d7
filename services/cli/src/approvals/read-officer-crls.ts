import { derOfPem } from "@yinxin/crypto/bytes";
import { CertificateListError, parseCertificateList } from "@yinxin/crypto/revocation";
import type { OfficerRevocation } from "@yinxin/service-kit/approvals";

import { FileError, readWhole } from "../terminal/index.ts";

/** A few authorities' lists; each of thousands of entries. */
const crlBytesMax = 16 * 1024 * 1024;
const pemLabel = "X509 CRL";

/** `--crls`, wherever changes are verified without asking anybody. */
export const crlsOption = {
  crls: {
    type: "string",
    multiple: true,
    value: "FILE",
    help: {
      zh: "管理员证书的吊销列表（PEM 或 DER）；给出后，凡不能确认未被吊销者，其签名不算数",
      en: "revocation lists of officers' certificates, PEM or DER; with them only those count who are known not to be revoked",
    },
  },
} as const;

/**
 * The lists of all files; undefined if no file was named: then nobody is known to be revoked.
 *
 * @throws FileError for what is no revocation list (RFC 5280 §5).
 */
export async function readOfficerCrls(
  files: readonly string[] | undefined,
): Promise<OfficerRevocation["crls"] | undefined> {
  if (files === undefined || files.length === 0) return undefined;
  return (await Promise.all(files.map(listsIn))).flat();
}

async function listsIn(file: string): Promise<OfficerRevocation["crls"]> {
  const bytes = await readWhole(file, crlBytesMax);
  try {
    const text = new TextDecoder().decode(bytes);
    const lists = text.includes(`-----BEGIN ${pemLabel}-----`) ? derOfPem(text, pemLabel) : [bytes];
    return lists.map((der) => parseCertificateList(der));
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof CertificateListError)) throw cause;
    throw new FileError(`${file}: not a revocation list: ${cause.message}.`, { cause });
  }
}
