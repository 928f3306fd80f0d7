import { parseJsonObject, TokenError, verifyCompactJws } from "@yinxin/crypto/tokens";
import type { ParsedJws } from "@yinxin/crypto/tokens";

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
  const { payload } = verified(jws.trim(), publicKey);
  try {
    return parseManifest(parseJsonObject(payload, "payload"));
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause;
    throw new ManifestError("manifest-malformed", "it is not a JSON object in UTF-8", { cause });
  }
}

function verified(jws: string, publicKey: Uint8Array): ParsedJws {
  try {
    return verifyCompactJws(jws, { publicKey, algorithm: "ES256", type: manifestType });
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause;
    const reason = `it is not signed by the bootstrap key, or was changed afterwards: ${cause.message}`;
    throw new ManifestError("manifest-not-signed", `the bootstrap manifest is refused: ${reason}`, { cause });
  }
}
