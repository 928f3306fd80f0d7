import { readFileSync } from "node:fs";

import { parsePublicKey, schemeOf } from "../src/algorithms/index.ts";
import type { DigestName, SignatureScheme } from "../src/algorithms/index.ts";
import { bytesOfHex } from "../src/bytes/index.ts";
import type { EcdsaCurve } from "../src/platform/index.ts";
import { derEcdsaSignature } from "../src/signer/index.ts";

/** One signature of a Wycheproof file, in the form that our verifier takes. */
export interface SignatureVector {
  readonly id: number;
  readonly comment: string;
  readonly result: "valid" | "invalid" | "acceptable";
  /** What an AlgorithmIdentifier would have said; the files say it in members of their groups. */
  readonly scheme: SignatureScheme;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  /** Undefined if the raw form cannot be turned into DER: then it is no signature. */
  readonly signature: Uint8Array | undefined;
  readonly context: Uint8Array;
}

interface Group {
  readonly type: string;
  readonly publicKeyDer: string;
  readonly sha?: DigestName;
  readonly mgfSha?: DigestName;
  readonly sLen?: number;
  readonly publicKey: { readonly curve?: string };
  readonly tests: readonly {
    readonly tcId: number;
    readonly comment: string;
    readonly msg: string;
    readonly sig: string;
    readonly ctx?: string;
    readonly result: SignatureVector["result"];
  }[];
}

/** Every file of signatures, with how many vectors of each result it has. */
export const wycheproofFiles = {
  "ecdsa_secp256r1_sha256_test.json": { valid: 174, invalid: 310, acceptable: 0 },
  "ecdsa_secp256r1_sha256_p1363_test.json": { valid: 173, invalid: 89, acceptable: 0 },
  "ecdsa_secp384r1_sha384_test.json": { valid: 194, invalid: 310, acceptable: 0 },
  "ecdsa_secp384r1_sha384_p1363_test.json": { valid: 193, invalid: 87, acceptable: 0 },
  "ed25519_test.json": { valid: 88, invalid: 63, acceptable: 0 },
  "rsa_signature_2048_sha256_test.json": { valid: 9, invalid: 249, acceptable: 1 },
  "rsa_signature_3072_sha256_test.json": { valid: 8, invalid: 250, acceptable: 1 },
  "rsa_pss_2048_sha256_mgf1_32_test.json": { valid: 63, invalid: 45, acceptable: 0 },
  "rsa_pss_4096_sha256_mgf1_32_test.json": { valid: 63, invalid: 45, acceptable: 0 },
  "rsa_pss_misc_params_test.json": { valid: 150, invalid: 0, acceptable: 0 },
  "mldsa_44_verify_test.json": { valid: 77, invalid: 103, acceptable: 0 },
  "mldsa_65_verify_test.json": { valid: 79, invalid: 131, acceptable: 0 },
  "mldsa_87_verify_test.json": { valid: 71, invalid: 170, acceptable: 0 },
} as const;

/** Why each vector that an implementation may accept or not is refused here. */
export const acceptableVectors: Readonly<Record<string, string>> = {
  "Missing NULL in the ASN encoding": "the encoded message is compared as a whole (RFC 8017 §9.2)",
};

/** The vectors of a file; throws for a type of group that is not known here. */
export function readSignatureVectors(path: string): readonly SignatureVector[] {
  const { testGroups } = JSON.parse(readFileSync(path, "utf8")) as { testGroups: readonly Group[] };
  return testGroups.flatMap((group) => {
    const publicKey = bytesOfHex(group.publicKeyDer);
    const scheme = schemeOfGroup(group, publicKey);
    return group.tests.map(({ tcId: id, comment, result, msg, sig, ctx }) => ({
      id,
      comment,
      result,
      scheme,
      publicKey,
      message: bytesOfHex(msg),
      signature: signatureOf(group, bytesOfHex(sig)),
      context: bytesOfHex(ctx ?? ""),
    }));
  });
}

const curves: Readonly<Record<string, EcdsaCurve>> = { secp256r1: "P-256", secp384r1: "P-384" };

/** Our verifier takes DER; the raw form is turned into it, as for JOSE. */
function signatureOf({ type, publicKey }: Group, signature: Uint8Array): Uint8Array | undefined {
  if (type !== "EcdsaP1363Verify") return signature;
  const curve = curves[publicKey.curve ?? ""];
  if (curve === undefined) throw new Error("a curve that is not known here");
  return derEcdsaSignature(curve, signature);
}

function schemeOfGroup(group: Group, publicKey: Uint8Array): SignatureScheme {
  switch (group.type) {
    case "EcdsaVerify":
    case "EcdsaP1363Verify":
      return { ...schemeOf("ES256"), digest: given(group.sha) };
    case "RsassaPkcs1Verify":
      return { ...schemeOf("RS256"), digest: given(group.sha) };
    case "RsassaPssVerify":
    case "RsassaPssWithParametersVerify": {
      const [mgfDigest, saltLength] = [given(group.mgfSha), given(group.sLen)];
      return { ...schemeOf("PS256"), digest: given(group.sha), mgfDigest, saltLength };
    }
    case "EddsaVerify":
      return schemeOf("Ed25519");
    case "MlDsaVerify":
      return {
        ...schemeOf("ML-DSA-65"),
        parameterSet: parsePublicKey(publicKey).parameterSet ?? "ML-DSA-65",
      };
    default:
      throw new Error(`a type of group that is not known here: ${group.type}`);
  }
}

function given<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("a member of the group is missing");
  return value;
}
