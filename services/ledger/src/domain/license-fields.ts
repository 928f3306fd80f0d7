import type { License } from "./license.ts";

/** One data element of a license. */
export interface LicenseField {
  /** The short name that stands in an OFD's CustomData (GB/T 36903-2018). */
  readonly name: string;
  /** As it is printed. */
  readonly label: string;
  readonly value: string;
}

/** The license's data elements, sorted by short name: what the document shows and the ledger commits to. */
export function fieldsOf({
  identifier,
  content,
}: Pick<License, "identifier" | "content">): readonly LicenseField[] {
  const { holder, issuingAuthority } = content;
  return [
    { name: "CZZT", label: "持证主体", value: holder.name },
    { name: "CZZTDM", label: "持证主体代码", value: holder.code },
    { name: "CZZTDMLX", label: "持证主体代码类型", value: holder.codeType },
    { name: "ZZBFJG", label: "颁发机构", value: issuingAuthority.name },
    { name: "ZZBFJGDM", label: "颁发机构代码", value: issuingAuthority.code },
    { name: "ZZBFRQ", label: "颁发日期", value: content.issuedOn },
    { name: "ZZBH", label: "证照编号", value: content.number },
    { name: "ZZBS", label: "证照标识", value: identifier },
    { name: "ZZLXDM", label: "证照类型代码", value: content.typeCode },
    { name: "ZZMC", label: "证照名称", value: content.name },
    { name: "ZZYXQJZRQ", label: "有效期至", value: content.validUntil ?? "长期" },
    { name: "ZZYXQQSRQ", label: "有效期自", value: content.validFrom },
  ];
}
