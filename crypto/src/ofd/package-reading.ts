import { OfdError } from "./ofd-error.ts";
import type { OfdEntry } from "./ofd-package.ts";
import type { Quirk, QuirkCode } from "./quirk.ts";
import { resolveLocation } from "./location.ts";
import { foldName } from "./zip-names.ts";
import { readXml } from "./xml-read.ts";
import type { XmlDocument } from "./xml-read.ts";

/** What is gathered while a package is read; made and used up within one `openOfd`. */
export interface PackageReading {
  readonly entries: ReadonlyMap<string, OfdEntry>;
  /** Part → whether it changes what is seen. */
  readonly reachable: Map<string, boolean>;
  readonly quirks: Map<string, Quirk>;
  /** How many bytes of XML may still be read. */
  xmlBytesLeft: number;
  /** Parts that another reader may take where this one takes, or misses, a part that is named. */
  readonly rivals: Set<string>;
  /** The paths of the entries by their last segment, folded. */
  readonly pathsByName: ReadonlyMap<string, readonly string[]>;
}

/** A reading that has not begun. */
export function startReading(entries: ReadonlyMap<string, OfdEntry>): PackageReading {
  const pathsByName = new Map<string, string[]>();
  for (const path of entries.keys()) {
    const name = lastSegmentOf(foldName(path));
    const paths = pathsByName.get(name);
    if (paths === undefined) pathsByName.set(name, [path]);
    else paths.push(path);
  }
  return {
    entries,
    reachable: new Map(),
    quirks: new Map(),
    xmlBytesLeft: mostXmlBytes,
    rivals: new Set(),
    pathsByName,
  };
}

function lastSegmentOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Once everything is read: what another reader may show instead counts as seen. */
export function noteRivals(reading: PackageReading): void {
  for (const part of reading.rivals) noteReachable(reading, part, true);
}

const namespace = "http://www.ofdspec.org/2016";
/** Drafts and early products used other years, or none. */
const olderNamespace = /^http:\/\/www\.ofdspec\.org(\/.*)?$/;

/** Reading XML is the slowest step: ten seconds for this. A thousand pages of text are half of it. */
const mostXmlBytes = 96 * 1024 * 1024;

/** More than one for each file of the largest package; keeps a report of nonsense from growing without end. */
const mostQuirks = 8192;

/** Notes a tolerated departure once for each part. @throws OfdError `ofd-malformed` if there is no end of them */
export function noteQuirk(reading: PackageReading, code: QuirkCode, where: string): void {
  if (reading.quirks.size >= mostQuirks) throw new OfdError("ofd-malformed", "too much to tolerate", where);
  reading.quirks.set(`${code} ${where}`, { code, where });
}

/** Notes that a reader comes to this part; seen once is seen. */
export function noteReachable(reading: PackageReading, part: string, visible: boolean): void {
  reading.reachable.set(part, visible || reading.reachable.get(part) === true);
}

/**
 * Reads a part that must be an OFD element of the given name.
 *
 * @throws OfdError `ofd-malformed` if the part is missing or is another element; `xml-malformed`
 */
export function readPart(
  reading: PackageReading,
  part: string,
  rootName: string,
  leaveOut?: string,
): XmlDocument {
  const entry = reading.entries.get(part);
  if (entry === undefined) throw new OfdError("ofd-malformed", "the part is missing", part);
  reading.xmlBytesLeft -= entry.content().length;
  if (reading.xmlBytesLeft < 0) throw new OfdError("xml-malformed", "the package has too much XML", part);
  const document = readXml(entry.content(), part, leaveOut);
  const { name, namespace: found } = document.root;
  if (found !== namespace) {
    if (!olderNamespace.test(found)) throw new OfdError("ofd-malformed", "not in the OFD namespace", part);
    noteQuirk(reading, "old-namespace", part);
  }
  if (name !== rootName) throw new OfdError("ofd-malformed", `${name} stands where ${rootName} should`, part);
  return document;
}

/**
 * The entry that an ST_Loc in `part` means. A relative location is taken from `folder`; if nothing is there but something
 * is at that path from the root, that is it (some products write root paths without the slash; reported). Where readers may
 * differ about it (both places are taken, or neither and there is a file of that name elsewhere) the others are rivals.
 *
 * @returns undefined if there is no such entry, which is reported: a reader shows the document without it.
 * @throws OfdError `ofd-malformed` if the location leaves the package
 */
export function locatePart(
  reading: PackageReading,
  part: string,
  folder: string,
  location: string,
): string | undefined {
  const target = resolveLocation(folder, location);
  if (target === undefined || target === "")
    throw new OfdError("ofd-malformed", "a location is no path in the package", part);
  const fromRoot = resolveLocation("", location);
  const isAtRoot = fromRoot !== undefined && reading.entries.has(fromRoot);
  if (reading.entries.has(target)) {
    if (isAtRoot && fromRoot !== target) reading.rivals.add(fromRoot);
    return target;
  }
  if (isAtRoot) {
    noteQuirk(reading, "location-from-root", part);
    return fromRoot;
  }
  const missing = reading.quirks.size;
  noteQuirk(reading, "missing-part", target);
  if (reading.quirks.size > missing) noteNamesakes(reading, location);
  return undefined;
}

/** Readers that ignore case, or take locations from another folder, find a part where this one finds none. */
function noteNamesakes(reading: PackageReading, location: string): void {
  const segments = location.split("/").filter((segment) => segment !== "" && !/^\.\.?$/.test(segment));
  const wanted = foldName(segments.join("/"));
  for (const path of reading.pathsByName.get(lastSegmentOf(wanted)) ?? []) {
    if (`/${foldName(path)}`.endsWith(`/${wanted}`)) reading.rivals.add(path);
  }
}
