export type DocumentKind = "pdf" | "ofd";

const magics: Readonly<Record<DocumentKind, readonly number[]>> = {
  pdf: [0x25, 0x50, 0x44, 0x46, 0x2d], // %PDF-
  ofd: [0x50, 0x4b, 0x03, 0x04], // the local header of a zip's first entry
};

/** What the bytes begin like, whatever the name says; undefined for a kind that no seal is applied to. */
export function documentKindOf(bytes: Uint8Array): DocumentKind | undefined {
  return (Object.keys(magics) as DocumentKind[]).find((kind) =>
    magics[kind].every((byte, index) => bytes[index] === byte),
  );
}
