import { digestAlgorithms, keyOids } from "../algorithms/index.ts";
import type { PublicKeyInfo, SignatureKind, SignatureScheme } from "../algorithms/index.ts";
import type { Platform } from "../platform/index.ts";
import { sm2Verify } from "../sm2/index.ts";
import { verifyDsa } from "./dsa.ts";
import { verifyEcdsaDigest, verifyEcdsaMessage } from "./ecdsa.ts";
import { verifyEd25519 } from "./ed25519.ts";
import { keyOfSpki } from "./key-of-spki.ts";
import { verifyRsa } from "./rsa.ts";
import { verifySm2Digest } from "./sm2-digest.ts";

/** A signature whose AlgorithmIdentifier was read to a scheme. */
export interface SchemeToVerify {
  readonly scheme: SignatureScheme;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  /** As the scheme writes it: SEQUENCE { r, s } in strict DER for SM2, ECDSA and DSA, else the algorithm's octets. */
  readonly signature: Uint8Array;
  /** ML-DSA only: the context it was signed in (FIPS 204 §5.2), empty unless said. */
  readonly context?: Uint8Array;
}

/** A signature over a digest that is ready; for SM2 e = SM3(Z ‖ M), never SM3(M). */
export interface SchemeOverDigest extends Omit<SchemeToVerify, "message" | "context"> {
  readonly digest: Uint8Array;
}

interface Verification {
  readonly platform: Platform;
  readonly scheme: SignatureScheme;
  readonly spki: Uint8Array;
  readonly key: PublicKeyInfo;
  readonly signature: Uint8Array;
  readonly context: Uint8Array;
}

interface SchemeVerifier {
  readonly overMessage: (verification: Verification, message: Uint8Array) => boolean;
  /** Absent where the scheme digests by itself. */
  readonly overDigest?: (verification: Verification, digest: Uint8Array) => boolean;
}

const rsa = digestFirst(({ platform, scheme, key, signature }, digest) => {
  return (
    key.kind === "rsa" && isAllowed(key, scheme) && verifyRsa(platform, scheme, key.key, digest, signature)
  );
});

const schemeVerifiers: Readonly<Record<SignatureKind, SchemeVerifier>> = {
  sm2: {
    overMessage: ({ spki, signature }, message) => sm2Verify(spki, message, signature),
    overDigest: ({ key, signature }, digest) => verifySm2Digest(key, digest, signature),
  },
  ecdsa: {
    overMessage: ({ platform, scheme, key, signature }, message) =>
      scheme.digest !== undefined && verifyEcdsaMessage(platform, key, signature, scheme.digest, message),
    overDigest: ({ platform, key, signature }, digest) => verifyEcdsaDigest(platform, key, signature, digest),
  },
  "rsa-pkcs1": rsa,
  "rsa-pss": rsa,
  dsa: digestFirst(
    ({ spki, key, signature }, digest) => key.kind === "dsa" && verifyDsa(spki, digest, signature),
  ),
  eddsa: {
    overMessage: ({ platform, key, signature }, message) =>
      key.kind === "ed25519" && verifyEd25519(platform, key.key, message, signature),
  },
  "ml-dsa": {
    overMessage: ({ platform, scheme, key, signature, context }, message) => {
      const { parameterSet, key: publicKey } = key;
      if (parameterSet === undefined || parameterSet !== scheme.parameterSet) return false;
      return platform.verifyMlDsa({ parameterSet, publicKey, message, signature, context });
    },
  },
};

const noContext = new Uint8Array();

/** As `verifyScheme`, on a platform that the caller chooses: tests run the published vectors on each. */
export function verifySchemeOn(platform: Platform, input: SchemeToVerify): boolean {
  const { scheme, publicKey: spki, signature, context = noContext } = input;
  const key = keyOfSpki(spki);
  if (key === undefined) return false;
  return schemeVerifiers[scheme.kind].overMessage(
    { platform, scheme, spki, key, signature, context },
    input.message,
  );
}

/** As `verifyDigestSignature`, on a platform that the caller chooses. */
export function verifyDigestOn(platform: Platform, input: SchemeOverDigest): boolean {
  const { scheme, publicKey: spki, signature, digest } = input;
  const key = keyOfSpki(spki);
  const { overDigest } = schemeVerifiers[scheme.kind];
  if (key === undefined || overDigest === undefined || scheme.digest === undefined) return false;
  if (digest.length !== digestAlgorithms[scheme.digest].lengthBytes) return false;
  return overDigest({ platform, scheme, spki, key, signature, context: noContext }, digest);
}

function digestFirst(
  overDigest: (verification: Verification, digest: Uint8Array) => boolean,
): SchemeVerifier {
  return {
    overDigest,
    overMessage: (verification, message) => {
      const { platform, scheme } = verification;
      if (scheme.digest === undefined) return false;
      return overDigest(verification, platform.createDigest(scheme.digest).update(message).digest());
    },
  };
}

/** RFC 4055 §3.3: a key for PSS signs nothing else, and with parameters only with these or with more salt. */
function isAllowed({ keyOid, restrictedTo }: PublicKeyInfo, scheme: SignatureScheme): boolean {
  const isPssKey = keyOid === keyOids.rsaPss;
  if (isPssKey && scheme.kind !== "rsa-pss") return false;
  if (restrictedTo === undefined) return true;
  return (
    scheme.digest === restrictedTo.digest &&
    scheme.mgfDigest === restrictedTo.mgfDigest &&
    (scheme.saltLength ?? 0) >= (restrictedTo.saltLength ?? 0)
  );
}
