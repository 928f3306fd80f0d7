import { describe, expect, it } from "vitest";

import { sceneContent, sceneTimes } from "../../testing/cades-scene.ts";
import { createSigningParties } from "../../testing/signing-parties.ts";
import { base64Of, utf8Of } from "../bytes/index.ts";
import {
  createSigningIdentity,
  issueSignedData,
  parseSignedData,
  prepareSignedData,
  signedContent,
} from "../cms/index.ts";
import { digest } from "../digest/index.ts";
import { verifySignedData } from "./index.ts";

const parties = await createSigningParties("SM2");

/** A message of GB/T 35275-2017 without signed attributes, as sealing devices write it. */
async function signPlainly(bytes: Uint8Array): Promise<Uint8Array> {
  const { certificate, signer } = parties.signer;
  const prepared = prepareSignedData({
    content: { kind: "attached", bytes },
    family: "national",
    signers: [{ identity: createSigningIdentity({ certificate }), flavour: "none" }],
  });
  return issueSignedData({ signers: [signer] }, prepared);
}

describe("the plain form of GB/T 35275-2017", () => {
  const sm3 = digest("SM3", sceneContent);

  it.each([
    ["whole", sceneContent, "passed"],
    ["sm3", sm3, "passed"],
    ["sm3-base64", utf8Of(base64Of(sm3)), "passed"],
    [undefined, digest("SM3", utf8Of("else")), "failed"],
  ] as const)("with the content %s is compared with what was signed", async (form, inside, result) => {
    const report = verifySignedData({
      signedData: parseSignedData(await signPlainly(inside)),
      content: signedContent(sceneContent),
      anchors: [parties.root.certificate],
      intermediates: [parties.authority.certificate],
      evidence: { crls: [], ocspResponses: [] },
      mayHoldDigest: true,
      at: sceneTimes.verified,
      policy: { revocation: "if-present", algorithms: "default" },
    });
    expect(report.result).toBe(result);
    const check = report.signers[0]?.checks.find(({ name }) => name === "content");
    expect(check).toMatchObject({ result, ...(form !== undefined && { evidence: { form } }) });
  });
});
