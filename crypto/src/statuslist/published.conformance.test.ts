import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect } from "vitest";

import { conformanceRow } from "../../../scripts/testing/conformance-row.ts";
import { vectorTest } from "../../../scripts/testing/vectors.ts";
import { bytesOfHex, equalBytes, hexOf } from "../bytes/index.ts";
import { decodeCbor, parseCoseSign1, problemOfCoseSign1 } from "../cose/index.ts";
import type { CborMap } from "../cose/index.ts";
import { bytesOfBase64Url, spkiOfJwk } from "../tokens/index.ts";
import {
  compressStatusList,
  parseStatusList,
  statusAt,
  statusCount,
  statusReferenceOfCwt,
  verifyStatusListCwt,
  verifyStatusListJwt,
} from "./index.ts";
import type { StatusList } from "./index.ts";

interface ListVector {
  readonly name: string;
  readonly size: number;
  readonly bits: number;
  readonly lst: string;
  readonly cbor: string;
  readonly raw?: string;
  readonly values?: readonly (readonly [number, number])[];
}

interface TokenVector {
  readonly jwt?: string;
  readonly jwk?: object;
  readonly expectSignature?: boolean;
}

const uri = "https://example.com/statuslists/1";
const now = new Date("2024-01-01T00:00:00Z");

/** The key of the draft's examples stands with those of RFC 9901. */
function exampleKey(folder: string) {
  const text = readFileSync(join(dirname(folder), "vectors/sd-jwt.json"), "utf8");
  return spkiOfJwk((JSON.parse(text) as { keys: { tsl: unknown } }).keys.tsl);
}

const hexFile = (folder: string, name: string): Uint8Array =>
  bytesOfHex(readFileSync(join(folder, name), "utf8").replaceAll(/\s/g, ""));

function listOfCbor(bytes: Uint8Array) {
  const map = decodeCbor(bytes) as CborMap;
  return parseStatusList(map.get("bits"), map.get("lst") as Uint8Array);
}

/** The long lists have a megabyte, which a matcher would print. */
function isSame(left: StatusList, right: StatusList): boolean {
  return left.bits === right.bits && equalBytes(left.bytes, right.bytes);
}

describe("the lists of draft-ietf-oauth-status-list", () => {
  vectorTest(
    "ledger/vectors/token-status-list.json",
    "have every published status, as JSON and as CBOR",
    (path) => {
      const vectors = JSON.parse(readFileSync(path, "utf8")) as (ListVector & TokenVector)[];
      expect(vectors).toHaveLength(7);
      for (const { name, bits, size, lst, cbor, raw, values } of vectors.filter(
        ({ jwt }) => jwt === undefined,
      )) {
        const list = parseStatusList(bits, bytesOfBase64Url(lst));
        expect(statusCount(list), name).toBe(size);
        expect(isSame(listOfCbor(bytesOfHex(cbor)), list), name).toBe(true);
        expect(isSame(parseStatusList(bits, compressStatusList(list)), list), name).toBe(true);
        if (raw !== undefined) expect(hexOf(list.bytes), name).toBe(raw);
        if (values === undefined) continue;
        const expected = new Map(values);
        let differences = 0;
        for (let index = 0; index < size; index += 1) {
          if (statusAt(list, index) !== (expected.get(index) ?? 0)) differences += 1;
        }
        expect(differences, name).toBe(0);
      }
      for (const { jwt, jwk, expectSignature } of vectors.filter((vector) => vector.jwt !== undefined)) {
        const checks = { ...spkiOfJwk(jwk), uri, now };
        expect(expectSignature).toBe(true);
        expect(verifyStatusListJwt(jwt ?? "", checks)).toMatchObject({ uri, list: { bits: 1 } });
      }
      conformanceRow({ suite: "Token Status List, vectors", right: vectors.length, of: vectors.length });
    },
  );

  vectorTest("ledger/token-status-list", "of the text agree in both encodings", (folder) => {
    const json = readdirSync(folder).filter((name) => /_encoding.*_json\.md$/.test(name));
    expect(json).toHaveLength(6);
    for (const name of json) {
      const text = readFileSync(join(folder, name), "utf8");
      // The long ones are folded; the short ones say before which bytes are in them.
      const { bits, lst } = JSON.parse(text.slice(text.indexOf("{")).replaceAll(/\n\s*/g, "")) as {
        bits: number;
        lst: string;
      };
      const list = parseStatusList(bits, bytesOfBase64Url(lst));
      const other = readFileSync(join(folder, name.replace("_json", "_cbor")), "utf8");
      const hex = other.replace(/^[\s\S]*encoded:/, "").replaceAll(/\s/g, "");
      expect(isSame(listOfCbor(bytesOfHex(hex)), list), name).toBe(true);
      const stated = /byte_array = \[(.*)\]/.exec(text)?.[1];
      if (stated !== undefined) expect([...list.bytes]).toEqual(stated.split(", ").map(Number));
    }
    conformanceRow({ suite: "Token Status List, text", right: json.length, of: json.length });
  });

  vectorTest("ledger/token-status-list", "are believed when the example's key signed them", (folder) => {
    const key = exampleKey(folder);
    const checks = { ...key, algorithm: "ES256", uri, now } as const;
    const jwt = readFileSync(join(folder, "status_list_jwt_raw.md"), "utf8").replaceAll(/\s/g, "");
    const expected = {
      uri,
      list: { bits: 1, bytes: Uint8Array.of(0xb9, 0xa3) },
      issuedAt: new Date(1_686_920_170_000),
      expiresAt: new Date(2_291_720_170_000),
      ttlSeconds: 43_200,
    };
    expect(verifyStatusListJwt(jwt, checks)).toEqual(expected);
    expect(verifyStatusListCwt(hexFile(folder, "status_list_cwt.md"), checks)).toEqual(expected);
    conformanceRow({ suite: "Token Status List, signed", right: 2, of: 2 });
  });

  vectorTest("ledger/token-status-list", "are named by the credential that the same key signed", (folder) => {
    const message = parseCoseSign1(hexFile(folder, "referenced_token_cwt.md"));
    const { publicKey } = exampleKey(folder);
    expect(problemOfCoseSign1(message, { publicKey, algorithm: "ES256" })).toBeUndefined();
    const claims = decodeCbor(message.payload ?? new Uint8Array()) as CborMap;
    expect(statusReferenceOfCwt(claims)).toEqual({ index: 0, uri });
    conformanceRow({ suite: "Token Status List, reference", right: 1, of: 1 });
  });
});
