import { readBitString, readChildren, readSmallInteger, sequence, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { SealError } from "./error.ts";
import { readSealInfo } from "./parse-seal-info.ts";
import { sealVersions } from "./seal.ts";
import type { Seal, SealInfo, SealQuirk, SealVersion } from "./seal.ts";
import {
  innerOfContextZero,
  membersOf,
  readOctets,
  readSignatureOid,
  readSignatureValue,
  reading,
} from "./ses-elements.ts";
import type { SealReadingOptions } from "./ses-elements.ts";

/**
 * Reads a seal of version 1 (GM/T 0031-2014 §6.1), 4 (GB/T 38540-2020 §6.1) or 5 (GM/T 0031-2025 §6.1). Every member
 * where it belongs and nothing after it; what is tolerated beyond that is listed in `quirks`. Neither signature nor
 * certificate nor time stamp is checked here.
 *
 * @throws SealError `seal-format`; `seal-version-unsupported` for an edition nobody knows.
 */
export function parseSeal(der: Uint8Array, options: SealReadingOptions = {}): Seal {
  return reading(der, options, (root) => readSeal(root, "seal"));
}

/** @throws SealError, DerError */
export function readSeal(root: DerElement, where: string): Seal {
  const children = readChildren(root);
  const quirks: SealQuirk[] = [];
  const version = versionOf(children, where, quirks);
  return version === 1 ? readFirst(root, where, quirks) : readLater(root, version, where, quirks);
}

/**
 * Looked at before anything else, so that an unknown edition is told apart from a damaged seal. Only version 1 has two
 * members, so its shape counts for more than the number that was written.
 */
function versionOf(children: readonly DerElement[], where: string, quirks: SealQuirk[]): SealVersion {
  const element = children[0]?.children[0]?.children[1];
  if (element?.tag !== tags.integer)
    throw new SealError("seal-format", "the seal has no header with a version");
  const written = readSmallInteger(element);
  if (children.length === 2) {
    if (written !== 1) quirks.push({ code: "header-version", where: `${where}.header` });
    return 1;
  }
  const version = sealVersions.find((known) => known === written);
  if (version !== undefined) return version;
  const known = sealVersions.join(", ");
  throw new SealError(
    "seal-version-unsupported",
    `the seal has version ${String(written)}; the known ones are ${known}`,
  );
}

/** SEQUENCE { info, SEQUENCE { certificate, algorithm, signature } }. */
function readFirst(root: DerElement, where: string, quirks: SealQuirk[]): Seal {
  const [information, signing] = membersOf(readChildren(root), where, ["information", "signing information"]);
  const names = ["certificate", "algorithm", "signature"] as const;
  const [certificate, algorithm, value] = membersOf(readChildren(signing), "the signing information", names);
  const signedBytes = sequence(information.raw, certificate.raw, algorithm.raw);
  const info = readSealInfo(information, 1, where, quirks);
  return { ...readSigned(root, info, { certificate, algorithm, value }, where, quirks), signedBytes };
}

function readLater(root: DerElement, version: 4 | 5, where: string, quirks: SealQuirk[]): Seal {
  const all = readChildren(root);
  const token = version === 5 && all.length === 5 ? all[4] : undefined;
  const names = ["information", "certificate", "algorithm", "signature"] as const;
  const members = membersOf(token === undefined ? all : all.slice(0, 4), where, names);
  const [information, certificate, algorithm, value] = members;
  const info = readSealInfo(information, version, where, quirks);
  return {
    ...readSigned(root, info, { certificate, algorithm, value }, where, quirks),
    ...(token !== undefined && { timeStamp: readBitString(innerOfContextZero(token)) }),
  };
}

function readSigned(
  root: DerElement,
  info: SealInfo,
  members: { readonly certificate: DerElement; readonly algorithm: DerElement; readonly value: DerElement },
  where: string,
  quirks: SealQuirk[],
): Seal {
  const { signature, asWritten } = readSignatureValue(members.value, where, quirks);
  return {
    raw: root.raw,
    info,
    makerCertificate: readOctets(members.certificate),
    signatureAlgorithmOid: readSignatureOid(members.algorithm, where, quirks),
    signedBytes: info.raw,
    signature,
    signatureAsWritten: asWritten,
    quirks,
  };
}
