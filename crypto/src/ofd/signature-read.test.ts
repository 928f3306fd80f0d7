import { describe, expect, it } from "vitest";

import { deflatedOfd, ofdXml, smallParts } from "../../testing/build-ofd.ts";
import type { OfdParts } from "../../testing/build-ofd.ts";
import { refusalOf } from "../../testing/ofd-error.ts";
import { base64Of, utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { openOfd } from "./open-ofd.ts";

const folder = "Doc_0/Signs";
const value = (part: keyof typeof smallParts) => base64Of(digest("SM3", utf8Of(smallParts[part])));
const reference = (part: string, checkValue: string) =>
  `<ofd:Reference FileRef="${part}"><ofd:CheckValue>${checkValue}</ofd:CheckValue></ofd:Reference>`;
const goodReference = reference("/Doc_0/Document.xml", value("Doc_0/Document.xml"));

/** The parts of Signature.xml, in the schema's order; a test changes one or puts them in another order. */
const pieces = {
  provider: '<ofd:Provider ProviderName="p" Company="c" Version="1"/>',
  method: "<ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod>",
  time: "<ofd:SignatureDateTime>20200817111329Z</ofd:SignatureDateTime>",
  references: `<ofd:References CheckMethod="SM3">${goodReference}</ofd:References>`,
  stamp: '<ofd:StampAnnot ID="s002" PageRef="1" Boundary="202 40 40 40" Clip="0 0 8 40"/>',
  seal: "<ofd:Seal><ofd:BaseLoc>Seal.esl</ofd:BaseLoc></ofd:Seal>",
} as const;
type Pieces = Readonly<Record<keyof typeof pieces, string>>;

const signedValue = "<ofd:SignedValue>/Doc_0/Signs/Sign_0/SignedValue.dat</ofd:SignedValue>";
const signatureXml = (changes: Partial<Pieces> = {}, after = signedValue) =>
  ofdXml(
    "Signature",
    `<ofd:SignedInfo>${Object.values({ ...pieces, ...changes }).join("")}</ofd:SignedInfo>${after}`,
  );
const record = (id: string, number = 0, more = "") =>
  `<ofd:Signature ID="${id}"${more} BaseLoc="Sign_${String(number)}/Signature.xml"/>`;
const list = (records: string) => ofdXml("Signatures", `<ofd:MaxSignId>s002</ofd:MaxSignId>${records}`);

/** A package with one signature whose digests are right and whose value means nothing. */
const signedParts: OfdParts = {
  "OFD.xml": smallParts["OFD.xml"].replace(
    "</ofd:DocBody>",
    "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody>",
  ),
  [`${folder}/Signatures.xml`]: list(record("s001")),
  [`${folder}/Sign_0/Signature.xml`]: signatureXml(),
  [`${folder}/Sign_0/SignedValue.dat`]: "value",
  [`${folder}/Sign_0/Seal.esl`]: "seal",
};

const open = (changes: OfdParts = {}) => openOfd(deflatedOfd({ ...signedParts, ...changes }));
const openSignature = (xml: string) => open({ [`${folder}/Sign_0/Signature.xml`]: xml });
const problemsOf = (changes: Partial<Pieces>) =>
  openSignature(signatureXml(changes)).signatures[0]?.problems.map(({ code }) => code);

describe("an OFD signature that is read", () => {
  it("gives all that it says, and the files it names", () => {
    const { signatures, signaturesPart, quirks } = open();
    expect(signaturesPart).toBe("Doc_0/Signs/Signatures.xml");
    expect(signatures).toEqual([
      {
        id: "s001",
        type: "Seal",
        part: "Doc_0/Signs/Sign_0/Signature.xml",
        listedIn: "Doc_0/Signs/Signatures.xml",
        documentIndex: 0,
        raw: utf8Of(signatureXml()),
        checkMethod: "SM3",
        checkMethodText: "SM3",
        references: [
          { part: "Doc_0/Document.xml", digest: digest("SM3", utf8Of(smallParts["Doc_0/Document.xml"])) },
        ],
        stamps: [
          {
            id: "s002",
            pageId: "1",
            boundary: { x: 202, y: 40, width: 40, height: 40 },
            clip: { x: 0, y: 0, width: 8, height: 40 },
          },
        ],
        sealPart: "Doc_0/Signs/Sign_0/Seal.esl",
        sealBytes: utf8Of("seal"),
        signedValuePart: "Doc_0/Signs/Sign_0/SignedValue.dat",
        signedValue: utf8Of("value"),
        signatureMethod: "1.2.156.10197.1.501",
        claimedTime: "20200817111329Z",
        problems: [],
      },
    ]);
    expect(quirks).toEqual([]);
  });

  it("may have its elements in any order", () => {
    const reversed = Object.values(pieces).toReversed().join("");
    const xml = ofdXml("Signature", `${signedValue}<ofd:SignedInfo>${reversed}</ofd:SignedInfo>`);
    const { raw: first, ...expected } = open().signatures[0] ?? {};
    const { raw: second, ...found } = openSignature(xml).signatures[0] ?? {};
    expect(found).toEqual(expected);
    expect(second).not.toEqual(first);
  });

  it("may be without seal, time and method, as tax documents are", () => {
    const [signature] = openSignature(signatureXml({ seal: "", time: "", method: "", stamp: "" })).signatures;
    expect(signature).not.toHaveProperty("sealBytes");
    expect(signature).not.toHaveProperty("claimedTime");
    expect(signature).not.toHaveProperty("signatureMethod");
    expect(signature?.problems).toEqual([]);
  });

  it("is a seal signature unless it says that it is not", () => {
    const typed = (type: string) =>
      open({ [`${folder}/Signatures.xml`]: list(record("1", 0, type)) }).signatures[0]?.type;
    expect(typed("")).toBe("Seal");
    expect(typed(' Type="Seal"')).toBe("Seal");
    expect(typed(' Type="Sign"')).toBe("Sign");
  });

  it("may use check values broken into lines, and root paths without the slash", () => {
    const broken = value("OFD.xml").replace(/(.{20})/, "$1\r\n  ");
    const references = `<ofd:References CheckMethod="SM3">${reference("OFD.xml", broken)}</ofd:References>`;
    const ofd = openSignature(signatureXml({ references }));
    expect(ofd.signatures[0]?.references).toEqual([
      { part: "OFD.xml", digest: digest("SM3", utf8Of(smallParts["OFD.xml"])) },
    ]);
    expect(ofd.quirks.map(({ code }) => code)).toEqual(["location-from-root"]);
  });

  it("reports a misused OID, the default digest and a second MaxSignId", () => {
    const method = (text: string) =>
      openSignature(signatureXml({ references: pieces.references.replace(' CheckMethod="SM3"', text) }));
    const misused = method(' CheckMethod="1.2.156.10197.1.401.2"');
    expect(misused.signatures[0]?.checkMethod).toBe("SM3");
    expect(misused.quirks.map(({ code }) => code)).toEqual(["check-method-oid-misused"]);
    const absent = method("");
    expect(absent.signatures[0]).toMatchObject({ checkMethod: "MD5", checkMethodText: "" });
    expect(absent.quirks.map(({ code }) => code)).toEqual(["check-method-absent"]);
    const twice = list(`${record("s001")}<ofd:MaxSignId>s002</ofd:MaxSignId>`);
    expect(open({ [`${folder}/Signatures.xml`]: twice }).quirks.map(({ code }) => code)).toEqual([
      "max-sign-id-twice",
    ]);
  });

  it("has no signatures, and says so, when the list that OFD.xml names is missing", () => {
    const ofd = open({ [`${folder}/Signatures.xml`]: undefined });
    expect(ofd.signatures).toEqual([]);
    expect(ofd.signaturesPart).toBe("Doc_0/Signs/Signatures.xml");
    expect(ofd.quirks).toEqual([{ code: "missing-part", where: "Doc_0/Signs/Signatures.xml" }]);
  });
});

describe("what is wrong with an OFD signature", () => {
  const references = (content: string, attributes = ' CheckMethod="SM3"') => ({
    references: `<ofd:References${attributes}>${content}</ofd:References>`,
  });
  const cases: readonly (readonly [string, Partial<Pieces>, readonly string[]])[] = [
    ["no References", { references: "" }, ["references-missing"]],
    ["References without any", references(""), ["references-missing"]],
    ["two references to one part", references(goodReference + goodReference), ["reference-duplicate"]],
    [
      "a reference to nothing",
      references(reference("/none.xml", value("OFD.xml"))),
      ["reference-target-missing"],
    ],
    ["a check value of another length", references(reference("/OFD.xml", "AAAA")), ["check-value-malformed"]],
    ["a check value that is not base64", references(reference("/OFD.xml", "?")), ["check-value-malformed"]],
    ["an unknown digest", references(goodReference, ' CheckMethod="CRC32"'), ["check-method-unknown"]],
    [
      "a stamp on no page",
      { stamp: '<ofd:StampAnnot ID="s2" PageRef="7" Boundary="1 1 1 1"/>' },
      ["stamp-page-unknown"],
    ],
    [
      "a stamp without a size",
      { stamp: '<ofd:StampAnnot ID="s2" PageRef="1" Boundary="1 1 0 0"/>' },
      ["stamp-malformed"],
    ],
    [
      "a stamp with a bad clip",
      { stamp: '<ofd:StampAnnot ID="s2" PageRef="1" Boundary="1 1 1 1" Clip="x"/>' },
      ["stamp-malformed"],
    ],
    [
      "a seal file that is not there",
      { seal: "<ofd:Seal><ofd:BaseLoc>x.esl</ofd:BaseLoc></ofd:Seal>" },
      ["seal-part-missing"],
    ],
  ];
  for (const [what, changes, codes] of cases) {
    it(`is named: ${what}`, () => {
      expect(problemsOf(changes)).toEqual(codes);
    });
  }

  it("is named: a base that is not listed", () => {
    const problems = (relative: string) =>
      open({ [`${folder}/Signatures.xml`]: list(record("s001", 0, ` Relative="${relative}"`)) }).signatures[0]
        ?.problems;
    expect(problems("s009")).toMatchObject([{ code: "relative-unknown" }]);
    expect(problems("s001")).toMatchObject([{ code: "relative-unknown" }]);
  });

  const references4097 = references(goodReference.repeat(4097));
  const refused: readonly (readonly [string, string, OfdParts])[] = [
    ["a document type", "xml-malformed", { "Sign_0/Signature.xml": `<!DOCTYPE a>${signatureXml()}` }],
    ["no SignedInfo", "ofd-malformed", { "Sign_0/Signature.xml": ofdXml("Signature", signedValue) }],
    ["no SignedValue", "ofd-malformed", { "Sign_0/Signature.xml": signatureXml({}, "") }],
    [
      "two SignedValues",
      "ofd-malformed",
      { "Sign_0/Signature.xml": signatureXml({}, signedValue + signedValue) },
    ],
    [
      "two References",
      "ofd-malformed",
      { "Sign_0/Signature.xml": signatureXml({ stamp: pieces.references }) },
    ],
    ["two Seals", "ofd-malformed", { "Sign_0/Signature.xml": signatureXml({ stamp: pieces.seal }) }],
    ["no end of references", "ofd-malformed", { "Sign_0/Signature.xml": signatureXml(references4097) }],
    [
      "no end of stamps",
      "ofd-malformed",
      { "Sign_0/Signature.xml": signatureXml({ stamp: pieces.stamp.repeat(4097) }) },
    ],
    ["no signed value", "ofd-malformed", { "Sign_0/SignedValue.dat": undefined }],
    ["no Signature.xml", "ofd-malformed", { "Sign_0/Signature.xml": undefined }],
    [
      "a signature listed twice",
      "ofd-malformed",
      { "Signatures.xml": list(record("s001") + record("s002")) },
    ],
    [
      "two signatures with one ID",
      "ofd-malformed",
      { "Signatures.xml": list(record("s001") + record("s001", 1)) },
    ],
    ["an unknown type", "ofd-malformed", { "Signatures.xml": list(record("s001", 0, ' Type="Stamp"')) }],
    ["a signature without ID", "ofd-malformed", { "Signatures.xml": list(record("")) }],
  ];
  for (const [what, code, changes] of refused) {
    it(`is refused as ${code}: ${what}`, () => {
      const placed = Object.fromEntries(
        Object.entries(changes).map(([name, text]) => [`${folder}/${name}`, text]),
      );
      const more = { [`${folder}/Sign_1/Signature.xml`]: signatureXml() };
      const refusal = refusalOf(() => open({ ...more, ...placed }));
      expect(refusal?.code).toBe(code);
      expect(refusal?.part).toContain("Doc_0/Signs/");
    });
  }
});
