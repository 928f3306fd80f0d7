import { createSigningIdentity, issueSignedData, prepareSignedData } from "@yinxin/crypto/cms";
import { describe, expect, it } from "vitest";

import { forgeSeal } from "../../../../crypto/testing/forge-seal.ts";
import {
  changedPart,
  forgeSealedOfd,
  ofdPaths,
  signatureRecord,
  zipOf,
} from "../../../../crypto/testing/forge-ofd.ts";
import { createTestAuthority } from "../../../../crypto/testing/test-authority.ts";
import { checkSealedDocument } from "./sealed-document.ts";

describe("a document that came back from sealing", () => {
  it("is not taken with a good signature that is no seal", async () => {
    const authority = await createTestAuthority();
    const { certificate, signer } = await authority.issue("signer", "Somebody");
    const owner = await authority.issue("seal-owner", "11000000000001");
    const maker = await authority.issue("seal-maker", "Seal Maker");
    const seal = await forgeSeal(maker, {
      signers: { listType: 1, certificates: [owner.certificate.raw] },
    });
    const record = signatureRecord("s001", ofdPaths.signature, "Sign");
    const parts = await forgeSealedOfd(owner, { seal, record, hasSealFile: false });
    const bytes = parts.get(ofdPaths.signature) ?? new Uint8Array();
    const prepared = prepareSignedData({
      content: { kind: "detached", bytes },
      family: "national",
      signers: [
        {
          identity: createSigningIdentity({ certificate, algorithm: "SM2" }),
          flavour: "cades",
          signingTime: new Date("2026-11-21T00:00:00Z"),
        },
      ],
    });
    const value = await issueSignedData({ signers: [signer] }, prepared);
    const signed = zipOf(changedPart(parts, ofdPaths.signedValue, value));
    const trust = { anchors: [authority.certificate], intermediates: [] };
    const context = { trust, at: new Date("2026-11-22T00:00:00Z") };
    const draft = { bytes: signed, docInfo: "" };
    expect(() => {
      checkSealedDocument(draft, signed, { code: "1", name: "Somebody" }, context);
    }).toThrow(expect.objectContaining({ code: "document-not-valid" }));
  });
});
