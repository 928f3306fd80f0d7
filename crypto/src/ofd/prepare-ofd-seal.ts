import { digestAlgorithms } from "../algorithms/index.ts";
import { equalBytes, utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { mainPart } from "./main-part.ts";
import { OfdError } from "./ofd-error.ts";
import type { OfdPackage, OfdStamp } from "./ofd-package.ts";
import { openOfd } from "./open-ofd.ts";
import { placeStamps } from "./place-stamps.ts";
import type { Placement } from "./place-stamps.ts";
import { createSignatureList, extendSignatureList, freeSignIds } from "./signature-list.ts";
import { encodeSignatureXml } from "./signature-write.ts";
import type { SignatureProvider } from "./signature-write.ts";
import { chooseSigningParts, contentOf } from "./signing-parts.ts";
import type { SigningParts } from "./signing-parts.ts";
import { readXml } from "./xml-read.ts";
import { editText, escapeXml } from "./xml-write.ts";
import { zipLimits } from "./zip-read.ts";
import { writeZip } from "./zip-write.ts";

export interface OfdSealRequest {
  /** Where the seal shows; all on pages of one document. One seal signature carries all of them. */
  readonly pages: readonly Placement[];
  /** The seal as it is (SESeal, DER): written as Seal.esl. */
  readonly sealBytes: Uint8Array;
  /** Written as SignatureMethod, e.g. `1.2.156.10197.1.501`. */
  readonly signatureMethodOid: string;
  readonly signedAt: Date;
  readonly provider: SignatureProvider;
}

/** A seal signature that lacks only its value. */
export interface PreparedOfdSeal {
  /** `Signature@ID`, e.g. `s001`. */
  readonly signatureId: string;
  /** The bytes of the new Signature.xml. */
  readonly signatureXml: Uint8Array;
  /** SM3 of {@link signatureXml}; TBS_Sign.dataHash of GB/T 38540-2020. */
  readonly dataHash: Uint8Array;
  /** TBS_Sign.propertyInfo: the path of Signature.xml with a leading slash. */
  readonly propertyInfo: string;
  /**
   * The whole new package with this value (SES_Signature, DER) as SignedValue.dat. It is opened again before it is given
   * out.
   *
   * @throws OfdError as `openOfd`, e.g. when the package has grown beyond a limit
   */
  complete(signedValue: Uint8Array): Uint8Array;
}

/**
 * Prepares one seal signature over every file of the package except the list of signatures, so that others may sign after
 * it (GB/T 33190-2016 ch. 18; a later signature covers the earlier one whole). No entry that is there is touched but
 * Signatures.xml, which no signature covers, and OFD.xml when it must name the first Signatures.xml.
 *
 * @throws OfdError `page-not-found`; `placement-outside-page`; `signing-closed` if an earlier signature or an integrity
 * list would be broken; `too-many-entries`
 */
export function prepareOfdSeal(ofd: OfdPackage, request: OfdSealRequest): PreparedOfdSeal {
  const { documentIndex, placed } = placeStamps(ofd.pages, request.pages);
  const parts = chooseSigningParts(ofd, documentIndex);
  const { signatureId, stamps, listing } = listSignature(ofd, parts, placed);
  const sealBytes = new Uint8Array(request.sealBytes);
  const changed = new Map([...listing, [parts.seal, sealBytes]]);
  refuseIfClosed(ofd, changed);
  const signatureXml = encodeSignatureXml({
    provider: request.provider,
    signatureMethodOid: request.signatureMethodOid,
    signedAt: request.signedAt,
    checkMethod: digestAlgorithms.SM3.oid,
    references: referTo(ofd, changed, parts.allLists),
    stamps,
    sealPart: parts.seal,
    signedValuePart: parts.signedValue,
  });
  changed.set(parts.signature, signatureXml);
  return {
    signatureId,
    signatureXml,
    dataHash: digest("SM3", signatureXml),
    propertyInfo: `/${parts.signature}`,
    complete: (signedValue) => {
      const files = new Map([...changed, [parts.signedValue, signedValue]]);
      const bytes = writeChanged(ofd, files, request.signedAt);
      checkCompleted(bytes, parts.signature, signatureXml, signedValue);
      return bytes;
    },
  };
}

/** What the new record makes of Signatures.xml and, for the first one, of OFD.xml. */
function listSignature(
  ofd: OfdPackage,
  parts: SigningParts,
  placed: readonly Omit<OfdStamp, "id">[],
): { signatureId: string; stamps: OfdStamp[]; listing: Map<string, Uint8Array> } {
  const list = ofd.entries.has(parts.list) ? readXml(contentOf(ofd, parts.list), parts.list) : undefined;
  const siblings = ofd.signatures.filter(({ listedIn }) => listedIn === parts.list);
  const [signatureId = "", ...stampIds] = freeSignIds(list, siblings, 1 + placed.length);
  const stamps = placed.map((stamp, index) => ({ id: stampIds[index] ?? "", ...stamp }));
  const record = { id: signatureId, part: parts.signature, maxSignId: stampIds.at(-1) ?? signatureId };
  const listing = new Map<string, Uint8Array>();
  if (!parts.isListNamed) listing.set(mainPart, nameList(parts));
  listing.set(
    parts.list,
    list === undefined ? createSignatureList(record) : extendSignatureList(list, record),
  );
  return { signatureId, stamps, listing };
}

/** OFD.xml with `Signatures` as the last element of the DocBody, its place in the schema; the rest stays to the byte. */
function nameList({ main, body, list }: SigningParts): Uint8Array {
  const at = body.content?.end ?? body.startTagEnd;
  const text = `<${body.prefix}Signatures>${escapeXml(`/${list}`)}</${body.prefix}Signatures>`;
  return utf8Of(editText(main.text, [{ start: at, end: at, text }]));
}

/**
 * A signature that covers Signatures.xml says that it is the last (GB/T 33190-2016 ch. 18); the same for one that covers
 * OFD.xml when this must change. The integrity list of GM/T 0099-2020 fixes the names of all files.
 */
function refuseIfClosed(ofd: OfdPackage, changed: ReadonlyMap<string, Uint8Array>): void {
  for (const { id, references } of ofd.signatures) {
    const broken = references.find(({ part }) => changed.has(part));
    if (broken !== undefined) {
      throw new OfdError(
        "signing-closed",
        `signature ${id} covers this part, so nothing can be added`,
        broken.part,
      );
    }
  }
  if (ofd.entries.has("OFDEntries.xml")) {
    throw new OfdError("signing-closed", "the package has an integrity list of its files", "OFDEntries.xml");
  }
}

function referTo(
  ofd: OfdPackage,
  changed: ReadonlyMap<string, Uint8Array>,
  lists: ReadonlySet<string>,
): { part: string; digest: Uint8Array }[] {
  const parts = new Set([...ofd.entries.keys(), ...changed.keys()]);
  return [...parts]
    .filter((part) => !lists.has(part))
    .map((part) => ({ part, digest: digest("SM3", changed.get(part) ?? contentOf(ofd, part)) }));
}

/** Changed entries keep their place, new ones come last. */
function writeChanged(
  ofd: OfdPackage,
  changed: ReadonlyMap<string, Uint8Array>,
  modifiedAt: Date,
): Uint8Array {
  const { bytes: from, entries } = ofd.archive;
  const kept = entries.map((entry) => {
    const content = changed.get(entry.name);
    return content === undefined ? { from, entry } : { name: entry.name, content, modifiedAt };
  });
  const added = [...changed]
    .filter(([name]) => !ofd.entries.has(name))
    .map(([name, content]) => ({ name, content, modifiedAt }));
  const count = kept.length + added.length;
  if (count > zipLimits.entries) throw new OfdError("too-many-entries", `${String(count)} entries`);
  return writeZip([...kept, ...added]);
}

/** What leaves must be what was meant; anything else is our fault, not the caller's. */
function checkCompleted(
  bytes: Uint8Array,
  part: string,
  signatureXml: Uint8Array,
  signedValue: Uint8Array,
): void {
  const written = openOfd(bytes).signatures.find((signature) => signature.part === part);
  const isRight =
    written?.problems.length === 0 &&
    equalBytes(written.raw, signatureXml) &&
    equalBytes(written.signedValue, signedValue);
  if (!isRight) throw new Error("the sealed package does not read back as it was written");
}
