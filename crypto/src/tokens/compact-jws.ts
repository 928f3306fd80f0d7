import { utf8Of } from "../bytes/index.ts";
import type { Signer } from "../signer/index.ts";
import { signCompactJws } from "./jws.ts";
import { TokenError } from "./token-error.ts";

/**
 * Signs a payload as a compact ES256 JWS (RFC 7515 §3.1) with a key that may be in a device.
 *
 * The header gets `alg`; the signature is turned from the signer's DER into the 64 octets of RFC 7518 §3.4, and it was
 * verified before it leaves.
 *
 * @throws TokenError `token-algorithm` if the signer is not an ES256 signer; SignerError `signature-wrong`.
 */
export async function createCompactJws(
  signer: Signer,
  header: Readonly<Record<string, unknown>>,
  payload: Readonly<Record<string, unknown>>,
): Promise<string> {
  if (signer.algorithm !== "ES256")
    throw new TokenError("token-algorithm", "tokens are signed with ES256 only");
  return signCompactJws(signer, header, utf8Of(JSON.stringify(payload)));
}
