import { readdirSync, readFileSync } from "node:fs";

import { cmsChecks } from "@yinxin/crypto/cms";
import type { CmsCheckName } from "@yinxin/crypto/cms";
import { checkCatalogue, cmsCheckNameOf, verdicts, verdictWords } from "@yinxin/crypto/verification";
import { describe, expect, it } from "vitest";

import { deskTexts } from "./index.ts";

type Say = (...given: unknown[]) => string;

/** Every name with a text, as `changed.no`. */
function namesOf(node: unknown, prefix = ""): string[] {
  if (typeof node !== "object" || node === null) return [prefix];
  return Object.entries(node).flatMap(([key, value]) =>
    namesOf(value, prefix === "" ? key : `${prefix}.${key}`),
  );
}

function textAt(language: "zh" | "en", name: string): string {
  const text = name
    .split(".")
    .reduce<unknown>((node, key) => (node as Readonly<Record<string, unknown>>)[key], deskTexts[language]);
  return typeof text === "function" ? (text as Say)(2, 2, "2028-12-31") : (text as string);
}

describe("the desk's texts", () => {
  const names = namesOf(deskTexts.zh);

  it("exist in both languages under the same names", () => {
    expect(namesOf(deskTexts.en)).toEqual(names);
  });

  it("are never empty, and speak their own language", () => {
    for (const name of names) {
      expect(textAt("zh", name), name).toMatch(/\p{Script=Han}|KB|·/u);
      expect(textAt("en", name), name).toMatch(/[A-Za-z·]/);
      expect(textAt("en", name), name).not.toMatch(/\p{Script=Han}|[，。；：（）“”]{2}/u);
    }
  });

  it("are all used", () => {
    const folder = new URL("../", import.meta.url);
    const source = readdirSync(folder)
      .filter((file) => /\.tsx?$/.test(file) && !file.includes(".test."))
      .map((file) => readFileSync(new URL(file, folder), "utf8"))
      .join("\n");
    const messages = ["notFound", "form", "login", "upload", "busy", "unreachable", "fault"];
    const isUsed = (name: string): boolean =>
      new RegExp(`\\b${name}\\b`).test(source) ||
      messages.some((message) => [`${message}Title`, `${message}Text`].includes(name));
    expect(Object.keys(deskTexts.zh).filter((name) => !isUsed(name))).toEqual([]);
  });

  it("name every check and every verdict that verification knows", () => {
    const ofMessages = (Object.keys(cmsChecks) as CmsCheckName[]).map(cmsCheckNameOf);
    const names = [...Object.keys(checkCatalogue), ...ofMessages];
    expect(Object.keys(deskTexts.zh.checks).sort()).toEqual(names.sort());
    expect(Object.keys(deskTexts.zh.sentences).sort()).toEqual([...verdicts].sort());
  });

  it("say the six verdicts in the words that the whole suite uses", () => {
    expect(verdicts.map((verdict) => [verdictWords[verdict].zh, verdictWords[verdict].en])).toEqual([
      ["有效", "Valid"],
      ["有效（有提示）", "Valid, with notes"],
      ["盖章时有效，现已撤销", "Valid when sealed, since revoked"],
      ["暂不能确定", "Cannot tell yet"],
      ["无效", "Not valid"],
      ["没有签章", "No seal in this file"],
    ]);
  });
});
