import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { ofdSealRequest } from "../../testing/build-ofd.ts";
import { refusalOf } from "../../testing/ofd-error.ts";
import { hexOf } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { openOfd } from "./open-ofd.ts";
import { prepareOfdSeal } from "./prepare-ofd-seal.ts";

// Packages of other products, which are not part of the repository: `npm run conformance -- --samples DIR`.
const folder = process.env["YINXIN_SAMPLES"];
const files = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith(".ofd"));

describe("an OFD package of another product", () => {
  if (folder === undefined) {
    it("[skipped, needs YINXIN_SAMPLES] opens", (context) => {
      if (process.env["YINXIN_REQUIRE_ALL"] === "1") throw new Error("needs YINXIN_SAMPLES");
      context.skip("needs YINXIN_SAMPLES");
    });
    return;
  }

  it("is there to be opened", () => {
    expect(files.length).toBeGreaterThan(0);
  });

  for (const name of files) {
    it(`opens, with digests that are right: ${name}`, () => {
      const ofd = openOfd(readFileSync(join(folder, name)));
      expect(ofd.pages.length).toBeGreaterThan(0);
      for (const { checkMethod, references, problems } of ofd.signatures) {
        expect(problems).toEqual([]);
        expect(references.length).toBeGreaterThan(3);
        for (const { part, digest: expected } of references) {
          const content = ofd.entries.get(part)?.content() ?? new Uint8Array();
          expect(hexOf(digest(checkMethod ?? "MD5", content)), part).toBe(hexOf(expected));
        }
      }
    });

    it(`takes another seal signature or says that it is closed: ${name}`, () => {
      const ofd = openOfd(readFileSync(join(folder, name)));
      const refusal = refusalOf(() => {
        const sealed = openOfd(prepareOfdSeal(ofd, ofdSealRequest()).complete(Uint8Array.of(1)));
        expect(sealed.signatures).toHaveLength(ofd.signatures.length + 1);
        expect(sealed.signatures.slice(0, -1)).toEqual(ofd.signatures);
      });
      const isClosed =
        ofd.entries.has("OFDEntries.xml") ||
        ofd.signatures.some(({ references }) => references.some(({ part }) => part === ofd.signaturesPart));
      expect(refusal?.code).toBe(isClosed ? "signing-closed" : undefined);
    });
  }
});
