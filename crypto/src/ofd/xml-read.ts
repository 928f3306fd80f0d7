import { SaxesParser } from "saxes";

import { textOfUtf8 } from "../bytes/index.ts";
import { OfdError } from "./ofd-error.ts";

/** Of one XML part. A dense page is about 1 MB and 20 000 elements; nesting comes from page blocks. */
export const xmlLimits = { bytes: 32 * 1024 * 1024, depth: 128, elements: 500_000 } as const;

/** One element; only what OFD uses: attributes without a namespace, and its own character data. */
export interface XmlElement {
  /** The part it stands in, for error messages. */
  readonly part: string;
  /** Local name. */
  readonly name: string;
  /** As written, with its colon, or empty. */
  readonly prefix: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
  /** Where its content lies in {@link XmlDocument.text}, in UTF-16 units; undefined for `<empty/>`. */
  readonly content: { readonly start: number; readonly end: number } | undefined;
  /** Just behind the start tag. */
  readonly startTagEnd: number;
}

export interface XmlDocument {
  readonly text: string;
  readonly root: XmlElement;
}

interface OpenElement extends XmlElement {
  readonly children: OpenElement[];
  text: string;
  content: { readonly start: number; readonly end: number } | undefined;
}

/**
 * Reads one XML part: UTF-8, well-formed with namespaces, no document type (so no entities of its own), within the
 * limits. Elements below one named `leaveOut` are checked but not kept, so a page costs no tree.
 *
 * @throws OfdError `xml-malformed`
 */
export function readXml(bytes: Uint8Array, part: string, leaveOut?: string): XmlDocument {
  if (bytes.length > xmlLimits.bytes) throw new OfdError("xml-malformed", "the part is too large", part);
  const text = decode(bytes, part);
  const parser = new SaxesParser({ xmlns: true, position: true, fileName: "" });
  const building = new TreeBuilding(part, text, leaveOut);
  parser.on("error", (error) => {
    throw new OfdError("xml-malformed", error.message, part);
  });
  parser.on("doctype", () => {
    throw new OfdError("xml-malformed", "a document type declaration is not allowed", part);
  });
  parser.on("xmldecl", ({ version, encoding }) => {
    if (version !== "1.0") throw new OfdError("xml-malformed", "the XML version is not 1.0", part);
    if (encoding !== undefined && encoding.toUpperCase() !== "UTF-8") {
      throw new OfdError("xml-malformed", "the encoding is not UTF-8", part);
    }
  });
  parser.on("opentag", (tag) => {
    const all = Object.values(tag.attributes);
    const attributes = all.filter(({ uri }) => uri === "");
    if (
      new Set(all.map(({ prefix, local }) => (prefix === "xmlns" ? `xmlns:${local}` : local))).size <
      all.length
    ) {
      throw new OfdError("xml-malformed", "two attributes have one local name", part);
    }
    building.open({
      part,
      name: tag.local,
      prefix: tag.prefix === "" ? "" : `${tag.prefix}:`,
      namespace: tag.uri,
      attributes: new Map(attributes.map(({ local, value }) => [local, value])),
      children: [],
      text: "",
      content: undefined,
      startTagEnd: parser.position,
    });
  });
  parser.on("text", (data) => {
    building.addText(data);
  });
  parser.on("cdata", (data) => {
    building.addText(data);
  });
  parser.on("closetag", (tag) => {
    building.close(parser.position, tag.isSelfClosing);
  });
  parser.write(text).close();
  return { text, root: building.root() };
}

function decode(bytes: Uint8Array, part: string): string {
  try {
    return textOfUtf8(bytes);
  } catch (cause) {
    // TypeError of the strict decoder.
    throw new OfdError("xml-malformed", "the part is not UTF-8", part, { cause });
  }
}

/** Turns the parser's events into a tree; has identity because it is in the middle of something. */
class TreeBuilding {
  private readonly part: string;
  private readonly source: string;
  private readonly leaveOut: string | undefined;
  private readonly path: OpenElement[] = [];
  private finished: XmlElement | undefined;
  private count = 0;
  /** How many elements deep we are inside one that is left out; 0 outside. */
  private hiddenDepth = 0;

  constructor(part: string, source: string, leaveOut: string | undefined) {
    this.part = part;
    this.source = source;
    this.leaveOut = leaveOut;
  }

  open(element: OpenElement): void {
    this.count += 1;
    if (this.count > xmlLimits.elements) throw new OfdError("xml-malformed", "too many elements", this.part);
    if (this.path.length + this.hiddenDepth >= xmlLimits.depth) {
      throw new OfdError("xml-malformed", "nested too deeply", this.part);
    }
    const isLeftOut = this.leaveOut !== undefined && this.path.at(-1)?.name === this.leaveOut;
    if (this.hiddenDepth > 0 || isLeftOut) {
      this.hiddenDepth += 1;
      return;
    }
    this.path.at(-1)?.children.push(element);
    this.path.push(element);
  }

  addText(data: string): void {
    const element = this.path.at(-1);
    if (element !== undefined && this.hiddenDepth === 0) element.text += data;
  }

  close(position: number, isSelfClosing: boolean): void {
    if (this.hiddenDepth > 0) {
      this.hiddenDepth -= 1;
      return;
    }
    const element = this.path.pop();
    if (element === undefined) throw new OfdError("xml-malformed", "an end tag too many", this.part);
    if (!isSelfClosing) {
      element.content = { start: element.startTagEnd, end: this.source.lastIndexOf("</", position - 1) };
    }
    if (this.path.length === 0) this.finished = element;
  }

  root(): XmlElement {
    if (this.finished === undefined) throw new OfdError("xml-malformed", "there is no element", this.part);
    return this.finished;
  }
}
