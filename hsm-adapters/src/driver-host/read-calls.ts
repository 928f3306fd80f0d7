import { signatureAlgorithmNames } from "@yinxin/crypto/algorithms";

import type { DecryptRequest, GenerateRequest, ImportRequest } from "../driver/index.ts";
import {
  present,
  readBytes,
  readKeyUri,
  readOneOf,
  readOptional,
  readRecord,
  readText,
} from "../wire/index.ts";
import type { WireValue } from "../wire/index.ts";

const oaepDigests = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"] as const;

/** The readers of what a host is asked. @throws WireError. */
export function readDecryptRequest(value: WireValue): DecryptRequest {
  const request = readRecord(value);
  const common = {
    key: readKeyUri(request["key"]),
    ...present({ contextPin: readOptional(request["contextPin"], readBytes) }),
  };
  const kind = readOneOf(request["kind"], ["rsa-oaep", "ecdh-p256", "sm2"]);
  if (kind === "ecdh-p256") return { ...common, kind, peer: readBytes(request["peer"]) };
  const ciphertext = readBytes(request["ciphertext"]);
  if (kind === "sm2") return { ...common, kind, ciphertext };
  return { ...common, kind, ciphertext, digest: readOneOf(request["digest"], oaepDigests) };
}

export function readGenerateRequest(value: WireValue): GenerateRequest {
  const { label, algorithm } = readRecord(value);
  return { label: readText(label), algorithm: readOneOf(algorithm, signatureAlgorithmNames) };
}

export function readImportRequest(value: WireValue): ImportRequest {
  return { ...readGenerateRequest(value), pkcs8: readBytes(readRecord(value)["pkcs8"]) };
}
