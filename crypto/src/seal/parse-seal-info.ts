import { readChildren, readSmallInteger, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { SealError } from "./error.ts";
import type { CertificateDigest, SealInfo, SealQuirk, SealSigners, SealVersion } from "./seal.ts";
import {
  contextZero,
  innerOfContextZero,
  membersOf,
  readExtensions,
  readOctets,
  readSealTime,
  readText,
} from "./ses-elements.ts";

/** SES_SealInfo. @throws SealError, DerError */
export function readSealInfo(
  root: DerElement,
  version: SealVersion,
  where: string,
  quirks: SealQuirk[],
): SealInfo {
  const all = readChildren(root);
  const extensions = all.length === 5 ? all[4] : undefined;
  const members = extensions === undefined ? all : all.slice(0, 4);
  const names = ["header", "code", "property", "picture"] as const;
  const [header, code, property, picture] = membersOf(members, `the information of the ${where}`, names);
  return {
    raw: root.raw,
    header: readHeader(header, version),
    code: readText(code, tags.ia5String),
    property: readProperty(property, { version, where, quirks }),
    picture: readPicture(picture),
    ...(extensions !== undefined && {
      extensions: readExtensions(untagged(extensions, where, quirks), where, quirks),
    }),
  };
}

/** The structure has no tag here; some libraries write a [0] all the same. @throws DerError */
function untagged(extensions: DerElement, where: string, quirks: SealQuirk[]): DerElement {
  if (extensions.tag !== contextZero) return extensions;
  quirks.push({ code: "extensions-tagged", where });
  return innerOfContextZero(extensions);
}

function readHeader(root: DerElement, version: SealVersion): SealInfo["header"] {
  const names = ["ID", "version", "vendor"] as const;
  const [id, , vendorId] = membersOf(readChildren(root), "the seal header", names);
  if (readText(id, tags.ia5String) !== "ES") throw new SealError("seal-format", "the header's ID is not ES");
  return { id: "ES", version, vendorId: readText(vendorId, tags.ia5String) };
}

interface Place {
  readonly version: SealVersion;
  readonly where: string;
  readonly quirks: SealQuirk[];
}

function readProperty(root: DerElement, place: Place): SealInfo["property"] {
  const all = readChildren(root);
  const { type, name, signers, times } =
    place.version === 1 ? firstProperty(all, place) : laterProperty(all, place);
  const [createdAt, validFrom, validUntil] = times;
  return {
    type: readSmallInteger(type),
    name: readText(name, tags.utf8String),
    signers,
    createdAt: readSealTime(createdAt, place),
    validFrom: readSealTime(validFrom, place),
    validUntil: readSealTime(validUntil, place),
  };
}

interface PropertyMembers {
  readonly type: DerElement;
  readonly name: DerElement;
  readonly signers: SealSigners;
  readonly times: readonly [DerElement, DerElement, DerElement];
}

const times = ["creation", "start", "end"] as const;

function firstProperty(all: readonly DerElement[], place: Place): PropertyMembers {
  const members = membersOf(all, "the seal property", ["type", "name", "list", ...times]);
  const [type, name, list, createdAt, validFrom, validUntil] = members;
  return { type, name, signers: readCertificates(list, place), times: [createdAt, validFrom, validUntil] };
}

function laterProperty(all: readonly DerElement[], place: Place): PropertyMembers {
  const members = membersOf(all, "the seal property", ["type", "name", "list type", "list", ...times]);
  const [type, name, listType, list, createdAt, validFrom, validUntil] = members;
  const signers = readSigners(readSmallInteger(listType), list, place);
  return { type, name, signers, times: [createdAt, validFrom, validUntil] };
}

function readSigners(listType: number, list: DerElement, place: Place): SealSigners {
  if (listType === 1) return readCertificates(list, place);
  if (listType === 2) return { listType, digests: readChildren(list).map(readCertificateDigest) };
  throw new SealError("seal-format", `certListType is ${String(listType)}, not 1 or 2`);
}

/** Every one as its certificate's DER, whichever way it is written. */
function readCertificates(list: DerElement, { where, quirks }: Place): SealSigners {
  const certificates = readChildren(list).map((item, index) => {
    const place = `${where}.signers[${String(index)}]`;
    if (item.tag === tags.sequence) {
      quirks.push({ code: "certificate-not-wrapped", where: place });
      return item.raw;
    }
    if (item.tag === tags.ia5String) {
      quirks.push({ code: "signer-list-text", where: place });
      return item.contents;
    }
    return readOctets(item);
  });
  return { listType: 1, certificates };
}

function readCertificateDigest(root: DerElement): CertificateDigest {
  const [algorithm, value] = membersOf(readChildren(root), "a certificate digest", ["type", "value"]);
  return { algorithm: readText(algorithm, tags.printableString), value: readOctets(value) };
}

function readPicture(root: DerElement): SealInfo["picture"] {
  const [type, data, width, height] = membersOf(readChildren(root), "the seal picture", [
    "type",
    "data",
    "width",
    "height",
  ]);
  return {
    type: readText(type, tags.ia5String),
    data: readOctets(data),
    widthMm: readSmallInteger(width),
    heightMm: readSmallInteger(height),
  };
}
