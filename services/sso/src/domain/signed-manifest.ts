import { textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";
import { verifySignature } from "@yinxin/crypto/signer";
import { derOfRawSignature, SignatureEncodingError } from "@yinxin/crypto/sm2";

import { ManifestError, parseManifest } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";

/** The `typ` of a manifest's header: a signature that this key made for another purpose is not one over a manifest. */
export const manifestType = "yinxin-bootstrap+jws";

/** Some thousand people and clients fit in; more is not read. */
export const manifestBytesMax = 4 * 1024 * 1024;

/**
 * Reads a bootstrap manifest: one compact JWS (RFC 7515 §3.1), ES256, by the deployment's bootstrap key. The key is given
 * from outside; the header cannot name another one, nor another algorithm.
 *
 * @param publicKey SubjectPublicKeyInfo, DER.
 * @throws ManifestError `manifest-not-signed` if this key did not sign these bytes; `manifest-malformed`.
 */
export function openManifest(jws: string, publicKey: Uint8Array): Manifest {
  const [header, payload, signature, ...more] = jws.trim().split(".");
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) {
    throw notSigned("it is not a compact JWS");
  }
  checkHeader(header);
  const isRight = verifySignature({
    algorithm: "ES256",
    publicKey,
    message: utf8Of(`${header}.${payload}`),
    signature: derOf(signature),
  });
  if (!isRight) throw notSigned("its signature is not by the bootstrap key, or it was changed afterwards");
  return parseManifest(parseJson(payload));
}

function checkHeader(encoded: string): void {
  const header = parseJson(encoded);
  const members = typeof header === "object" && header !== null ? header : {};
  if (!("alg" in members) || members.alg !== "ES256") throw notSigned("its algorithm is not ES256");
  if (!("typ" in members) || members.typ !== manifestType) throw notSigned(`its type is not ${manifestType}`);
  // RFC 7515 §4.1.11: we understand no extension, so one that must be understood is refused.
  if ("crit" in members) throw notSigned("it has critical header parameters");
}

function derOf(signature: string): Uint8Array {
  try {
    return derOfRawSignature(bytesOfBase64Url(signature));
  } catch (cause) {
    if (cause instanceof SignatureEncodingError) throw notSigned("its signature is not one of ES256", cause);
    throw cause;
  }
}

function parseJson(encoded: string): unknown {
  const bytes = bytesOfBase64Url(encoded);
  try {
    return JSON.parse(textOfUtf8(bytes)) as unknown;
  } catch (cause) {
    // TypeError for bytes that are not UTF-8, SyntaxError for text that is not JSON.
    throw new ManifestError("manifest-malformed", "it is not JSON in UTF-8", { cause });
  }
}

function bytesOfBase64Url(text: string): Uint8Array {
  const bytes = Buffer.from(text, "base64url");
  // Buffer skips what it does not know; two texts must never mean the same bytes (RFC 4648 §3.5).
  if (bytes.toString("base64url") !== text) throw notSigned("it is not base64url");
  return new Uint8Array(bytes);
}

function notSigned(reason: string, cause?: unknown): ManifestError {
  return new ManifestError("manifest-not-signed", `the bootstrap manifest is refused: ${reason}`, { cause });
}
