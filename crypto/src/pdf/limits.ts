/** What a PDF may ask of us. Each number is far above real documents and low enough to stop a hostile one. */
export const pdfLimits = {
  /** Everything is held in memory, some of it twice. */
  fileBytes: 256 * 1024 * 1024,
  /** Arrays and dictionaries inside each other; stops the recursive parser before the stack does. */
  nestingDepth: 64,
  /** Cross-reference entries over all revisions; ISO 32000-1 Annex C mentions 8,388,607 as an old implementation limit, documents seen have thousands. */
  xrefEntries: 1_000_000,
  /** Cross-reference sections: two for each incremental update of a hybrid file. */
  xrefSections: 2_000,
  /** One decoded stream; a deflate bomb reaches a thousand times its size. */
  inflatedBytes: 64 * 1024 * 1024,
  /** All decoded streams of one file. */
  inflatedTotalBytes: 256 * 1024 * 1024,
  /** Objects may overlap in a hostile file; parsing in all must stay linear in the size of the file. */
  parsedBytesPerFileByte: 8,
  /** Values of all kinds, inside each other or not. One costs a hundred bytes of memory; a large book has a million. */
  parsedValues: 3_000_000,
  /** Objects in object streams, whether or not the cross-reference knows them. */
  objectStreamMembers: 1_000_000,
  /** Objects being read for one another: a stream needs its length, which may be in an object stream. */
  openObjects: 16,
  /** References that lead to references. */
  referenceHops: 16,
  /** Pages and the nodes above them. */
  pages: 40_000,
  /** Page tree nodes and form fields inside each other. */
  treeDepth: 64,
  fields: 20_000,
  /** /Kids of all fields, widgets among them. */
  fieldKids: 100_000,
  /** UTF-16 units of a field's fully qualified name. */
  fieldNameLength: 4096,
  /** Quirks reported for one file; the hundredth of a kind tells nothing new. */
  quirks: 100,
} as const;
