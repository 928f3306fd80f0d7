import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import {
  deflatedOfd,
  ofdSealRequest,
  ofdXml,
  sealOfd,
  smallOfd,
  smallParts,
} from "../../testing/build-ofd.ts";
import type { OfdParts } from "../../testing/build-ofd.ts";
import { refusalOf } from "../../testing/ofd-error.ts";
import { hexOf, textOfUtf8, utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import type { Box, OfdPackage } from "./ofd-package.ts";
import { openOfd } from "./open-ofd.ts";
import { prepareOfdSeal } from "./prepare-ofd-seal.ts";

const reply = readFileSync(new URL("../../../fixtures/documents/reply.ofd", import.meta.url));
const listPart = "Doc_0/Signs/Signatures.xml";
const folder = (number: number) => `Doc_0/Signs/Sign_${String(number)}`;

const textOf = (ofd: OfdPackage, part: string) =>
  textOfUtf8(ofd.entries.get(part)?.content() ?? new Uint8Array());
const seal = (changes: OfdParts = {}) => openOfd(sealOfd(deflatedOfd(changes)));
const refusalAt = (boundary: Box) =>
  refusalOf(() =>
    prepareOfdSeal(openOfd(smallOfd()), ofdSealRequest({ pages: [{ pageIndex: 0, boundary }] })),
  )?.code;
const withList = (list: string): OfdParts => ({
  "OFD.xml": smallParts["OFD.xml"].replace(
    "</ofd:DocBody>",
    `<ofd:Signatures>${listPart}</ofd:Signatures></ofd:DocBody>`,
  ),
  [listPart]: list,
});

/** The digests in a signature that differ from the parts they are of. */
function wrongDigests(ofd: OfdPackage, id: string): string[] {
  const references = ofd.signatures.find((signature) => signature.id === id)?.references ?? [];
  return references
    .filter(({ part, digest: expected }) => {
      const content = ofd.entries.get(part)?.content();
      return content === undefined || hexOf(digest("SM3", content)) !== hexOf(expected);
    })
    .map(({ part }) => part);
}

describe("a seal signature that is added to an OFD package", () => {
  it("is read back with all that was asked for", () => {
    const ofd = openOfd(sealOfd(smallOfd()));
    expect(ofd.signatures).toMatchObject([
      {
        id: "s001",
        type: "Seal",
        part: `${folder(0)}/Signature.xml`,
        listedIn: listPart,
        checkMethod: "SM3",
        checkMethodText: "1.2.156.10197.1.401",
        stamps: [{ id: "s002", pageId: "1", boundary: { x: 105.5, y: 187, width: 42, height: 42 } }],
        sealPart: `${folder(0)}/Seal.esl`,
        sealBytes: utf8Of("a seal"),
        signedValuePart: `${folder(0)}/SignedValue.dat`,
        signedValue: utf8Of("a value"),
        signatureMethod: "1.2.156.10197.1.501",
        claimedTime: "20261121020211Z",
        problems: [],
      },
    ]);
    expect(ofd.quirks).toEqual([]);
  });

  it("covers every file but the list of signatures, itself, and its value", () => {
    const ofd = seal({ "smuggled.bin": "covered all the same" });
    const covered = ofd.signatures[0]?.references.map(({ part }) => part);
    const outside = [listPart, `${folder(0)}/Signature.xml`, `${folder(0)}/SignedValue.dat`];
    expect(covered?.toSorted()).toEqual(
      [...ofd.entries.keys()].filter((part) => !outside.includes(part)).toSorted(),
    );
    expect(wrongDigests(ofd, "s001")).toEqual([]);
  });

  it("gives the SM3 digest and the path of Signature.xml for the signature structure", () => {
    const prepared = prepareOfdSeal(openOfd(smallOfd()), ofdSealRequest());
    const ofd = openOfd(prepared.complete(Uint8Array.of(1)));
    expect(prepared.propertyInfo).toBe(`/${folder(0)}/Signature.xml`);
    expect(prepared.signatureId).toBe("s001");
    expect(prepared.dataHash).toEqual(digest("SM3", ofd.signatures[0]?.raw ?? new Uint8Array()));
  });

  it("keeps every entry that was there to the byte, header and compressed data included", () => {
    for (const before of [smallOfd(), deflatedOfd(), new Uint8Array(reply)].map(openOfd)) {
      const after = openOfd(sealOfd(before.bytes));
      for (const entry of before.archive.entries) {
        if (entry.name === "OFD.xml") continue;
        const kept = after.archive.entries.find(({ name }) => name === entry.name);
        expect(hexOf(after.bytes.subarray(kept?.local.start, kept?.local.end))).toBe(
          hexOf(before.bytes.subarray(entry.local.start, entry.local.end)),
        );
      }
    }
  });

  it("names its list in OFD.xml and changes nothing else there", () => {
    const head = '\ufeff<?xml version="1.0" encoding="UTF-8"?>\r\n';
    const main = `${head}<OFD xmlns="http://www.ofdspec.org/2016"><DocBody ><!-- 附 -->\r\n<DocRoot>Doc_0/Document.xml</DocRoot>`;
    const ofd = seal({ "OFD.xml": `${main}</DocBody >\n</OFD>` });
    expect(textOf(ofd, "OFD.xml")).toBe(`${main}<Signatures>/${listPart}</Signatures></DocBody >\n</OFD>`);
  });

  it("writes its elements in the order of the schema", () => {
    const xml = textOf(openOfd(sealOfd(smallOfd())), `${folder(0)}/Signature.xml`);
    const names = Array.from(xml.matchAll(/<ofd:(\w+)/g), ([, name]) => name).filter(
      (name) => name !== "Reference" && name !== "CheckValue",
    );
    expect(names).toEqual([
      "Signature",
      "SignedInfo",
      "Provider",
      "SignatureMethod",
      "SignatureDateTime",
      "References",
      "StampAnnot",
      "Seal",
      "BaseLoc",
      "SignedValue",
    ]);
    expect(xml).toContain('Company="印信 &#38; 测试"');
  });

  it("may show the seal on several pages", () => {
    const pages = '<ofd:Page ID="7" BaseLoc="A.xml"/><ofd:Page ID="9" BaseLoc="A.xml"/>';
    const two = {
      "Doc_0/Document.xml": ofdXml("Document", `<ofd:CommonData/><ofd:Pages>${pages}</ofd:Pages>`),
      "Doc_0/A.xml": ofdXml("Page", "<ofd:Area><ofd:PhysicalBox>10 10 100 50</ofd:PhysicalBox></ofd:Area>"),
    };
    const boundary = { x: 57.999_96, y: 8, width: 42, height: 42 };
    const request = { pages: [1, 0].map((pageIndex) => ({ pageIndex, boundary })) };
    const [signature] = openOfd(sealOfd(smallOfd(two), request)).signatures;
    const written = { ...boundary, x: 58 };
    expect(signature?.stamps).toEqual([
      { id: "s002", pageId: "9", boundary: written },
      { id: "s003", pageId: "7", boundary: written },
    ]);
  });

  it("comes out the same for the same request", () => {
    expect(sealOfd(smallOfd())).toEqual(sealOfd(smallOfd()));
  });

  it("does not depend on what happens to the seal's bytes after it was prepared", () => {
    const sealBytes = utf8Of("a seal");
    const prepared = prepareOfdSeal(openOfd(smallOfd()), ofdSealRequest({ sealBytes }));
    sealBytes.fill(0);
    expect(openOfd(prepared.complete(Uint8Array.of(1))).signatures[0]?.sealBytes).toEqual(utf8Of("a seal"));
  });
});

describe("a second seal signature", () => {
  const first = sealOfd(smallOfd());
  const second = openOfd(sealOfd(first, { sealBytes: utf8Of("another seal") }, "another value"));

  it("leaves the first as it was and covers it whole", () => {
    expect(second.signatures.map(({ id }) => id)).toEqual(["s001", "s003"]);
    expect(second.signatures[0]).toEqual(openOfd(first).signatures[0]);
    expect(wrongDigests(second, "s001")).toEqual([]);
    expect(wrongDigests(second, "s003")).toEqual([]);
    const covered = second.signatures[1]?.references.map(({ part }) => part);
    expect(covered).toEqual(
      expect.arrayContaining(
        ["Signature.xml", "SignedValue.dat", "Seal.esl"].map((name) => `${folder(0)}/${name}`),
      ),
    );
    expect(covered).not.toContain(listPart);
  });

  it("changes nothing but the list of signatures", () => {
    const before = openOfd(first);
    for (const [part, entry] of before.entries) {
      if (part !== listPart) expect(second.entries.get(part)?.content(), part).toEqual(entry.content());
    }
    expect(textOf(second, listPart)).toBe(
      textOf(before, listPart)
        .replace("s002", "s004")
        .replace(
          "</ofd:Signatures>",
          `<ofd:Signature ID="s003" Type="Seal" BaseLoc="/${folder(1)}/Signature.xml"/></ofd:Signatures>`,
        ),
    );
  });
});

describe("a list of signatures that is extended", () => {
  it("may be empty, without MaxSignId, or with its own prefix", () => {
    const open = (list: string) => textOf(seal(withList(list)), listPart);
    const record = (prefix: string) =>
      `<${prefix}Signature ID="s001" Type="Seal" BaseLoc="/${folder(0)}/Signature.xml"/>`;
    const namespace = "http://www.ofdspec.org/2016";
    expect(open(`<Signatures xmlns="${namespace}"/>`)).toBe(
      `<Signatures xmlns="${namespace}"><MaxSignId>s002</MaxSignId>${record("")}</Signatures>`,
    );
    expect(open(`<o:Signatures xmlns:o="${namespace}"> </o:Signatures>`)).toBe(
      `<o:Signatures xmlns:o="${namespace}"><o:MaxSignId>s002</o:MaxSignId> ${record("o:")}</o:Signatures>`,
    );
  });

  it("gives ids above its MaxSignId, both of them where there are two", () => {
    const list = ofdXml("Signatures", "<ofd:MaxSignId>41</ofd:MaxSignId><ofd:MaxSignId>s9</ofd:MaxSignId>");
    const ofd = seal(withList(list));
    expect(ofd.signatures[0]).toMatchObject({ id: "s042", stamps: [{ id: "s043" }] });
    expect(textOf(ofd, listPart).match(/<ofd:MaxSignId>s043</g)).toHaveLength(2);
  });

  it("is made where OFD.xml says it is when it is missing", () => {
    expect(seal({ ...withList(""), [listPart]: undefined }).signatures[0]?.listedIn).toBe(listPart);
  });

  it("does not take over a list that nothing names, or a folder that is in use", () => {
    const stripped = seal({ [listPart]: "left behind" });
    expect(stripped.signatures[0]?.listedIn).toBe("Doc_0/Signs_1/Signatures.xml");
    expect(textOf(stripped, listPart)).toBe("left behind");
    const taken = seal({ ...withList(ofdXml("Signatures", "")), "Doc_0/signs/SIGN_0/x": "x" });
    expect(taken.signatures[0]?.part).toBe(`${folder(1)}/Signature.xml`);
  });
});

describe("a package of two documents", () => {
  const body = (number: number) =>
    `<ofd:DocBody><ofd:DocRoot>Doc_${String(number)}/Document.xml</ofd:DocRoot></ofd:DocBody>`;
  const two: OfdParts = {
    "OFD.xml": ofdXml("OFD", body(0) + body(1)),
    "Doc_1/Document.xml": smallParts["Doc_0/Document.xml"],
    "Doc_1/Pages/Page_0/Content.xml": smallParts["Doc_0/Pages/Page_0/Content.xml"],
  };
  const boundary = { x: 0, y: 0, width: 42, height: 42 };
  const on = (...indexes: number[]) => ({ pages: indexes.map((pageIndex) => ({ pageIndex, boundary })) });

  it("is sealed in the document of the page", () => {
    const ofd = openOfd(sealOfd(smallOfd(two), on(1)));
    expect(ofd.signatures[0]).toMatchObject({ documentIndex: 1, listedIn: "Doc_1/Signs/Signatures.xml" });
    expect(ofd.signatures[0]?.references.map(({ part }) => part)).toContain("Doc_0/Document.xml");
  });

  it("is not sealed across both with one signature", () => {
    expect(refusalOf(() => sealOfd(smallOfd(two), on(0, 1)))?.code).toBe("page-not-found");
  });

  it("is closed for the second document once the first is signed, because OFD.xml would have to change", () => {
    const sealed = sealOfd(smallOfd(two), on(0));
    expect(refusalOf(() => sealOfd(sealed, on(1)))).toMatchObject({
      code: "signing-closed",
      part: "OFD.xml",
    });
  });
});

describe("a seal signature that is refused", () => {
  it("is on a page that does not exist: page-not-found", () => {
    const ofd = openOfd(smallOfd());
    const boundary = { x: 0, y: 0, width: 42, height: 42 };
    for (const pageIndex of [1, -1, 0.5, NaN]) {
      const request = ofdSealRequest({ pages: [{ pageIndex, boundary }] });
      expect(refusalOf(() => prepareOfdSeal(ofd, request))?.code).toBe("page-not-found");
    }
    expect(refusalOf(() => prepareOfdSeal(ofd, ofdSealRequest({ pages: [] })))?.code).toBe("page-not-found");
  });

  it("does not lie on the page whole: placement-outside-page", () => {
    const inside = { x: 168, y: 255, width: 42, height: 42 };
    expect(refusalAt(inside)).toBeUndefined();
    expect(refusalAt({ x: 0, y: 0, width: 210, height: 297 })).toBeUndefined();
    expect(refusalAt({ x: 0.1 + 0.2, y: 0, width: 209.7, height: 1 })).toBeUndefined();
    const outside: Partial<Box>[] = [
      { x: 168.01 },
      { y: 255.01 },
      { x: -0.01 },
      { y: -0.01 },
      { width: 0 },
      { height: 0 },
      { width: -1 },
      { x: NaN },
      { y: Infinity },
      { width: NaN },
    ];
    for (const change of outside) expect(refusalAt({ ...inside, ...change })).toBe("placement-outside-page");
  });

  it("comes after one that covers Signatures.xml: signing-closed", () => {
    const reference = `<ofd:Reference FileRef="/${listPart}"><ofd:CheckValue>${"A".repeat(43)}=</ofd:CheckValue></ofd:Reference>`;
    const closing: OfdParts = {
      ...withList(ofdXml("Signatures", '<ofd:Signature ID="s001" BaseLoc="Signature.xml"/>')),
      "Doc_0/Signs/Signature.xml": ofdXml(
        "Signature",
        `<ofd:SignedInfo><ofd:References CheckMethod="SM3">${reference}</ofd:References></ofd:SignedInfo>` +
          "<ofd:SignedValue>v.dat</ofd:SignedValue>",
      ),
      "Doc_0/Signs/v.dat": "value",
    };
    expect(refusalOf(() => seal(closing))).toMatchObject({ code: "signing-closed", part: listPart });
  });

  it("would break an integrity list of GM/T 0099: signing-closed", () => {
    expect(refusalOf(() => seal({ "OFDEntries.xml": "<a/>" }))).toMatchObject({
      code: "signing-closed",
      part: "OFDEntries.xml",
    });
  });

  it("would make more entries than are read: too-many-entries", () => {
    const many = Object.fromEntries(Array.from({ length: 4093 }, (_, index) => [`x/${String(index)}`, ""]));
    expect(refusalOf(() => sealOfd(smallOfd(many)))?.code).toBe("too-many-entries");
  });
});

describe("other programs on a package that was sealed twice", () => {
  const sealed = sealOfd(sealOfd(new Uint8Array(reply)));
  const xmlParts = [...openOfd(sealed).entries.keys()].filter((part) => part.endsWith(".xml"));

  function inFolder(use: (file: string, path: string) => void): void {
    const path = mkdtempSync(join(tmpdir(), "yinxin-ofd-"));
    try {
      const file = join(path, "sealed.ofd");
      writeFileSync(file, sealed);
      use(file, path);
    } finally {
      rmSync(path, { recursive: true });
    }
  }

  toolTest(["unzip"], "unzip -t finds no errors", () => {
    inFolder((file) => {
      expect(execFileSync("unzip", ["-t", file], { encoding: "utf8" })).toContain("No errors detected");
    });
  });

  toolTest(["unzip", "xmllint"], "xmllint accepts every XML part", () => {
    expect(xmlParts.length).toBeGreaterThan(6);
    inFolder((file, path) => {
      execFileSync("unzip", ["-q", file, "-d", join(path, "parts")]);
      execFileSync("xmllint", ["--noout", ...xmlParts.map((part) => join(path, "parts", part))]);
    });
  });

  toolTest(["unzip", "openssl"], "openssl dgst -sm3 gives the digest of every reference", () => {
    inFolder((file, path) => {
      execFileSync("unzip", ["-q", file, "-d", join(path, "parts")]);
      for (const { references } of openOfd(sealed).signatures) {
        const files = references.map(({ part }) => join(path, "parts", part));
        const lines = execFileSync("openssl", ["dgst", "-sm3", "-r", ...files], { encoding: "utf8" })
          .trim()
          .split("\n");
        expect(lines.map((line) => line.slice(0, 64))).toEqual(
          references.map(({ digest: value }) => hexOf(value)),
        );
      }
    });
  });
});
