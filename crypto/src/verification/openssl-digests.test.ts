import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { ofdPaths, simpleOfd } from "../../testing/forge-ofd.ts";
import { createSealingParty } from "../../testing/make-seal.ts";
import { inOpensslFolder } from "../../testing/openssl.ts";
import { hexOf } from "../bytes/index.ts";
import { createOfd, openOfd, prepareOfdSeal } from "../ofd/index.ts";
import { parseSealSignature, prepareSealSignature, signSealSignature } from "../seal/index.ts";

const signedAt = new Date("2026-11-21T02:02:11Z");

/** SM3 in hexadecimal, by openssl. */
function opensslSm3(content: Uint8Array): string {
  return inOpensslFolder({ content }, ({ run }) => {
    const { output } = run("dgst", "-sm3", "-r", "content");
    return output.slice(0, 64);
  });
}

describe("the digests of a sealed OFD, computed by openssl", () => {
  toolTest(["openssl"], "are the ones in Signature.xml, entry by entry, and the data hash", async () => {
    const { owner, seal } = await createSealingParty();
    const place = prepareOfdSeal(openOfd(createOfd(simpleOfd(), signedAt)), {
      pages: [{ pageIndex: 0, boundary: { x: 10, y: 10, width: 42, height: 42 } }],
      sealBytes: seal.raw,
      signatureMethodOid: "1.2.156.10197.1.501",
      signedAt,
      provider: { name: "yinxin", company: "yinxin", version: "0" },
    });
    const { dataHash, propertyInfo } = place;
    const signerCertificate = owner.certificate.raw;
    const prepared = prepareSealSignature({ seal, signerCertificate, dataHash, propertyInfo, signedAt });
    const ofd = openOfd(place.complete(await signSealSignature({ signer: owner.signer }, prepared)));
    const [signature] = ofd.signatures;
    expect(signature?.references.map(({ part }) => part).sort()).toEqual(
      [ofdPaths.main, ofdPaths.document, ofdPaths.page, ofdPaths.seal].sort(),
    );
    for (const { part, digest } of signature?.references ?? []) {
      const content = ofd.entries.get(part)?.content() ?? new Uint8Array();
      expect(opensslSm3(content), part).toBe(hexOf(digest));
    }
    const { toBeSigned } = parseSealSignature(signature?.signedValue ?? new Uint8Array());
    expect(opensslSm3(signature?.raw ?? new Uint8Array())).toBe(hexOf(toBeSigned.dataHash));
  });
});
