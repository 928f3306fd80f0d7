import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { openOfd } from "@yinxin/crypto/ofd";
import { create } from "fontkit";
import type { Font } from "fontkit";
import { describe, expect, it } from "vitest";

import { replyOfd } from "./reply-ofd.ts";
import { toolTest } from "./testing/tools.ts";

const fixture = (path: string): string => fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));
const replyJson = readFileSync(fixture("documents/reply.json"));
const replyOtf = readFileSync(fixture("fonts/reply-subset.otf"));
const replyFile = fixture("documents/reply.ofd");

function openFont(path: string): Font {
  const font = create(readFileSync(fixture(path)));
  if ("fonts" in font) throw new Error("a collection");
  return font;
}

function missingFrom(font: Font, text: string): string[] {
  return Array.from(new Set(text.replaceAll("\n", ""))).filter((character) => {
    return !font.hasGlyphForCodePoint(character.codePointAt(0) ?? 0);
  });
}

describe("fixtures/documents/reply.ofd", () => {
  it("is what reply.json and the subset font make", () => {
    expect(Buffer.compare(replyOfd(replyJson, replyOtf), readFileSync(replyFile))).toBe(0);
  });

  it("keeps its text on the page and each line within the margins", () => {
    const content = openOfd(readFileSync(replyFile)).entries.get("Doc_0/Pages/Page_0/Content.xml")?.content();
    const boxes = Array.from(
      Buffer.from(content ?? [])
        .toString("utf8")
        .matchAll(/Boundary="([^"]+)"/g),
      ([, box = ""]) => box.split(" ").map(Number),
    );
    expect(boxes.length).toBeGreaterThan(10);
    for (const [x = NaN, y = NaN, width = NaN, height = NaN] of boxes) {
      expect(x).toBeGreaterThanOrEqual(28);
      expect(x + width).toBeLessThanOrEqual(184);
      expect(y).toBeGreaterThanOrEqual(37);
      expect(y + height).toBeLessThanOrEqual(262);
    }
  });

  toolTest(["unzip", "xmllint"], "is accepted by unzip, and its XML by xmllint", () => {
    expect(execFileSync("unzip", ["-t", replyFile], { encoding: "utf8" })).toContain("No errors detected");
    for (const part of [
      "OFD.xml",
      "Doc_0/Document.xml",
      "Doc_0/PublicRes.xml",
      "Doc_0/Pages/Page_0/Content.xml",
    ]) {
      execFileSync("xmllint", ["--noout", "-"], { input: execFileSync("unzip", ["-p", replyFile, part]) });
    }
  });
});

describe("the fonts of the fixtures", () => {
  const song = openFont("fonts/yinxin-test-song.otf");
  const subset = openFont("fonts/reply-subset.otf");
  const strings = replyJson.toString("utf8").replaceAll(/[\x00-\x7f]/g, "");

  it("have the characters that they are for", () => {
    const ascii = Array.from({ length: 0x5f }, (_, index) => String.fromCharCode(0x20 + index)).join("");
    const listed = readFileSync(fixture("fonts/characters.txt"), "utf8");
    expect(missingFrom(song, listed + ascii + strings)).toEqual([]);
    expect(missingFrom(subset, `${strings}不许`)).toEqual([]);
  });

  it("do not carry the name of the font that they were cut from", () => {
    for (const font of [song, subset]) {
      expect([font.familyName, font.fullName, font.postscriptName]).toEqual([
        "Yinxin Test Song",
        "Yinxin Test Song",
        "YinxinTestSong-Regular",
      ]);
      expect(font.copyright).toContain("Adobe");
    }
  });

  it("stay small", () => {
    expect(statSync(fixture("fonts/yinxin-test-song.otf")).size).toBeLessThan(400_000);
    expect(statSync(replyFile).size).toBeLessThan(300_000);
  });
});
