import { join } from "node:path";

import { ESLint } from "eslint";
import { describe, expect, it } from "vitest";

const repository = join(import.meta.dirname, "..");

async function messagesFor(code: string, filePath: string): Promise<string[]> {
  // Without types: the rules under test look at syntax only, and the planted code is not part of the project.
  const eslint = new ESLint({
    cwd: repository,
    ruleFilter: ({ ruleId }) => ruleId.startsWith("no-restricted"),
    overrideConfig: { languageOptions: { parserOptions: { projectService: false, project: false } } },
  });
  const [result] = await eslint.lintText(code, { filePath: join(repository, filePath) });
  return result?.messages.map((message) => message.message) ?? [];
}

describe("the lint rules", () => {
  it.each([
    'import { sign } from "node:crypto"; sign("sm3", message, key);',
    'import { verify } from "node:crypto"; verify("SM3", message, key, signature);',
    'import crypto from "node:crypto"; crypto.sign("RSA-SM3", message, key);',
    'import crypto from "node:crypto"; crypto.createSign("sm3");',
  ])("ban what looks like SM2 and is not: %s", async (code) => {
    expect(await messagesFor(code, "services/seal/src/operations/planted.ts")).toHaveLength(1);
    expect(await messagesFor(code, "crypto/src/signer/planted.ts")).toHaveLength(1);
    expect(await messagesFor(code, "scripts/planted.ts")).toHaveLength(1);
  });

  it("let only crypto/src/sm2 feed createSign with SM3, and even there not crypto.sign", async () => {
    expect(await messagesFor('createSign("sm3");', "crypto/src/sm2/planted.ts")).toEqual([]);
    expect(await messagesFor('sign("sm3", message, key);', "crypto/src/sm2/planted.ts")).toHaveLength(1);
  });

  it("keep the clock, the environment and chance out of everything but main.ts", async () => {
    const code =
      "const a = Date.now(); const b = new Date(); const c = process.env; const d = Math.random();";
    expect(await messagesFor(code, "services/seal/src/domain/planted.ts")).toHaveLength(4);
    expect(await messagesFor(code, "services/seal/src/main.ts")).toEqual([]);
  });
});
