import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { forgeSeal, forgeSealSignature } from "../../testing/forge-seal.ts";
import { inOpensslFolder } from "../../testing/openssl.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import { pemOfDer } from "../bytes/index.ts";
import { parseSeal, parseSealSignature } from "./index.ts";

/** What openssl says of an SM2 value over a message, with the default user id of GM/T 0009. */
function opensslVerdict(signed: {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}): { status: number; output: string } {
  const key = pemOfDer(signed.publicKey, "PUBLIC KEY");
  return inOpensslFolder({ key, message: signed.message, signature: signed.signature }, ({ run }) =>
    run(
      ...["pkeyutl", "-verify", "-pubin", "-inkey", "key", "-rawin", "-digest", "sm3"],
      ...["-pkeyopt", "distid:1234567812345678", "-in", "message", "-sigfile", "signature"],
    ),
  );
}

describe("the SM2 values we write, judged by openssl", () => {
  toolTest(["openssl"], "are right in a seal, over SES_SealInfo as it stands in the seal", async () => {
    const authority = await createTestAuthority();
    const maker = await authority.issue("seal-maker", "Seal Maker");
    const seal = parseSeal(await forgeSeal(maker, { signers: { listType: 1, certificates: [] } }));
    const { publicKey } = maker.signer;
    const signed = { publicKey, message: seal.info.raw, signature: seal.signature };
    expect(opensslVerdict(signed).output).toContain("Signature Verified Successfully");
    expect(opensslVerdict({ ...signed, message: seal.raw }).status).not.toBe(0);
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
    expect(opensslVerdict(signed).output).toContain("Signature Verified Successfully");
    expect(opensslVerdict({ ...signed, publicKey: maker.signer.publicKey }).status).not.toBe(0);
  });
});
