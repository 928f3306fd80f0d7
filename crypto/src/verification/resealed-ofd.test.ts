import { beforeAll, describe, expect, it } from "vitest";

import {
  changedPart,
  documentXml,
  forgeSealedOfd,
  mainXml,
  ofdPaths,
  pageXml,
  zipOf,
} from "../../testing/forge-ofd.ts";
import type { OfdParts } from "../../testing/forge-ofd.ts";
import { forgeSeal, forgeSealSignature, smallestPicture } from "../../testing/forge-seal.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestAuthority, TestIdentity } from "../../testing/test-authority.ts";
import { utf8Of } from "../bytes/index.ts";
import { openOfd, prepareOfdSeal } from "../ofd/index.ts";
import { verifyDocument } from "./index.ts";
import type { VerificationReport } from "./index.ts";

const at = new Date("2026-11-22T00:00:00Z");

let authority: TestAuthority;
let maker: TestIdentity;
/** Signs for the document; the forger has a good seal of his own, under the same trusted authority. */
let owner: TestIdentity;
let forger: TestIdentity;
let seal: Uint8Array;

beforeAll(async () => {
  authority = await createTestAuthority();
  maker = await authority.issue("seal-maker", "Seal Maker");
  owner = await authority.issue("seal-owner", "11000000000001");
  forger = await authority.issue("seal-owner", "11000000000002");
  seal = await forgeSeal(maker, { signers: { listType: 1, certificates: [owner.certificate.raw] } });
});

/** Seals everything in the package with the forger's good seal. */
async function sealOver(parts: OfdParts): Promise<Uint8Array> {
  const signers = { listType: 1, certificates: [forger.certificate.raw] } as const;
  const sealBytes = await forgeSeal(maker, { signers, code: "11000000000002", name: "另一单位" });
  const prepared = prepareOfdSeal(openOfd(zipOf(parts)), {
    pages: [{ pageIndex: 0, boundary: { x: 20, y: 20, width: 42, height: 42 } }],
    sealBytes,
    signatureMethodOid: "1.2.156.10197.1.501",
    signedAt: new Date("2026-11-21T03:00:00Z"),
    provider: { name: "test", company: "test", version: "1" },
  });
  const { dataHash, propertyInfo } = prepared;
  return prepared.complete(await forgeSealSignature(forger, { seal: sealBytes, dataHash, propertyInfo }));
}

function verify(bytes: Uint8Array): VerificationReport {
  return verifyDocument({ name: "reply.ofd", bytes }, { trust: [authority.certificate], at });
}

function verdictsOf({ signatures }: VerificationReport): readonly string[] {
  return signatures.map(({ verdict }) => verdict);
}

describe("a sealed OFD that somebody else sealed after it", () => {
  it("keeps both seals good while nothing else was added", async () => {
    const report = verify(await sealOver(await forgeSealedOfd(owner, { seal })));
    expect(verdictsOf(report)).toEqual(["VALID_WITH_WARNINGS", "VALID_WITH_WARNINGS"]);
    expect(report.verdict).toBe("VALID_WITH_WARNINGS");
  });

  it("is invalid when a page was changed in between, though the later seal covers it as it is", async () => {
    const sealed = await forgeSealedOfd(owner, { seal });
    const report = verify(await sealOver(changedPart(sealed, ofdPaths.page, pageXml("<x/>"))));
    expect(verdictsOf(report)).toEqual(["INVALID", "VALID_WITH_WARNINGS"]);
    expect(report.verdict).toBe("INVALID");
    expect(report.summary).toBe(`Not valid: ${ofdPaths.page} was changed after sealing.`);
  });

  it("is indeterminate when the first seal left OFD.xml out and it now leads to another document", async () => {
    const references = [ofdPaths.document, ofdPaths.page, ofdPaths.seal];
    const sealed = await forgeSealedOfd(owner, { seal, references });
    const changed = new Map([
      ...sealed,
      [ofdPaths.main, mainXml("Doc_1/Document.xml")],
      ["Doc_1/Document.xml", documentXml("Content.xml")],
      ["Doc_1/Content.xml", pageXml("<x/>")],
    ]);
    const report = verify(await sealOver(changed));
    expect(verdictsOf(report)).toEqual(["INDETERMINATE", "VALID_WITH_WARNINGS"]);
    expect(report.verdict).toBe("INDETERMINATE");
    expect(report.summary).toContain("which this signature does not list");
  });
});

describe("a picture beside the seal (ImageLoc)", () => {
  const image = "Doc_0/Signs/Sign_0/face.png";
  const withImage = (xml: string): string =>
    xml.replace("</ofd:Seal>", `<ofd:ImageLoc>/${image}</ofd:ImageLoc></ofd:Seal>`);

  it("must be the seal's own or be signed, because readers draw it", async () => {
    const sealed = await forgeSealedOfd(owner, { seal, editXml: withImage });
    const other = verify(zipOf(changedPart(sealed, image, utf8Of("another face"))));
    expect(other.verdict).toBe("INDETERMINATE");
    expect(other.summary).toContain(`${image} may be drawn instead of the seal's picture`);
    expect(verify(zipOf(changedPart(sealed, image, smallestPicture))).verdict).toBe("VALID_WITH_WARNINGS");
  });
});

describe("who may make a seal", () => {
  const invented = async (signer: TestIdentity, by: TestIdentity): Promise<VerificationReport> => {
    const signers = { listType: 1, certificates: [signer.certificate.raw] } as const;
    return verify(zipOf(await forgeSealedOfd(signer, { seal: await forgeSeal(by, { signers }) })));
  };

  it("is nobody for themselves: a certificate that may only sign cannot be turned into a seal", async () => {
    const person = await authority.issue("signer", "Zhang San");
    const report = await invented(person, person);
    expect(report.verdict).toBe("INDETERMINATE");
    expect(report.summary).toContain("The seal was made by its own holder");
  });

  it("is left with a note when the signer's certificate bears another code than the seal", async () => {
    const person = await authority.issue("signer", "Zhang San");
    const friend = await authority.issue("signer", "Li Si");
    const report = await invented(person, friend);
    expect(report.verdict).toBe("VALID_WITH_WARNINGS");
    expect(report.summary).toContain("the signer's certificate does not bear the seal's code");
  });
});
