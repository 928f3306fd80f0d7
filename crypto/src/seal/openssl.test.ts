import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { pemOfDer } from "../bytes/index.ts";
import { createTestAuthority, forgeSeal, forgeSealSignature } from "../testing/index.ts";
import { parseSeal, parseSealSignature } from "./index.ts";

/** What openssl says of an SM2 value over a message, with the default user id of GM/T 0009. */
function opensslVerdict(signed: {
  publicKey: Uint8Array;
  message: Uint8Array;
  signature: Uint8Array;
}): string {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-seal-"));
  try {
    const file = (name: string, content: Uint8Array | string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const key = file("key.pem", pemOfDer(signed.publicKey, "PUBLIC KEY"));
    const message = file("message", signed.message);
    const signature = file("signature", signed.signature);
    const mode = ["-verify", "-pubin", "-inkey", key, "-rawin", "-digest", "sm3"];
    const files = ["-in", message, "-sigfile", signature];
    return execFileSync("openssl", ["pkeyutl", ...mode, "-pkeyopt", "distid:1234567812345678", ...files], {
      encoding: "utf8",
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the SM2 values we write, judged by openssl", () => {
  toolTest(["openssl"], "are right in a seal, over SES_SealInfo as it stands in the seal", async () => {
    const authority = await createTestAuthority();
    const maker = await authority.issue("seal-maker", "Seal Maker");
    const seal = parseSeal(await forgeSeal(maker, { signers: { listType: 1, certificates: [] } }));
    const { publicKey } = maker.signer;
    const signed = { publicKey, message: seal.info.raw, signature: seal.signature };
    expect(opensslVerdict(signed)).toContain("Signature Verified Successfully");
    expect(() => opensslVerdict({ ...signed, message: seal.raw })).toThrow();
  });

  toolTest(["openssl"], "are right in a seal signature, over TBS_Sign as it stands there", async () => {
    const authority = await createTestAuthority();
    const maker = await authority.issue("seal-maker", "Seal Maker");
    const owner = await authority.issue("seal-owner", "11000000000001");
    const signers = { listType: 1, certificates: [owner.certificate.raw] } as const;
    const seal = await forgeSeal(maker, { signers });
    const wishes = { seal, dataHash: new Uint8Array(32), propertyInfo: "/Signature.xml" };
    const { toBeSigned, signature } = parseSealSignature(await forgeSealSignature(owner, wishes));
    const { publicKey } = owner.signer;
    const signed = { publicKey, message: toBeSigned.raw, signature };
    expect(opensslVerdict(signed)).toContain("Signature Verified Successfully");
  });
});
