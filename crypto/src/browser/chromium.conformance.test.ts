import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";

import { buildBrowser } from "../../../scripts/build-browser.ts";
import { conformanceRow } from "../../../scripts/testing/conformance-row.ts";
import { vectorTest } from "../../../scripts/testing/vectors.ts";
import { launchChromium, noSimdFlag, openPage } from "../../testing/browser-page.ts";
import type { PageGlobals } from "../../testing/browser-page.ts";
import { readSignatureVectors, wycheproofFiles } from "../../testing/wycheproof.ts";
import type { SignatureVector } from "../../testing/wycheproof.ts";
import { base64Of } from "../bytes/index.ts";

const ways = [
  { name: "with SIMD", flags: [], variant: "simd" },
  { name: "without SIMD", flags: [noSimdFlag], variant: "portable" },
] as const;

describe.each(ways)("Wycheproof in Chromium $name", ({ name, flags, variant }) => {
  let browser: Browser | undefined;
  let page: Page;

  beforeAll(async () => {
    const { code } = await buildBrowser();
    browser = await launchChromium(...flags);
    page = await openPage(browser, code);
    const engine = await page.evaluate(() => (globalThis as unknown as PageGlobals).yinxin.ready());
    expect(engine).toEqual({ name: "wasm", variant });
  });

  afterAll(async () => {
    await browser?.close();
  });

  for (const [file, expected] of Object.entries(wycheproofFiles)) {
    vectorTest(
      `wycheproof/${file}`,
      `${file}: accepts every valid signature and no invalid one`,
      async (path) => {
        const vectors = readSignatureVectors(path);
        expect(vectors).toHaveLength(expected.valid + expected.invalid + expected.acceptable);
        const verdicts = await verdictsOf(page, vectors);
        const wrong = vectors.filter(({ result }, index) => verdicts[index] !== (result === "valid"));
        const { valid, invalid, acceptable } = expected;
        const of = valid + invalid + acceptable;
        conformanceRow({
          suite: `Wycheproof ${file.replace("_test.json", "")}, Chromium ${name}`,
          right: of - wrong.length,
          of,
        });
        expect(wrong.map(({ id, comment }) => `${String(id)} ${comment}`)).toEqual([]);
      },
    );
  }
});

function verdictsOf(page: Page, vectors: readonly SignatureVector[]): Promise<boolean[]> {
  const texts = vectors.map(({ scheme, publicKey, message, signature, context }) => ({
    scheme,
    publicKey: base64Of(publicKey),
    message: base64Of(message),
    signature: signature === undefined ? null : base64Of(signature),
    context: base64Of(context),
  }));
  return page.evaluate((all) => {
    const { yinxin } = globalThis as unknown as PageGlobals;
    const { bytesOfBase64 } = yinxin;
    return all.map(({ scheme, publicKey, message, signature, context }) => {
      if (signature === null) return false;
      return yinxin.verifyScheme({
        scheme,
        publicKey: bytesOfBase64(publicKey),
        message: bytesOfBase64(message),
        signature: bytesOfBase64(signature),
        context: bytesOfBase64(context),
      });
    });
  }, texts);
}
