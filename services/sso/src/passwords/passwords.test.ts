import { randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";

import { hashPassword, openPasswords } from "./index.ts";

describe("a password", () => {
  it("is stored as Argon2id with 19 MiB and two passes, and matches itself", async () => {
    const passwords = await openPasswords(randomBytes);
    const stored = await hashPassword("春眠不觉晓-8");
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await expect(passwords.matches(stored, "春眠不觉晓-8")).resolves.toBe(true);
    await expect(passwords.matches(stored, "春眠不觉晓-9")).resolves.toBe(false);
  });

  it("is the same typed in full-width characters", async () => {
    const passwords = await openPasswords(randomBytes);
    await expect(passwords.matches(await hashPassword("abc-123"), "ａｂｃ-１２３")).resolves.toBe(true);
  });

  it("of nobody matches nothing", async () => {
    const passwords = await openPasswords(() => new Uint8Array(32));
    await expect(passwords.matches(undefined, "")).resolves.toBe(false);
    await expect(passwords.matches(undefined, "\0".repeat(32))).resolves.toBe(false);
  });
});
