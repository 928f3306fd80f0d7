import { randomBytes } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { hexOf } from "../bytes/index.ts";
import { contextExplicit, octetString, oid, parseDer, sequence, smallInteger } from "../der/index.ts";
import { generateKey } from "../signer/index.ts";
import { Pkcs12Error, readPkcs12, writePkcs12 } from "./index.ts";
import type { Pkcs12Contents } from "./index.ts";

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));
const { pkcs8 } = generateKey("SM2");
const file = writePkcs12([{ privateKey: pkcs8, chain: [], friendlyName: "one" }], "p", {
  random,
  iterations: 1000,
});

/** Whatever else a read does, it ends in contents or in our own error. */
function contentsOrRefusal(bytes: Uint8Array, allowMissingMac = false): Pkcs12Contents | undefined {
  try {
    return readPkcs12(bytes, "p", { allowMissingMac });
  } catch (cause) {
    expect(cause).toBeInstanceOf(Pkcs12Error);
    return undefined;
  }
}

describe("a PKCS #12 file", () => {
  it("with any bit of any octet changed is refused, or nothing in it is changed", () => {
    const accepted: number[] = [];
    for (let at = 0; at < file.length; at += 1) {
      const changed = Uint8Array.from(file);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 7));
      const contents = contentsOrRefusal(changed);
      if (contents === undefined) continue;
      accepted.push(at);
      expect(contents.keys.map(({ privateKey, friendlyName }) => [hexOf(privateKey), friendlyName])).toEqual([
        [hexOf(pkcs8), "one"],
      ]);
    }
    // The MAC covers the authenticated safe. Outside of it stand lengths, OIDs and the MAC's own numbers, and of those
    // only the NULL behind the digest's OID means nothing.
    const [, , macData] = parseDer(file).children;
    const nullAt = macData?.children[0]?.children[0]?.children[1]?.offset ?? -1;
    expect(accepted.filter((at) => at !== nullAt && at !== nullAt + 1)).toEqual([]);
  });

  it("is not made of random octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const contents = sequence(oid("1.2.840.113549.1.7.1"), contextExplicit(0, octetString(bytes)));
        for (const candidate of [bytes, sequence(smallInteger(3), contents)]) {
          expect(contentsOrRefusal(candidate, true)?.keys ?? []).toEqual([]);
        }
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("without a MAC, with any octets changed, gives contents or our error", () => {
    const [version, safe] = parseDer(file).children;
    const bare = sequence(version?.raw ?? new Uint8Array(), safe?.raw ?? new Uint8Array());
    fc.assert(
      fc.property(fc.nat(bare.length - 1), fc.nat(255), (at, value) => {
        const changed = Uint8Array.from(bare);
        changed[at] = value;
        contentsOrRefusal(changed, true);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});
