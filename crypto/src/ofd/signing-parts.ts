import { folderOf } from "./location.ts";
import { documentPartOf, mainPart, signaturesPartOf } from "./main-part.ts";
import { OfdError } from "./ofd-error.ts";
import type { OfdPackage } from "./ofd-package.ts";
import { childrenOf } from "./xml-elements.ts";
import { readXml } from "./xml-read.ts";
import type { XmlDocument, XmlElement } from "./xml-read.ts";
import { foldName } from "./zip-names.ts";

/** The parts that a new signature of one document reads and writes. */
export interface SigningParts {
  /** OFD.xml, and the DocBody in it. */
  readonly main: XmlDocument;
  readonly body: XmlElement;
  /** Signatures.xml of this document. */
  readonly list: string;
  /** Whether OFD.xml names it already. */
  readonly isListNamed: boolean;
  /** Signatures.xml of every document of the package, this one included. */
  readonly allLists: ReadonlySet<string>;
  readonly signature: string;
  readonly signedValue: string;
  readonly seal: string;
}

/** Chooses names that nothing in the package has, in the folders everybody uses (`Doc_0/Signs/Sign_0`). */
export function chooseSigningParts(ofd: OfdPackage, documentIndex: number): SigningParts {
  const main = readXml(contentOf(ofd, mainPart), mainPart);
  const bodies = childrenOf(main.root, "DocBody");
  const body = bodies[documentIndex];
  if (body === undefined) throw new OfdError("ofd-malformed", "a DocBody has gone", mainPart);
  const named = signaturesPartOf(body);
  const taken = takenNames(ofd);
  // A list that nothing names stays where it is: it may be what is left of signatures that somebody took off.
  const list =
    named ?? `${freeFolder(taken, joinPath(folderOf(documentPartOf(body)), "Signs"), "")}/Signatures.xml`;
  const folder = freeFolder(taken, joinPath(folderOf(list), "Sign"), "_0");
  const lists = bodies.map(signaturesPartOf).filter((part) => part !== undefined);
  return {
    main,
    body,
    list,
    isListNamed: named !== undefined,
    allLists: new Set([...lists, list]),
    signature: `${folder}/Signature.xml`,
    signedValue: `${folder}/SignedValue.dat`,
    seal: `${folder}/Seal.esl`,
  };
}

/** The bytes of a part that exists. @throws OfdError `ofd-malformed` */
export function contentOf(ofd: OfdPackage, part: string): Uint8Array {
  const entry = ofd.entries.get(part);
  if (entry === undefined) throw new OfdError("ofd-malformed", "the part is missing", part);
  return entry.content();
}

/** Every file and folder, as a case-insensitive file system names them. */
function takenNames(ofd: OfdPackage): ReadonlySet<string> {
  const taken = new Set<string>();
  for (const { name } of ofd.archive.entries) {
    const segments = foldName(name).split("/");
    for (let length = 1; length <= segments.length; length += 1)
      taken.add(segments.slice(0, length).join("/"));
  }
  return taken;
}

/** `stem` with the first suffix of `first`, `_1`, `_2`, … that gives a folder which does not exist. */
function freeFolder(taken: ReadonlySet<string>, stem: string, first: string): string {
  let candidate = stem + first;
  for (let number = 1; taken.has(foldName(candidate)); number += 1) candidate = `${stem}_${String(number)}`;
  return candidate;
}

function joinPath(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
