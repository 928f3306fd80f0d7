import { folderOf } from "./location.ts";
import { locatePart, noteReachable, readPart } from "./package-reading.ts";
import type { PackageReading } from "./package-reading.ts";
import { childrenOf, childTextOf, childTextsOf } from "./xml-elements.ts";
import type { XmlElement } from "./xml-read.ts";

/** One of the lists that Document.xml names, and what its items name in turn. */
interface CompanionList {
  readonly list: string;
  readonly item: string;
  readonly files: readonly string[];
  /** Whether an item changes what is seen. */
  readonly isVisible: (item: XmlElement) => boolean;
}

const companionLists: readonly CompanionList[] = [
  { list: "Annotations", item: "Page", files: ["FileLoc"], isVisible: () => true },
  { list: "CustomTags", item: "CustomTag", files: ["SchemaLoc", "FileLoc"], isVisible: () => false },
  {
    list: "Attachments",
    item: "Attachment",
    files: ["FileLoc"],
    // Readers offer attachments beside the pages unless they are marked as hidden.
    isVisible: (item) => item.attributes.get("Visible")?.trim() !== "false",
  },
  { list: "Extensions", item: "Extension", files: ["ExtendData"], isVisible: () => false },
];

/**
 * Notes annotations, custom tags, attachments and extensions of a document.
 *
 * @throws OfdError `ofd-malformed` or `xml-malformed`
 */
export function readCompanions(reading: PackageReading, document: XmlElement, folder: string): void {
  for (const companions of companionLists) {
    const location = childTextOf(document, companions.list);
    if (location === undefined) continue;
    const part = locatePart(reading, document.part, folder, location);
    if (part !== undefined) readList(reading, companions, part);
  }
}

function readList(
  reading: PackageReading,
  { list, item, files, isVisible }: CompanionList,
  part: string,
): void {
  const { root } = readPart(reading, part, list);
  const items = childrenOf(root, item);
  noteReachable(reading, part, items.some(isVisible));
  for (const element of items) {
    for (const name of files) {
      for (const fileLocation of childTextsOf(element, name)) {
        const file = locatePart(reading, part, folderOf(part), fileLocation);
        if (file !== undefined) noteReachable(reading, file, isVisible(element));
      }
    }
  }
}
