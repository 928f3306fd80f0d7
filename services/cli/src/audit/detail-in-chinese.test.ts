import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { detailInChinese } from "./detail-in-chinese.ts";

const audit = join(import.meta.dirname, "../../../kit/src/audit");

/** Sentences about the first bad event as the verifier's sources have them, with numbers where they have expressions. */
function sentencesOf(file: string): string[] {
  const text = readFileSync(join(audit, file), "utf8");
  return [...text.matchAll(/detail(?::| =) (?:`([^`]+)`|"([^"]+)")/g)].map(([, template, plain = ""]) =>
    (template ?? plain)
      .replaceAll("${name}", "event 7")
      .replaceAll("${witness}", "ledger")
      .replaceAll("${bad.detail}", "event 7 does not fit its own hash")
      .replace("${purpose}/${String(version)}", "seal.maker/2")
      .replaceAll(/\$\{String\([^)]*\)\}/g, "7"),
  );
}

describe("what the verifier says of the first bad event", () => {
  const sentences = ["scan-rows.ts", "first-bad-event.ts"].flatMap(sentencesOf);

  it("has a Chinese sentence for every English one", () => {
    expect(sentences.length).toBeGreaterThan(12);
    const english = /[a-z]{3,} [a-z]{2,}/;
    expect(sentences.filter((sentence) => english.test(detailInChinese(sentence)))).toEqual([]);
  });

  it("keeps the numbers, and what it does not know", () => {
    expect(detailInChinese("event 3 stands at place 12")).toBe("第 3 条事件现在位于第 12 条");
    expect(
      detailInChinese("event 3 is not the one that was signed, and the database does not know that it was"),
    ).toBe("第 3 条事件不是当初签过的那一条，而数据库对此并不知情");
    expect(detailInChinese("EACCES: permission denied")).toBe("EACCES: permission denied");
  });
});
