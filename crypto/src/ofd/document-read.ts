import { parseBox } from "./box.ts";
import { folderOf } from "./location.ts";
import { OfdError } from "./ofd-error.ts";
import type { Box, OfdPage } from "./ofd-package.ts";
import { locatePart, noteQuirk, noteReachable, readPart } from "./package-reading.ts";
import type { PackageReading } from "./package-reading.ts";
import { readCompanions } from "./companions-read.ts";
import { readResources } from "./resources-read.ts";
import {
  childOf,
  childrenOf,
  limitedChildrenOf,
  childTextOf,
  childTextsOf,
  requiredAttributeOf,
  requiredChildOf,
} from "./xml-elements.ts";
import type { XmlElement } from "./xml-read.ts";

/** A thousand pages is a thick file; each costs a lookup. */
const mostPages = 20_000;

/** What a page or a template page says, as far as sealing and coverage need it. */
interface PageContent {
  readonly box: Box | undefined;
  readonly templateIds: readonly string[];
}

/**
 * Reads one document from its Document.xml on: its pages with their sizes, and every part that belongs to it.
 *
 * @throws OfdError `ofd-malformed` or `xml-malformed`
 */
export function readDocument(reading: PackageReading, part: string, documentIndex: number): OfdPage[] {
  const { root } = readPart(reading, part, "Document");
  noteReachable(reading, part, true);
  const folder = folderOf(part);
  const common = requiredChildOf(root, "CommonData");
  for (const name of ["PublicRes", "DocumentRes"]) {
    // The schema allows several of each.
    for (const location of childTextsOf(common, name)) {
      const resources = locatePart(reading, part, folder, location);
      if (resources !== undefined) readResources(reading, resources);
    }
  }
  const contents = new Map<string, PageContent>();
  const pages = readPages(reading, { root, common, folder, documentIndex }, contents);
  readTemplates(reading, { common, folder }, contents);
  readCompanions(reading, root, folder);
  return pages;
}

interface PagesSource {
  readonly root: XmlElement;
  readonly common: XmlElement;
  readonly folder: string;
  readonly documentIndex: number;
}

function readPages(
  reading: PackageReading,
  { root, common, folder, documentIndex }: PagesSource,
  contents: Map<string, PageContent>,
): OfdPage[] {
  const commonBox = physicalBoxOf(childOf(common, "PageArea"));
  const elements = limitedChildrenOf(requiredChildOf(root, "Pages"), "Page", mostPages);
  const ids = new Set<string>();
  return elements.map((element) => {
    const id = requiredAttributeOf(element, "ID");
    if (ids.has(id)) throw new OfdError("ofd-malformed", `two pages have the ID ${id}`, root.part);
    ids.add(id);
    const part = locatePart(reading, root.part, folder, requiredAttributeOf(element, "BaseLoc"));
    if (part === undefined)
      throw new OfdError("ofd-malformed", `the content of page ${id} is missing`, root.part);
    const box = readPageContent(reading, part, contents).box ?? commonBox;
    if (box === undefined) throw new OfdError("ofd-malformed", "the page has no size", part);
    return { id, part, widthMm: box.width, heightMm: box.height, documentIndex };
  });
}

/** Reads a page or template once, however many name it. */
function readPageContent(
  reading: PackageReading,
  part: string,
  contents: Map<string, PageContent>,
): PageContent {
  const known = contents.get(part);
  if (known !== undefined) return known;
  noteReachable(reading, part, true);
  const { root } = readPart(reading, part, "Page", "Content");
  for (const location of childTextsOf(root, "PageRes")) {
    const resources = locatePart(reading, part, folderOf(part), location);
    if (resources !== undefined) readResources(reading, resources);
  }
  const content = {
    box: physicalBoxOf(childOf(root, "Area")),
    templateIds: childrenOf(root, "Template").map((element) => requiredAttributeOf(element, "TemplateID")),
  };
  contents.set(part, content);
  return content;
}

/** Templates that a page uses are seen; the others are only in the file. */
function readTemplates(
  reading: PackageReading,
  { common, folder }: { readonly common: XmlElement; readonly folder: string },
  contents: Map<string, PageContent>,
): void {
  const templates = new Map<string, string>();
  for (const element of childrenOf(common, "TemplatePage")) {
    const id = requiredAttributeOf(element, "ID");
    if (templates.has(id))
      throw new OfdError("ofd-malformed", `two templates have the ID ${id}`, common.part);
    const part = locatePart(reading, common.part, folder, requiredAttributeOf(element, "BaseLoc"));
    if (part === undefined) continue;
    templates.set(id, part);
    noteReachable(reading, part, false);
  }
  const wanted = [...contents.values()].flatMap(({ templateIds }) => templateIds);
  const seen = new Set<string>();
  // A work list and not recursion: templates may name templates, in circles too.
  for (let id = wanted.pop(); id !== undefined; id = wanted.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const part = templates.get(id);
    if (part === undefined) noteQuirk(reading, "unknown-template", common.part);
    else wanted.push(...readPageContent(reading, part, contents).templateIds);
  }
}

/** @throws OfdError `ofd-malformed` if there is an area without a readable PhysicalBox. */
function physicalBoxOf(area: XmlElement | undefined): Box | undefined {
  const text = area === undefined ? undefined : childTextOf(area, "PhysicalBox");
  if (area === undefined || text === undefined) return undefined;
  const box = parseBox(text);
  if (box === undefined) throw new OfdError("ofd-malformed", "the PhysicalBox is not a box", area.part);
  return box;
}
