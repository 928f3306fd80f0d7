import { readFileSync } from "node:fs";

import { describe, expect } from "vitest";

import { conformanceRow } from "../../../scripts/testing/conformance-row.ts";
import { vectorTest } from "../../../scripts/testing/vectors.ts";
import { spkiOfJwk } from "../tokens/index.ts";
import { claimsOf, parseSdJwt, verifySdJwt, verifySdJwtVc } from "./index.ts";

interface SdJwtVector {
  readonly name: string;
  readonly sdjwt: string;
  readonly header: string;
  readonly issuerKey: string;
  readonly disclosures: number;
  readonly disclosuresReferenced: number;
  readonly kb: string | null;
}

const now = new Date("2025-04-15T18:56:34Z");

describe("the credentials of RFC 9901, OpenID4VP and the status list draft", () => {
  vectorTest(
    "ledger/vectors/sd-jwt.json",
    "are believed with every disclosure, and their proofs too",
    (path) => {
      const { keys, vectors } = JSON.parse(readFileSync(path, "utf8")) as {
        keys: Readonly<Record<string, object>>;
        vectors: readonly SdJwtVector[];
      };
      expect(vectors).toHaveLength(3);
      for (const { name, sdjwt, header, issuerKey, disclosures, disclosuresReferenced, kb } of vectors) {
        const { typ } = JSON.parse(header) as { typ: string };
        const checks = { ...spkiOfJwk(keys[issuerKey]), type: typ, now };
        const verified = verifySdJwt(sdjwt, checks);
        expect(verified.header, name).toEqual(JSON.parse(header));
        expect(parseSdJwt(sdjwt).disclosures, name).toHaveLength(disclosures);
        expect(verified.disclosed, name).toHaveLength(disclosuresReferenced);
        expect(parseSdJwt(sdjwt).keyBinding !== undefined, name).toBe(kb !== null);
        if (typ === "dc+sd-jwt") {
          const type = { vct: "https://credentials.example.com/example_credential", claims: [] };
          expect(verifySdJwtVc(sdjwt, checks, type).claims, name).toEqual(verified.claims);
        }
        if (kb === null) continue;
        const keyBinding = {
          audience: "https://verifier.example.org",
          nonce: "1234567890",
          maximumAgeSeconds: 60,
        };
        expect(verifySdJwt(sdjwt, { ...checks, keyBinding }).isBound, name).toBe(true);
        const wrong = { ...keyBinding, nonce: "1234567891" };
        expect(() => verifySdJwt(sdjwt, { ...checks, keyBinding: wrong })).toThrow(
          expect.objectContaining({ code: "key-binding-wrong" }),
        );
      }
      const [first] = vectors;
      expect(claimsOf(parseSdJwt(first?.sdjwt ?? "")).revealed.claims).toMatchObject({
        address: {
          street_address: "Schulstr. 12",
          locality: "Schulpforta",
          region: "Sachsen-Anhalt",
          country: "DE",
        },
      });
      conformanceRow({ suite: "SD-JWT", right: vectors.length, of: vectors.length });
    },
  );
});
