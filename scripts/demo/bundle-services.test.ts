import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, it } from "vitest";

import { bundleServices } from "./bundle-services.ts";

/** The texts of a bundle and of all that it imports beside itself. */
function textsOf(file: string, seen = new Map<string, string>()): Map<string, string> {
  if (seen.has(file)) return seen;
  const text = readFileSync(file, "utf8");
  seen.set(file, text);
  for (const [, path = ""] of text.matchAll(/from "(\.\/[^"]+\.mjs)"/g))
    textsOf(join(dirname(file), path), seen);
  return seen;
}

describe("the bundle of a service", () => {
  it("looks for no file by the folder it is in, which is not that of its sources", async () => {
    const bundles = await bundleServices();
    const texts = [...bundles.values()].flatMap((file) => [...textsOf(file).values()]);
    expect(texts.length).toBeGreaterThan(bundles.size);
    expect(texts.filter((text) => /import\.meta\.(dirname|filename)/.test(text))).toEqual([]);
    expect(texts.some((text) => text.includes("build/yinxin-ec.node"))).toBe(true);
  });
});
