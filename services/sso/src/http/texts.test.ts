import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { ssoTexts } from "./texts.ts";

describe("the texts of sso", () => {
  it("exist in both languages under the same names, and none is empty", () => {
    expect(Object.keys(ssoTexts.en)).toEqual(Object.keys(ssoTexts.zh));
    for (const text of [...Object.values(ssoTexts.zh), ...Object.values(ssoTexts.en)]) {
      expect(typeof text === "function" ? text("印信工作台") : text).toMatch(/\S/);
    }
  });

  it("are all used", () => {
    const source = ["pages.tsx", "interactions.ts"]
      .map((file) => readFileSync(new URL(file, import.meta.url), "utf8"))
      .join("\n");
    const messages = ["expired", "loggedOut", "error", "fault", "home"].flatMap((name) => [
      `${name}Title`,
      `${name}Text`,
    ]);
    const unused = Object.keys(ssoTexts.zh).filter(
      (key) => !messages.includes(key) && !new RegExp(`\\.${key}\\b`).test(source),
    );
    expect(unused).toEqual([]);
  });
});
