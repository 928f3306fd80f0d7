import { digestAlgorithms } from "../algorithms/index.ts";
import { DerError, readBitString, readChildren, readSmallInteger, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { SealError } from "./error.ts";
import { readSeal } from "./parse-seal.ts";
import type { SealQuirk, SealSignature, SealSignatureContent } from "./seal.ts";
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

const contextZero = 0xa0;

/**
 * Reads a version 4 seal signature with the seal inside it (GB/T 38540-2020 §7.1). No value, certificate or time stamp
 * is checked here.
 *
 * @throws SealError `seal-format`; `seal-version-unsupported` for the structure of another edition.
 */
export function parseSealSignature(der: Uint8Array): SealSignature {
  return reading(der, readSealSignature);
}

function readSealSignature(root: DerElement): SealSignature {
  const all = readChildren(root);
  // GM/T 0031-2014 keeps certificate and algorithm inside TBS_Sign, so only two members are left outside.
  if (all.length === 2) {
    throw new SealError(
      "seal-version-unsupported",
      "a version 1 seal signature; this verifier reads version 4",
    );
  }
  const token = all.length === 5 ? all[4] : undefined;
  const members = token === undefined ? all : all.slice(0, 4);
  const names = ["content", "certificate", "algorithm", "signature"] as const;
  const [content, certificate, algorithm, value] = membersOf(members, "the seal signature", names);
  const quirks: SealQuirk[] = [];
  const toBeSigned = readContent(content, quirks);
  const { signature, asWritten } = readSignatureValue(value, "signature", quirks);
  return {
    raw: root.raw,
    toBeSigned,
    signerCertificate: readOctets(certificate),
    signatureAlgorithmOid: readSignatureOid(algorithm, "signature", quirks),
    signature,
    signatureAsWritten: asWritten,
    ...(token !== undefined && { timeStamp: readBitString(innerOf(token)) }),
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
    time: readGeneralizedTime(time),
    dataHash: readDataHash(dataHash),
    propertyInfo: readText(propertyInfo, tags.ia5String),
    ...(extensions !== undefined && { extensions: readExtensions(innerOf(extensions), "signature", quirks) }),
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

/** What a [0] EXPLICIT wraps. @throws DerError */
function innerOf(wrapper: DerElement): DerElement {
  const [inner, ...more] = readChildren(wrapper, contextZero);
  if (inner === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "expected exactly one element in [0]", wrapper.offset);
  }
  return inner;
}
