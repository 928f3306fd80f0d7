import { readChildren, readSmallInteger, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { SealError } from "./error.ts";
import {
  membersOf,
  readExtensions,
  readGeneralizedTime,
  readOctets,
  readSignatureOid,
  readSignatureValue,
  readText,
  reading,
} from "./ses-elements.ts";
import type { CertificateDigest, Seal, SealInfo, SealQuirk, SealSigners } from "./seal.ts";

/**
 * Reads a version 4 seal (GB/T 38540-2020 §6.1). Strict DER, nothing after it, every member where it belongs; what is
 * tolerated beyond that is listed in `quirks`. Neither signature nor certificate is checked here.
 *
 * @throws SealError `seal-format`; `seal-version-unsupported` for the structure of another edition.
 */
export function parseSeal(der: Uint8Array): Seal {
  return reading(der, (root) => readSeal(root, "seal"));
}

/** @throws SealError, DerError */
export function readSeal(root: DerElement, where: string): Seal {
  const quirks: SealQuirk[] = [];
  const children = readChildren(root);
  refuseOtherVersions(children);
  const [infoElement, certificate, algorithm, value] = membersOf(children, where, [
    "information",
    "certificate",
    "algorithm",
    "signature",
  ]);
  const info = readSealInfo(infoElement, where, quirks);
  const { signature } = readSignatureValue(value, where, quirks);
  return {
    raw: root.raw,
    info,
    makerCertificate: readOctets(certificate),
    signatureAlgorithmOid: readSignatureOid(algorithm, where, quirks),
    signature,
    quirks,
  };
}

/**
 * Version 1 has two members, version 5 may have five; with four, the header decides. Looked at before anything else,
 * so that another edition is told apart from a damaged seal.
 */
function refuseOtherVersions(children: readonly DerElement[]): void {
  const version = versionOf(children[0]);
  if (version === undefined || version === 4) return;
  throw new SealError(
    "seal-version-unsupported",
    `the seal has version ${String(version)}; this verifier reads version 4`,
  );
}

function versionOf(info: DerElement | undefined): number | undefined {
  const version = info?.children[0]?.children[1];
  return version?.tag === tags.integer ? readSmallInteger(version) : undefined;
}

function readSealInfo(root: DerElement, where: string, quirks: SealQuirk[]): SealInfo {
  const all = readChildren(root);
  const extensions = all.length === 5 ? all[4] : undefined;
  const members = extensions === undefined ? all : all.slice(0, 4);
  const names = ["header", "code", "property", "picture"] as const;
  const [header, code, property, picture] = membersOf(members, `the information of the ${where}`, names);
  return {
    raw: root.raw,
    header: readHeader(header),
    code: readText(code, tags.ia5String),
    property: readProperty(property),
    picture: readPicture(picture),
    ...(extensions !== undefined && { extensions: readExtensions(extensions, where, quirks) }),
  };
}

function readHeader(root: DerElement): SealInfo["header"] {
  const [id, version, vendorId] = membersOf(readChildren(root), "the seal header", [
    "ID",
    "version",
    "vendor",
  ]);
  if (readText(id, tags.ia5String) !== "ES") throw new SealError("seal-format", "the header's ID is not ES");
  if (readSmallInteger(version) !== 4) throw new SealError("seal-format", "the header's version is not 4");
  return { id: "ES", version: 4, vendorId: readText(vendorId, tags.ia5String) };
}

function readProperty(root: DerElement): SealInfo["property"] {
  const names = ["type", "name", "list type", "list", "creation", "start", "end"] as const;
  const members = membersOf(readChildren(root), "the seal property", names);
  const [type, name, listType, list, createdAt, validFrom, validUntil] = members;
  return {
    type: readSmallInteger(type),
    name: readText(name, tags.utf8String),
    signers: readSigners(readSmallInteger(listType), list),
    createdAt: readGeneralizedTime(createdAt),
    validFrom: readGeneralizedTime(validFrom),
    validUntil: readGeneralizedTime(validUntil),
  };
}

function readSigners(listType: number, list: DerElement): SealSigners {
  const items = readChildren(list);
  if (listType === 1) return { listType, certificates: items.map(readOctets) };
  if (listType === 2) return { listType, digests: items.map(readCertificateDigest) };
  throw new SealError("seal-format", `certListType is ${String(listType)}, not 1 or 2`);
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
