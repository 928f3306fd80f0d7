import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../../crypto/testing/fuzz-runs.ts";
import { kitProblems, languageOf, problemBody, problemSchema, refuse } from "./index.ts";

describe("the caller's language (RFC 9110 §12.5.4)", () => {
  it.each([
    [undefined, "zh"],
    ["", "zh"],
    ["*", "zh"],
    ["fr", "zh"],
    ["en", "en"],
    ["en-GB", "en"],
    ["EN-us", "en"],
    ["english", "zh"],
    ["zh-CN,zh;q=0.9,en;q=0.8", "zh"],
    ["en;q=0.8, zh;q=0.9", "zh"],
    ["en, zh", "en"],
    ["fr, en;q=0.1", "en"],
    ["en;q=0", "zh"],
    ["en;q=2", "zh"],
    ["en;q=x", "zh"],
    [`${"a".repeat(300)}, en`, "zh"],
  ])("of %j is %s", (header, language) => {
    expect(languageOf(header)).toBe(language);
  });

  it("is one of ours for any header", () => {
    fc.assert(
      fc.property(fc.string(), (header) => ["zh", "en"].includes(languageOf(header))),
      { numRuns: fuzzRuns(100) },
    );
  });
});

describe("the kit's problem table", () => {
  it.each(Object.entries(kitProblems))(
    "says %s in both languages, with a hint",
    (code, { status, title, hint }) => {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(status).toBeGreaterThanOrEqual(400);
      for (const texts of [title, hint]) {
        expect(texts.zh).toMatch(/\p{Script=Han}/u);
        expect(texts.en).toMatch(/^[A-Z][ -~]+$/);
      }
    },
  );
});

describe("a problem's body", () => {
  const context = { baseUrl: "http://seal.test", language: "en", requestId: "req_1" } as const;

  it("has a refusal's detail and places", () => {
    const errors = [{ pointer: "/body/name", code: "too-big", detail: "Too big" }];
    const refusal = refuse("invalid-request", { zh: "不合", en: "Does not fit." }, { errors });
    const body = problemBody(context, "invalid-request", kitProblems["invalid-request"], refusal);
    expect(problemSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({ detail: "Does not fit.", errors, status: 400 });
  });

  it("has the refusal's own hint rather than that of the table", () => {
    const hint = { zh: "再来", en: "Again." };
    const refusal = refuse("invalid-request", "no", { hint });
    const body = problemBody(context, "invalid-request", kitProblems["invalid-request"], refusal);
    expect(body.hint).toBe("Again.");
  });

  it("has no detail of a fault", () => {
    const body = problemBody(context, "internal", kitProblems.internal);
    expect(problemSchema.parse(body)).toEqual(body);
    expect(body).not.toHaveProperty("detail");
    expect(body).not.toHaveProperty("errors");
  });
});

describe("a refusal", () => {
  it("is an error that keeps its code, detail and cause", () => {
    const cause = new Error("why");
    const refusal = refuse("seal-not-found", { zh: "没有", en: "There is none." }, { cause });
    expect(refusal).toBeInstanceOf(Error);
    expect(refusal).toMatchObject({
      code: "seal-not-found",
      message: "seal-not-found: There is none.",
      cause,
    });
  });
});
