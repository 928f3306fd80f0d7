import { createPublicKey } from "node:crypto";
import type { JsonWebKey } from "node:crypto";
import { readFileSync } from "node:fs";

import { describe, expect } from "vitest";

import { conformanceRow } from "../../../scripts/testing/conformance-row.ts";
import { vectorTest } from "../../../scripts/testing/vectors.ts";
import { parsePublicKey } from "../algorithms/index.ts";
import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { TokenError } from "./index.ts";
import { jwsAlgorithms } from "./jws-algorithm.ts";
import { parseCompactJws, verifyCompactJws } from "./jws.ts";

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly jws?: unknown;
  readonly result: "valid" | "invalid";
}

interface Group {
  readonly comment: string;
  readonly private: Jwk;
  readonly public?: Jwk;
  readonly tests: readonly Vector[];
}

interface Jwk extends JsonWebKey {
  readonly alg?: string;
  readonly use?: string;
  readonly key_ops?: readonly string[];
}

/**
 * Shared secrets (HS256) sign nothing here and there is no JWE, so of those vectors only the groups with one public key for
 * signatures apply; the counts below say how many that are.
 */
const files = {
  "json_web_signature_test.json": { valid: 36, invalid: 325, apart: 40 },
  "json_web_crypto_test.json": { valid: 2, invalid: 27, apart: 54 },
} as const;

/** Valid there and refused here, by file and number, and why. */
const againstPolicy: Readonly<Record<string, string>> = {
  "json_web_signature_test.json 346":
    "the key says PS256 and the token PS384: one key signs by one algorithm",
  "json_web_signature_test.json 350":
    "the key says PS256 and the token PS384: one key signs by one algorithm",
};

describe("Wycheproof's JSON Web Signatures", () => {
  for (const [file, expected] of Object.entries(files)) {
    vectorTest(`wycheproof/${file}`, `${file}: accepts every valid one and no invalid one`, (path) => {
      const { testGroups } = JSON.parse(readFileSync(path, "utf8")) as { testGroups: readonly Group[] };
      const counts = { valid: 0, invalid: 0, apart: 0 };
      const wrong: string[] = [];
      for (const group of testGroups) {
        const key = group.public ?? group.private;
        for (const vector of group.tests) {
          const isOurs = key.kty === "EC" || key.kty === "RSA";
          if (!isOurs || !("jws" in vector)) {
            counts.apart += 1;
            continue;
          }
          counts[vector.result] += 1;
          const isExpected =
            vector.result === "valid" && !(`${file} ${String(vector.tcId)}` in againstPolicy);
          if (isBelieved(key, vector.jws) !== isExpected) {
            wrong.push(`${String(vector.tcId)} ${group.comment}: ${vector.comment}`);
          }
        }
      }
      const of = counts.valid + counts.invalid;
      conformanceRow({
        suite: `Wycheproof ${file.replace("_test.json", "")}`,
        right: of - wrong.length,
        of,
        note: `${String(counts.apart)} apart: shared secrets, encryption, key sets`,
      });
      expect(wrong).toEqual([]);
      expect(counts).toEqual(expected);
    });
  }
});

/** Who configures a key of an issuer gives it one row of the table; that is what a JWK says of itself here. */
function algorithmOf(key: Jwk, spki: Uint8Array): SignatureAlgorithmName | undefined {
  const isForSignatures = (key.use ?? "sig") === "sig" && (key.key_ops ?? ["verify"]).includes("verify");
  if (!isForSignatures) return undefined;
  if (key.kty === "EC") return parsePublicKey(spki).algorithm;
  const names = Object.keys(jwsAlgorithms) as SignatureAlgorithmName[];
  return names.find((name) => jwsAlgorithms[name].alg === key.alg);
}

function isBelieved(key: Jwk, jws: unknown): boolean {
  if (typeof jws !== "string") return false;
  const { kty, crv, x, y, n, e } = key;
  const jwk = Object.fromEntries(
    Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined),
  );
  const exported = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "der" });
  const publicKey = new Uint8Array(exported);
  const algorithm = algorithmOf(key, publicKey);
  if (algorithm === undefined) return false;
  try {
    const { typ } = parseCompactJws(jws).header;
    // The vectors have no purpose that `typ` could miss.
    verifyCompactJws(jws, { publicKey, algorithm, type: typeof typ === "string" ? typ : undefined });
    return true;
  } catch (cause) {
    if (cause instanceof TokenError) return false;
    throw cause;
  }
}
