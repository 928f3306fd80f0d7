import type { DocumentKind } from "./document-kind.ts";

/** The file name of the sealed document: that of the original with `-sealed`, and the ending its kind has. */
export function sealedNameOf(name: string, kind: DocumentKind): string {
  const stem = name.toLowerCase().endsWith(`.${kind}`) ? name.slice(0, -(kind.length + 1)) : name;
  return `${stem}-sealed.${kind}`;
}
