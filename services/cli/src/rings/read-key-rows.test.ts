import { keyDriftKinds } from "@yinxin/service-kit/key-rings";
import { describe, expect, it } from "vitest";

import { driftInWords } from "./read-key-rows.ts";

const told = { key_uri: "file:a", found: "seen", since: "2026-11-22T00:00:00Z" };

describe("a difference between a device and the record", () => {
  it.each(keyDriftKinds)("is told in both languages where it is %s", (kind) => {
    const words = driftInWords({ ...told, kind });
    expect(words.zh).toMatch(/^\p{Script=Han}.*（file:a：seen）$/u);
    expect(words.zh).not.toContain(kind);
    expect(words.en).toMatch(/^[a-z]+ .*\(file:a: seen\)$/);
    expect(words.en).not.toContain(`${kind} (`);
  });

  it("keeps the code of a kind that only a later service knows", () => {
    expect(driftInWords({ ...told, kind: "constructor" }).en).toBe("constructor (file:a: seen)");
  });
});
