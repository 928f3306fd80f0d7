import { folderOf, resolveLocation } from "./location.ts";
import { OfdError } from "./ofd-error.ts";
import { locatePart, noteReachable, readPart } from "./package-reading.ts";
import type { PackageReading } from "./package-reading.ts";
import { childrenOf, childTextsOf } from "./xml-elements.ts";
import type { XmlElement } from "./xml-read.ts";

/**
 * Reads a resource list (PublicRes, DocumentRes, PageRes) and notes the font, image and colour profile files it names.
 * All of them may change what is seen.
 *
 * @throws OfdError `ofd-malformed` or `xml-malformed`
 */
export function readResources(reading: PackageReading, part: string): void {
  // Several pages may name one list.
  if (reading.reachable.get(part) === true) return;
  noteReachable(reading, part, true);
  const { root } = readPart(reading, part, "Res");
  const folder = resolveLocation(folderOf(part), root.attributes.get("BaseLoc")?.trim() ?? "");
  if (folder === undefined) throw new OfdError("ofd-malformed", "BaseLoc is no path in the package", part);
  for (const location of fileLocationsOf(root)) {
    const file = locatePart(reading, part, folder, location);
    if (file !== undefined) noteReachable(reading, file, true);
  }
}

function fileLocationsOf(root: XmlElement): string[] {
  const profiles = listed(root, "ColorSpaces", "ColorSpace").map(
    (space) => space.attributes.get("Profile")?.trim() ?? "",
  );
  return [
    ...listed(root, "Fonts", "Font").flatMap((font) => childTextsOf(font, "FontFile")),
    ...listed(root, "MultiMedias", "MultiMedia").flatMap((medium) => childTextsOf(medium, "MediaFile")),
    ...profiles.filter((location) => location !== ""),
  ];
}

function listed(root: XmlElement, list: string, item: string): readonly XmlElement[] {
  // The schema allows a list to appear again.
  return childrenOf(root, list).flatMap((element) => childrenOf(element, item));
}
