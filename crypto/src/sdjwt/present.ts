import type { ClaimPath } from "./conceal.ts";
import { signKeyBinding } from "./key-binding.ts";
import type { Presentation } from "./key-binding.ts";
import { claimsOf, parseSdJwt } from "./sd-jwt.ts";

/**
 * What a holder hands over: the credential with the disclosures of these claims alone, and with a proof for the verifier
 * where one is asked for (RFC 9901 §4.3). To show a claim inside a concealed one, the outer one is shown too.
 *
 * @param shown where the claims stand in the credential with all its disclosures.
 * @throws SdJwtError if the credential is malformed; RangeError for a path that is no disclosure; SignerError.
 */
export async function presentSdJwt(
  text: string,
  shown: readonly ClaimPath[],
  presentation?: Presentation,
): Promise<string> {
  const whole = parseSdJwt(text);
  const { revealed, algorithm } = claimsOf(whole);
  for (const path of shown) {
    const isDisclosure = revealed.disclosed.some(
      (claim) => isPrefix(claim.path, path) && isPrefix(path, claim.path),
    );
    if (!isDisclosure) throw new RangeError(`${JSON.stringify(path)} is no claim that can be shown or kept`);
  }
  const chosen = new Set(
    revealed.disclosed
      .filter((claim) => shown.some((path) => isPrefix(claim.path, path)))
      .map(({ encoded }) => encoded),
  );
  const disclosures = whole.disclosures.filter((encoded) => chosen.has(encoded));
  const selected = [whole.encodedJws, ...disclosures, ""].join("~");
  if (presentation === undefined) return selected;
  return selected + (await signKeyBinding({ ...whole, disclosures, algorithm }, presentation));
}

function isPrefix(outer: ClaimPath, path: ClaimPath): boolean {
  return outer.length <= path.length && outer.every((step, at) => step === path[at]);
}
