import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { vectorTest } from "../../../scripts/testing/vectors.ts";
import { parsePublicKey, schemeOf } from "../algorithms/index.ts";
import type { DigestName, SignatureScheme } from "../algorithms/index.ts";
import { bytesOfHex } from "../bytes/index.ts";
import { platform as browser } from "../platform/browser.ts";
import { platform as node } from "../platform/node.ts";
import type { EcdsaCurve, Platform } from "../platform/index.ts";
import { derEcdsaSignature } from "./ecdsa.ts";
import { verifyDigestOn, verifySchemeOn } from "./verify-scheme.ts";

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly msg: string;
  readonly sig: string;
  readonly ctx?: string;
  readonly result: "valid" | "invalid" | "acceptable";
}

interface Group {
  readonly type: string;
  readonly publicKeyDer: string;
  readonly sha?: DigestName;
  readonly mgfSha?: DigestName;
  readonly sLen?: number;
  readonly publicKey: { readonly curve?: string };
  readonly tests: readonly Vector[];
}

/** Why each vector that an implementation may accept or not is refused here. */
const acceptable: Readonly<Record<string, string>> = {
  "Missing NULL in the ASN encoding": "the encoded message is compared as a whole (RFC 8017 §9.2)",
};

const files: Readonly<
  Record<string, { readonly valid: number; readonly invalid: number; readonly acceptable: number }>
> = {
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
};

describe.each<Platform>([node, browser])("Wycheproof on the platform $name", (platform) => {
  for (const [file, expected] of Object.entries(files)) {
    vectorTest(`wycheproof/${file}`, `${file}: accepts every valid signature and no invalid one`, (path) => {
      const groups = readGroups(path);
      const counts = { valid: 0, invalid: 0, acceptable: 0 };
      const wrong: string[] = [];
      for (const [group, vector] of groups.flatMap((each) =>
        each.tests.map((test) => [each, test] as const),
      )) {
        counts[vector.result] += 1;
        const isAccepted = isRight(platform, group, vector);
        if (isAccepted !== (vector.result === "valid"))
          wrong.push(`${String(vector.tcId)} ${vector.comment}`);
        if (vector.result === "acceptable") expect(acceptable).toHaveProperty([vector.comment]);
      }
      const { valid, invalid } = counts;
      console.log(
        `${platform.name} ${file}: ${String(valid)} valid accepted, ${String(invalid)} invalid refused, ` +
          `${String(counts.acceptable)} acceptable refused, ${String(wrong.length)} wrong`,
      );
      expect(wrong).toEqual([]);
      expect(counts).toEqual(expected);
    });
  }
});

describe("Wycheproof", () => {
  vectorTest("wycheproof", "has no file of signatures that is not run", (folder) => {
    const found = readdirSync(folder).filter(
      (name) => name.endsWith("_test.json") && !name.startsWith("json_web"),
    );
    expect(found.toSorted()).toEqual(Object.keys(files).toSorted());
  });
});

function readGroups(path: string): readonly Group[] {
  return (JSON.parse(readFileSync(join(path), "utf8")) as { testGroups: readonly Group[] }).testGroups;
}

function isRight(platform: Platform, group: Group, vector: Vector): boolean {
  const publicKey = bytesOfHex(group.publicKeyDer);
  const scheme = schemeOfGroup(group, publicKey);
  const signature = signatureOf(group, bytesOfHex(vector.sig));
  if (scheme === undefined || signature === undefined) return false;
  const context = bytesOfHex(vector.ctx ?? "");
  const message = bytesOfHex(vector.msg);
  const isAccepted = verifySchemeOn(platform, { scheme, publicKey, message, signature, context });
  if (scheme.digest !== undefined) {
    const digest = platform.createDigest(scheme.digest).update(message).digest();
    expect(verifyDigestOn(platform, { scheme, publicKey, digest, signature })).toBe(isAccepted);
  }
  return isAccepted;
}

const curves: Readonly<Record<string, EcdsaCurve>> = { secp256r1: "P-256", secp384r1: "P-384" };

/** Our verifier takes DER; the raw form is turned into it, as for JOSE. */
function signatureOf({ type, publicKey }: Group, signature: Uint8Array): Uint8Array | undefined {
  if (type !== "EcdsaP1363Verify") return signature;
  const curve = curves[publicKey.curve ?? ""];
  return curve && derEcdsaSignature(curve, signature);
}

/** What an AlgorithmIdentifier would have said; a file says it in members of its groups. */
function schemeOfGroup(group: Group, publicKey: Uint8Array): SignatureScheme | undefined {
  const digest = group.sha;
  switch (group.type) {
    case "EcdsaVerify":
    case "EcdsaP1363Verify":
      return digest && { ...schemeOf("ES256"), digest };
    case "RsassaPkcs1Verify":
      return digest && { ...schemeOf("RS256"), digest };
    case "RsassaPssVerify":
    case "RsassaPssWithParametersVerify": {
      const { mgfSha: mgfDigest, sLen: saltLength } = group;
      if (mgfDigest === undefined || saltLength === undefined) return undefined;
      return digest && { ...schemeOf("PS256"), digest, mgfDigest, saltLength };
    }
    case "EddsaVerify":
      return schemeOf("Ed25519");
    case "MlDsaVerify": {
      const { parameterSet } = parsePublicKey(publicKey);
      return parameterSet && { ...schemeOf("ML-DSA-65"), parameterSet };
    }
    default:
      throw new Error(`a type of group that is not known here: ${group.type}`);
  }
}
