import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { buildBrowser } from "../../../scripts/build-browser.ts";
import { findTool, toolTest } from "../../../scripts/testing/tools.ts";
import { launchChromium, noSimdFlag, openPage } from "../../testing/browser-page.ts";
import type { PageGlobals } from "../../testing/browser-page.ts";
import { sm2Example } from "../../testing/sm2-example.ts";
import { schemeOf, signatureAlgorithmNames, signatureAlgorithms } from "../algorithms/index.ts";
import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { base64Of, concatBytes, utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { createSoftwareSigner, generateKey } from "../signer/index.ts";
import { derOfRawSignature } from "../sm2/index.ts";
import { verifyDocument } from "../verification/index.ts";
import { parseCertificatesPem } from "../x509/index.ts";

const fixtures = join(import.meta.dirname, "../../../fixtures");
const documents = [
  "reply-sealed.ofd",
  "reply-sealed.pdf",
  "reply-tampered.ofd",
  "reply-tampered.pdf",
  "reply.ofd",
];
const files = [...documents.map((name) => `documents/${name}`), "seals/approval.esl"];
const trustPem = readFileSync(join(fixtures, "pki/root.pem"), "utf8");
const at = "2026-11-22T00:00:00Z";

/** A page may wait for as much as for a picture; what suddenly doubles it should be looked at. */
const largestBundle = 700 * 1024;

/** A browser with SIMD, one without, and one that is told not to use what it has. */
const ways = [
  { name: "with SIMD", flags: [], wasm: undefined, variant: "simd" },
  { name: "without SIMD", flags: [noSimdFlag], wasm: undefined, variant: "portable" },
  { name: "with SIMD that is not used", flags: [], wasm: "portable", variant: "portable" },
] as const;

const bundle = buildBrowser();

describe("the bundle for browsers", () => {
  it("has nothing of Node.js, and nothing that signs or issues", async () => {
    const { sources } = await bundle;
    const foreign =
      /platform\/node\.ts|signer\/(software|generate|ec-private|rsa-private)|\/issuing\/|\/sm2\/node\//;
    expect(sources.filter((source) => foreign.test(source))).toEqual([]);
    expect(sources).toContain("crypto/src/platform/browser.ts");
    expect(sources).toContain("crypto/src/verification/verify-pdf.ts");
  });

  it("is small enough to be loaded with a page", async () => {
    expect((await bundle).code.length).toBeLessThan(largestBundle);
  });
});

describe.each(ways)("the bundle for browsers in Chromium $name", ({ flags, wasm, variant }) => {
  let browser: Browser | undefined;
  let page: Page;

  beforeAll(async () => {
    // Without Chromium the tests below are skipped, or fail, by themselves.
    if (findTool("chromium") === undefined) return;
    browser = await launchChromium(...flags);
    page = await openPage(browser, (await bundle).code);
  });

  afterAll(async () => {
    await browser?.close();
  });

  toolTest(["chromium"], "starts the engine that fits the browser", async () => {
    const engine = await page.evaluate(
      (chosen) =>
        (globalThis as unknown as PageGlobals).yinxin.ready(chosen === null ? {} : { wasm: chosen }),
      wasm ?? null,
    );
    expect(engine).toEqual({ name: "wasm", variant });
  });

  toolTest(["chromium"], "judges every sealed and tampered document as Node does", async () => {
    for (const file of files) {
      const bytes = new Uint8Array(readFileSync(join(fixtures, file)));
      const trust = parseCertificatesPem(trustPem);
      const here = verifyDocument({ name: file, bytes }, { trust, at: new Date(at) });
      const there = await reportOf(page, file, bytes);
      expect(JSON.parse(there)).toEqual(JSON.parse(JSON.stringify(here)));
      if (file.includes("sealed")) expect(here.verdict).toMatch(/^VALID/);
      if (file.includes("tampered")) expect(here.verdict).toBe("INVALID");
    }
  });

  toolTest(["chromium"], "verifies signatures of every algorithm, and refuses changed ones", async () => {
    const signed = await signedByEveryRow();
    expect(await verdictsOf(page, signed)).toEqual(
      signed.map(({ name }) => ({ name, right: true, wrong: false })),
    );
  });

  toolTest(["chromium"], "verifies the published SM2 signature (GB/T 32918.5-2017 annex A.2)", async () => {
    const { spki, message, r, s } = sm2Example;
    const signature = derOfRawSignature(concatBytes(r, s));
    const example = { name: "SM2", publicKey: spki, message, signature } as const;
    expect(await verdictsOf(page, [example])).toEqual([{ name: "SM2", right: true, wrong: false }]);
  });

  toolTest(["chromium"], "digests as Node does", async () => {
    const message = utf8Of("abcd".repeat(50_000));
    const names = ["SM3", "SHA-256", "SHA-512", "SHA-1", "SHA3-256"] as const;
    const there = await page.evaluate(
      ([text, all]) => {
        const { yinxin } = globalThis as unknown as PageGlobals;
        return all.map((name) => yinxin.hexOf(yinxin.digest(name, yinxin.bytesOfBase64(text))));
      },
      [base64Of(message), names] as const,
    );
    expect(there).toEqual(names.map((name) => Buffer.from(digest(name, message)).toString("hex")));
  });
});

function reportOf(page: Page, name: string, bytes: Uint8Array): Promise<string> {
  return page.evaluate(
    ([file, base64, pem, time]) => {
      const { yinxin } = globalThis as unknown as PageGlobals;
      const trust = yinxin.parseCertificatesPem(pem);
      const document = { name: file, bytes: yinxin.bytesOfBase64(base64) };
      return JSON.stringify(yinxin.verifyDocument(document, { trust, at: new Date(time) }));
    },
    [name, base64Of(bytes), trustPem, at] as const,
  );
}

interface SignedMessage {
  readonly name: SignatureAlgorithmName;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

async function signedByEveryRow(): Promise<SignedMessage[]> {
  const rsa = generateKey("RS256");
  const message = utf8Of("关于同意印发的批复");
  return Promise.all(
    signatureAlgorithmNames.map(async (name) => {
      const isRsa = signatureAlgorithms[name].keyOid === signatureAlgorithms.RS256.keyOid;
      const signer = createSoftwareSigner((isRsa ? rsa : generateKey(name)).pkcs8, name);
      return { name, publicKey: signer.publicKey, message, signature: await signer.sign({ message }) };
    }),
  );
}

interface RowVerdict {
  readonly name: SignatureAlgorithmName;
  readonly right: boolean;
  /** Of the signature over another message. */
  readonly wrong: boolean;
}

function verdictsOf(page: Page, signed: readonly SignedMessage[]): Promise<RowVerdict[]> {
  const texts = signed.map(({ name, publicKey, message, signature }) => ({
    name,
    scheme: schemeOf(name),
    publicKey: base64Of(publicKey),
    message: base64Of(message),
    signature: base64Of(signature),
  }));
  return page.evaluate((all) => {
    const { yinxin } = globalThis as unknown as PageGlobals;
    return all.map(({ name, scheme, ...text }) => {
      const publicKey = yinxin.bytesOfBase64(text.publicKey);
      const message = yinxin.bytesOfBase64(text.message);
      const signature = yinxin.bytesOfBase64(text.signature);
      const changed = message.map((octet, index) => (index === 0 ? octet ^ 1 : octet));
      const right = yinxin.verifyScheme({ scheme, publicKey, message, signature });
      const wrong = yinxin.verifyScheme({ scheme, publicKey, message: changed, signature });
      return { name, right, wrong };
    });
  }, texts);
}
