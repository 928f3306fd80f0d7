import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";

import { findTool } from "../../scripts/testing/tools.ts";
import type * as verifyingHalf from "../src/browser/index.ts";

/** The bundle's exports, under the name that they have on the page. */
export interface PageGlobals {
  readonly yinxin: typeof verifyingHalf;
}

const quietFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** V8 offers SIMD in WebAssembly only on processors with SSE 4.1; without these it says that there is none. */
export const noSimdFlag = "--js-flags=--no-enable-sse4-1 --no-enable-sse4-2 --no-enable-avx --no-enable-avx2";

/** Debian's Chromium. */
export async function launchChromium(...flags: readonly string[]): Promise<Browser> {
  const executablePath = findTool("chromium");
  if (executablePath === undefined) throw new Error("there is no chromium");
  return chromium.launch({ executablePath, args: [...quietFlags, ...flags] });
}

/**
 * An empty page in which the bundle is loaded as an ES module and whose functions since Chrome 88 were taken away first.
 *
 * @param code the bundle.
 */
export async function openPage(browser: Browser, code: string): Promise<Page> {
  const page = await browser.newPage();
  await page.evaluate(`${takeAway}; ${importText(code)}`);
  return page;
}

/** An expression, so that no tool of the test's own module system rewrites the import. */
function importText(code: string): string {
  const blob = `new Blob([${JSON.stringify(code)}], { type: "text/javascript" })`;
  return `import(URL.createObjectURL(${blob})).then((all) => { globalThis.yinxin = all; })`;
}

/** Everything by name that came to the language after Chrome 87 and that a program of bytes and texts might call. */
const takeAway = `
for (const holder of [Array.prototype, Object.getPrototypeOf(Uint8Array.prototype), String.prototype]) {
  for (const name of ["at", "findLast", "findLastIndex", "toReversed", "toSorted", "toSpliced", "with",
    "isWellFormed", "toWellFormed"]) delete holder[name];
}
for (const name of ["hasOwn", "groupBy"]) delete Object[name];
for (const name of ["fromBase64", "fromHex"]) delete Uint8Array[name];
for (const name of ["toBase64", "toHex", "setFromBase64", "setFromHex"]) delete Uint8Array.prototype[name];
for (const name of ["union", "intersection", "difference", "symmetricDifference", "isSubsetOf", "isSupersetOf",
  "isDisjointFrom"]) delete Set.prototype[name];
for (const name of ["map", "filter", "take", "drop", "flatMap", "reduce", "toArray", "forEach", "some", "every", "find"])
  delete Iterator.prototype[name];
for (const name of ["transfer", "transferToFixedLength", "resize"]) delete ArrayBuffer.prototype[name];
delete Map.groupBy; delete Promise.withResolvers; delete Promise.try; delete Array.fromAsync; delete globalThis.structuredClone;
`;
