import { describe, expect, it } from "vitest";

import { describeKeyStoreError, explainKeyStoreError, KeyStoreError, keyStoreErrorCodes } from "./index.ts";
import type { KeyStoreErrorFacts } from "./index.ts";

const descriptionOf = (code: (typeof keyStoreErrorCodes)[number], facts?: KeyStoreErrorFacts) =>
  describeKeyStoreError(new KeyStoreError(code, "…", facts === undefined ? {} : { facts }));

describe("the texts of key store errors", () => {
  it("are there for every code, each in two languages and unlike every other", () => {
    const all = keyStoreErrorCodes.map((code) => descriptionOf(code));
    expect(all.length).toBeGreaterThan(30);
    for (const language of ["zh", "en"] as const) {
      expect(new Set(all.map(({ title }) => title[language])).size).toBe(all.length);
      expect(new Set(all.map(({ nextStep }) => nextStep[language])).size).toBe(all.length);
    }
    for (const { title, nextStep } of all) {
      for (const text of [title.zh, nextStep.zh]) expect(text).toMatch(/\p{Script=Han}.*[。]$/u);
      for (const text of [title.en, nextStep.en]) expect(text).toMatch(/^[A-Z][ -~]*\.$/);
    }
  });

  it("name a command to type, or say who acts", () => {
    for (const code of keyStoreErrorCodes) {
      const { zh, en } = descriptionOf(code).nextStep;
      const isCommand = /yinxin keys [a-z]|pin-source=/;
      if (code === "key-store-closed") continue;
      expect(zh, code).toMatch(isCommand);
      expect(en, code).toMatch(isCommand);
    }
  });

  it("never call a refused PIN or a caller's mistake retriable", () => {
    const retriable = keyStoreErrorCodes.filter((code) => descriptionOf(code).retriable);
    expect(retriable.filter((code) => code.startsWith("pin-") || code.startsWith("key-file"))).toEqual([]);
    expect(retriable).toContain("device-busy");
    expect(retriable).not.toContain("key-not-found");
  });

  it("weave in what is known", () => {
    expect(descriptionOf("pin-incorrect", { remainingTries: 2 }).title).toEqual({
      zh: "PIN 不正确。不会自动重试。还剩 2 次机会。",
      en: "The PIN is wrong. It is not tried again by itself. 2 tries are left.",
    });
    const missing = descriptionOf("library-not-loadable", {
      library: "/opt/vendor.so",
      loaderSaid: "libfoo.so.1: cannot open\u001b[31m\nshared object file",
    });
    expect(missing.title.en).toContain("/opt/vendor.so");
    expect(missing.title.en).toContain("libfoo.so.1: cannot open [31m shared object file");
    expect(descriptionOf("token-not-found", { seen: ["yx1 (d6dc)", "yx2 (ab01)"] }).title.zh).toContain(
      "yx1 (d6dc)、yx2 (ab01)",
    );
    expect(descriptionOf("token-not-found", { seen: [] }).title.en).toContain("Seen: nothing.");
    expect(
      descriptionOf("vendor-error", {
        vendor: { family: "skf", number: 0x0a000099, name: "", call: "SKF_ECCSignData" },
      }).title.en,
    ).toContain("skf SKF_ECCSignData → 0x0a000099");
    expect(descriptionOf("deadline-exceeded", { outcomeUnknown: true }).title.en).toContain(
      "may have done it",
    );
    expect(descriptionOf("driver-crashed", { signal: "SIGSEGV" }).title.zh).toContain("SIGSEGV");
    expect(descriptionOf("profile-wrong", { profileField: "eccMaxBits" }).title.zh).toContain("eccMaxBits");
    expect(descriptionOf("algorithm-not-supported", { supported: ["SM2", "ES256"] }).title.en).toContain(
      "It can do: SM2, ES256.",
    );
    expect(descriptionOf("key-not-found", { uri: "piv:serial=1;slot=9c" }).title.en).toContain(
      "Key: piv:serial=1;slot=9c.",
    );
  });

  it("give way to a next step that its thrower knows better", () => {
    const nextStep = { zh: "运行 chmod 0400 pin。", en: "Run chmod 0400 pin." };
    const error = new KeyStoreError("pin-file-permissions", "…", { nextStep });
    expect(describeKeyStoreError(error).nextStep).toEqual(nextStep);
  });

  it("are three lines in the log of a program that cannot start", () => {
    const error = new KeyStoreError("token-not-found", "no token yx1", { facts: { seen: [] } });
    expect(explainKeyStoreError(error)?.split("\n")).toEqual([
      "token-not-found: no token yx1",
      expect.stringMatching(/^找不到.*一个也没有.*yinxin keys probe/) as string,
      expect.stringMatching(/^The token.*Seen: nothing.*yinxin keys probe/) as string,
    ]);
    expect(explainKeyStoreError(new Error("of another kind"))).toBeUndefined();
  });
});
