import { digestAlgorithms } from "../algorithms/index.ts";
import { readBitString, readChildren, readSmallInteger, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { SealError } from "./error.ts";
import { readSeal } from "./parse-seal.ts";
import type { SealQuirk, SealSignature, SealSignatureContent } from "./seal.ts";
import {
  innerOfContextZero,
  membersOf,
  readExtensions,
  readOctets,
  readSealTime,
  readSignatureOid,
  readSignatureValue,
  readText,
  reading,
} from "./ses-elements.ts";
import type { SealReadingOptions } from "./ses-elements.ts";
import { readFreeFormTime } from "./free-form-time.ts";

/**
 * Reads a seal signature with the seal inside it, of version 1 (GM/T 0031-2014 §7.1), 4 (GB/T 38540-2020 §7.1) or 5
 * (GM/T 0031-2025 §7.1). No value, certificate or time stamp is checked here.
 *
 * @throws SealError `seal-format`; `seal-version-unsupported` for an edition nobody knows.
 */
export function parseSealSignature(der: Uint8Array, options: SealReadingOptions = {}): SealSignature {
  return reading(der, options, readSealSignature);
}

/**
 * GM/T 0031-2014 keeps certificate and algorithm inside TBS_Sign, so only two members are left outside. The seal inside
 * has to be of the same shape: what mixes editions is a structure of none.
 */
function readSealSignature(root: DerElement): SealSignature {
  const isFirst = readChildren(root).length === 2;
  const signature = isFirst ? readFirst(root) : readLater(root);
  const { version } = signature.toBeSigned.seal.info.header;
  if (isFirst === (version === 1)) return signature;
  throw new SealError(
    "seal-format",
    `a seal of version ${String(version)} in the signature of another edition`,
  );
}

function readFirst(root: DerElement): SealSignature {
  const [content, value] = membersOf(readChildren(root), "the seal signature", ["content", "signature"]);
  const names = ["version", "seal", "time", "data hash", "property", "certificate", "algorithm"] as const;
  const members = membersOf(readChildren(content), "the signed content", names);
  const [version, seal, time, dataHash, propertyInfo, certificate, algorithm] = members;
  const quirks: SealQuirk[] = [];
  const { isLocal, ...when } = readFreeFormTime(readBitString(time), time.offset);
  if (isLocal === true) quirks.push({ code: "time-local", where: "signature.time" });
  const toBeSigned: SealSignatureContent = {
    raw: content.raw,
    version: readSmallInteger(version),
    seal: readSeal(seal, "seal"),
    ...when,
    dataHash: readDataHash(dataHash),
    propertyInfo: readText(propertyInfo, tags.ia5String),
  };
  return finished(root, toBeSigned, { certificate, algorithm, value }, quirks);
}

function readLater(root: DerElement): SealSignature {
  const all = readChildren(root);
  const token = all.length === 5 ? all[4] : undefined;
  const members = token === undefined ? all : all.slice(0, 4);
  const names = ["content", "certificate", "algorithm", "signature"] as const;
  const [content, certificate, algorithm, value] = membersOf(members, "the seal signature", names);
  const quirks: SealQuirk[] = [];
  const toBeSigned = readContent(content, quirks);
  return {
    ...finished(root, toBeSigned, { certificate, algorithm, value }, quirks),
    ...(token !== undefined && { timeStamp: readBitString(innerOfContextZero(token)) }),
  };
}

function finished(
  root: DerElement,
  toBeSigned: SealSignatureContent,
  members: { readonly certificate: DerElement; readonly algorithm: DerElement; readonly value: DerElement },
  quirks: SealQuirk[],
): SealSignature {
  const { signature, asWritten } = readSignatureValue(members.value, "signature", quirks);
  return {
    raw: root.raw,
    toBeSigned,
    signerCertificate: readOctets(members.certificate),
    signatureAlgorithmOid: readSignatureOid(members.algorithm, "signature", quirks),
    signature,
    signatureAsWritten: asWritten,
    quirks: [...toBeSigned.seal.quirks, ...quirks],
  };
}

function readContent(root: DerElement, quirks: SealQuirk[]): SealSignatureContent {
  const all = readChildren(root);
  const extensions = all.length === 6 ? all[5] : undefined;
  const members = extensions === undefined ? all : all.slice(0, 5);
  const names = ["version", "seal", "time", "data hash", "property"] as const;
  const [version, seal, time, dataHash, propertyInfo] = membersOf(members, "the signed content", names);
  return {
    raw: root.raw,
    version: readSmallInteger(version),
    seal: readSeal(seal, "seal"),
    time: readSealTime(time, { version: 4, where: "signature.time", quirks }),
    dataHash: readDataHash(dataHash),
    propertyInfo: readText(propertyInfo, tags.ia5String),
    ...(extensions !== undefined && {
      extensions: readExtensions(innerOfContextZero(extensions), "signature", quirks),
    }),
  };
}

/** SM3 is the one digest of the standard. @throws SealError, DerError */
function readDataHash(element: DerElement): Uint8Array {
  const value = readBitString(element);
  if (value.length !== digestAlgorithms.SM3.lengthBytes) {
    throw new SealError("seal-format", `the data hash has ${String(value.length)} bytes`);
  }
  return value;
}
