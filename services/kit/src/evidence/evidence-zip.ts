import { equalBytes } from "@yinxin/crypto/bytes";
import { unzipSync, zipSync } from "fflate";

import { evidenceFilesMax, memberName } from "./evidence-manifest.ts";

/** Some hundred thousand events with what belongs to them. The members are stored as they are, so nothing becomes larger. */
export const evidenceBytesMax = 256 * 1024 * 1024;

export type EvidenceMembers = ReadonlyMap<string, Uint8Array>;

/** Noon, so that no time zone makes another day of it; every archive has the same. */
const oneDate = new Date(1980, 0, 1, 12);

/**
 * The one archive of these members: in this order, stored, without dates or owners. Two programs that have the same members make
 * the same bytes, and no byte of it is without meaning.
 */
export function zipMembers(members: EvidenceMembers): Uint8Array {
  return zipSync(Object.fromEntries(members), { level: 0, mtime: oneDate, os: 0, attrs: 0 });
}

/** Whether these bytes may be a package of evidence; {@link unzipMembers} says if they are. */
export function isEvidencePackage(bytes: Uint8Array): boolean {
  const head = Array.from(bytes.subarray(0, 43), (byte) => String.fromCharCode(byte)).join("");
  return head.startsWith("PK\u0003\u0004") && head.endsWith("manifest.json");
}

/** @returns why the archive is refused, in a sentence, instead of its members. */
export function unzipMembers(bytes: Uint8Array): EvidenceMembers | string {
  if (bytes.length > evidenceBytesMax) return `It is larger than ${String(evidenceBytesMax)} bytes.`;
  let refusal: string | undefined;
  const names = new Set<string>();
  try {
    const files = unzipSync(bytes, {
      filter: (file) => {
        refusal ??= refusalOf(file, names, bytes.length);
        names.add(file.name);
        return refusal === undefined;
      },
    });
    if (refusal !== undefined) return refusal;
    const members = new Map(Object.entries(files));
    return equalBytes(zipMembers(members), bytes)
      ? members
      : "It is not the archive that its members make: it was packed again, or changed between them.";
  } catch {
    // The reader of archives throws whatever hostile bytes lead it to.
    return refusal ?? "It is not a ZIP archive that can be read.";
  }
}

interface ArchiveEntry {
  readonly name: string;
  readonly size: number;
  readonly originalSize: number;
  readonly compression: number;
}

/** Judged before anything is unpacked. */
function refusalOf(
  { name, size, originalSize, compression }: ArchiveEntry,
  names: ReadonlySet<string>,
  sizeMax: number,
): string | undefined {
  if (names.size >= evidenceFilesMax + 2) return `It has more than ${String(evidenceFilesMax)} members.`;
  if (!memberName.safeParse(name).success) return "A member has a name that no member of evidence has.";
  if (names.has(name)) return `The member ${name} is there twice.`;
  if (compression !== 0) return `The member ${name} is compressed; members of evidence are stored.`;
  return size === originalSize && size <= sizeMax ? undefined : `The member ${name} lies about its size.`;
}
