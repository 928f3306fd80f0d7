import { utf8Of } from "../bytes/index.ts";
import type { OfdSignature } from "./ofd-package.ts";
import { ofdNamespaceAttribute, xmlHead } from "./signature-write.ts";
import { childrenOf } from "./xml-elements.ts";
import type { XmlDocument } from "./xml-read.ts";
import { attributesText, editText } from "./xml-write.ts";
import type { TextEdit } from "./xml-write.ts";

/** What is added to Signatures.xml. */
export interface NewRecord {
  readonly id: string;
  /** Path of Signature.xml, without a leading slash. */
  readonly part: string;
  /** The largest id that the new signature uses, its stamps included. */
  readonly maxSignId: string;
}

/**
 * The ids of the signature space that come after all that a list and its signatures use: `s001`, `s002`, …; the form
 * GB/T 33190-2016 ch. 18 recommends. `MaxSignId` is only believed when it is larger than what is there.
 */
export function freeSignIds(
  list: XmlDocument | undefined,
  signatures: readonly OfdSignature[],
  count: number,
): string[] {
  const used = [
    ...(list === undefined ? [] : childrenOf(list.root, "MaxSignId").map(({ text }) => text.trim())),
    ...signatures.flatMap(({ id, stamps }) => [id, ...stamps.map((stamp) => stamp.id)]),
  ];
  const last = used.reduce((highest, id) => Math.max(highest, numberOf(id)), 0);
  return Array.from({ length: count }, (_, index) => `s${String(last + 1 + index).padStart(3, "0")}`);
}

/** The digits an id ends with. Longer ones than nine are somebody's own scheme and cannot meet `sNNN`. */
function numberOf(id: string): number {
  const digits = /(\d+)$/.exec(id)?.[1] ?? "";
  return digits.length <= 9 ? Number(digits) : 0;
}

/** Signatures.xml for the first signature of a document. */
export function createSignatureList(record: NewRecord): Uint8Array {
  const content = `<ofd:MaxSignId>${record.maxSignId}</ofd:MaxSignId>${recordText("ofd:", record)}`;
  return utf8Of(`${xmlHead}<ofd:Signatures ${ofdNamespaceAttribute}>${content}</ofd:Signatures>`);
}

/** Signatures.xml with one record more; the others stay as they are, to the byte. */
export function extendSignatureList(list: XmlDocument, record: NewRecord): Uint8Array {
  const { root } = list;
  const added = recordText(root.prefix, record);
  const maxima = childrenOf(root, "MaxSignId");
  const maximum = `<${root.prefix}MaxSignId>${record.maxSignId}</${root.prefix}MaxSignId>`;
  const edits: TextEdit[] = maxima.flatMap(({ content }) =>
    content === undefined ? [] : [{ ...content, text: record.maxSignId }],
  );
  if (root.content === undefined) {
    const text = `>${maximum}${added}</${root.prefix}Signatures>`;
    edits.push({ start: root.startTagEnd - "/>".length, end: root.startTagEnd, text });
  } else {
    if (maxima.length === 0) edits.push({ start: root.startTagEnd, end: root.startTagEnd, text: maximum });
    edits.push({ start: root.content.end, end: root.content.end, text: added });
  }
  return utf8Of(editText(list.text, edits));
}

function recordText(prefix: string, { id, part }: NewRecord): string {
  return `<${prefix}Signature${attributesText({ ID: id, Type: "Seal", BaseLoc: `/${part}` })}/>`;
}
