import type { SignatureKind, SignatureScheme } from "../algorithms/index.ts";
import { verifyScheme } from "../signer/index.ts";
import type { OctetNames } from "./octet-names.ts";
import { mayContinue, spend } from "./path-budget.ts";
import type { PathAccount } from "./path-budget.ts";

/** Something signed: a certificate, a revocation list. */
export interface Signed {
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
  readonly signatureScheme: SignatureScheme | undefined;
}

/** Remembers which signatures were right, so that none is checked twice with one key in one judgement. */
export interface SignatureMemo {
  readonly outcomes: Map<Signed, Map<string, boolean>>;
  /** What keys are called in `outcomes`. */
  readonly nameOf: OctetNames;
}

export function createSignatureMemo(nameOf: OctetNames): SignatureMemo {
  return { outcomes: new Map(), nameOf };
}

/** Post-quantum signatures and the DSA of old test suites are verified in JavaScript. */
const costs: Readonly<Partial<Record<SignatureKind, number>>> = { "ml-dsa": 2, dsa: 8 };

/** What one check costs of `signatureChecks` in a budget: in checks of RSA or P-256. */
export function checkCost({ kind }: SignatureScheme): number {
  return costs[kind] ?? 1;
}

/**
 * Whether the signature is right under the key; undefined if the budget does not allow to find out. An unknown scheme
 * is a wrong signature.
 *
 * @param publicKey SubjectPublicKeyInfo, DER.
 */
export function checkSignature(
  memo: SignatureMemo,
  account: PathAccount,
  signed: Signed,
  publicKey: Uint8Array,
): boolean | undefined {
  const { signatureScheme: scheme, tbs: message, signature } = signed;
  if (scheme === undefined) return false;
  const key = memo.nameOf(publicKey);
  const known = memo.outcomes.get(signed)?.get(key);
  if (known !== undefined) return known;
  const bytes = message.length + signature.length + publicKey.length;
  const cost = checkCost(scheme);
  if (!mayContinue(account) || !spend(account, "signatureChecks", cost) || !spend(account, "bytes", bytes)) {
    return undefined;
  }
  const isRight = verifyScheme({ scheme, publicKey, message, signature });
  const outcomes = memo.outcomes.get(signed) ?? new Map<string, boolean>();
  outcomes.set(key, isRight);
  memo.outcomes.set(signed, outcomes);
  return isRight;
}
