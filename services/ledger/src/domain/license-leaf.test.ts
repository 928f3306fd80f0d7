import { hexOf, utf8Of } from "@yinxin/crypto/bytes";
import { hashReaderOfLeaves, inclusionProof, leafHash, verifyInclusion } from "@yinxin/crypto/tlog";
import { canonicalJson } from "@yinxin/service-kit/audit";
import { describe, expect, it } from "vitest";

import { fieldsRootOf, saltFields } from "./field-commitment.ts";
import { encodeIssueLeaf, fileDigestsOf } from "./license-leaf.ts";
import { fieldsOf } from "./license-fields.ts";

const license = {
  identifier: "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
  content: {
    name: "营业执照",
    typeCode: "11100000000013338W011",
    number: "430100000012345",
    holder: { name: "张敏", code: "11010519491231002X", codeType: "111" },
    issuingAuthority: { name: "云岭市行政审批局", code: "11430000006122244L" },
    issuedOn: "2026-11-21",
    validFrom: "2026-11-21",
  },
} as const;

const counting = (size: number) => new Uint8Array(size).fill(7);

async function leafWith(changes: Partial<Parameters<typeof encodeIssueLeaf>[0]> = {}): Promise<string> {
  return encodeIssueLeaf({
    license,
    salt: "c2FsdHNhbHRzYWx0c2FsdA==",
    fieldsRoot: await fieldsRootOf(saltFields(fieldsOf(license), counting)),
    file: fileDigestsOf(utf8Of("document")),
    issuedBy: "org_approval",
    at: new Date("2026-11-21T02:00:00Z"),
    ...changes,
  });
}

describe("the leaf of an issued license", () => {
  it("is canonical JSON and names no person, no number and no identifier", async () => {
    const leaf = await leafWith();
    expect(canonicalJson(JSON.parse(leaf))).toBe(leaf);
    const { holder, number, name } = license.content;
    for (const hiddenText of [
      holder.name,
      holder.code,
      number,
      name,
      license.identifier,
      "20230000403",
      "org_approval",
    ]) {
      expect(leaf).not.toContain(hiddenText);
    }
    expect(JSON.parse(leaf)).toMatchObject({
      v: 1,
      op: "issue",
      type: "11100000000013338W011",
      issuer: "11430000006122244L",
      nbf: "2026-11-21",
      state: "valid",
    });
    expect(JSON.parse(leaf)).not.toHaveProperty("exp");
  });

  it("has the same id for the same license and salt, and another under another salt", async () => {
    const idOf = async (changes: Parameters<typeof leafWith>[0]) =>
      (JSON.parse(await leafWith(changes)) as { id: string }).id;
    const id = await idOf({});
    expect(await idOf({ issuedBy: "somebody", at: new Date(0) })).toBe(id);
    expect(await idOf({ salt: "b3RoZXJvdGhlcm90aGVyb3Q=" })).not.toBe(id);
  });

  it("commits to the document under both digests", async () => {
    const { file } = JSON.parse(await leafWith()) as { file: string[] };
    // Of "document": the command lines `sha256sum` and `openssl dgst -sm3` say the same.
    expect(file).toEqual([
      "sha-256:43cc23fa52b87b4cc1d02b5b114154151d6adddb17c9fddc06b027fa99e24008",
      "sm3:fd2d90ecd005b5576c629975362a489464d8ffab28f0a1a1c075065d4969c81d",
    ]);
  });
});

describe("the commitment to a license's fields", () => {
  it("changes with every value and every salt", async () => {
    const salted = saltFields(fieldsOf(license), counting);
    const root = await fieldsRootOf(salted);
    expect(root).toMatch(/^sha-256:[0-9a-f]{64}$/);
    for (const place of salted.keys()) {
      const [value, salt] = [
        salted.map((field, index) => (index === place ? { ...field, value: `${field.value} ` } : field)),
        salted.map((field, index) =>
          index === place ? { ...field, salt: "AAAAAAAAAAAAAAAAAAAAAA==" } : field,
        ),
      ];
      expect(await fieldsRootOf(value)).not.toBe(root);
      expect(await fieldsRootOf(salt)).not.toBe(root);
    }
  });

  it("lets one field be shown without the others", async () => {
    const salted = saltFields(fieldsOf(license), counting);
    const leaves = salted.map(({ salt, name, value }) => utf8Of(canonicalJson([salt, name, value])));
    const proof = await inclusionProof(hashReaderOfLeaves(leaves), 3, leaves.length);
    const root = Buffer.from((await fieldsRootOf(salted)).slice("sha-256:".length), "hex");
    const claim = { leafHash: leafHash(leaves[3] ?? new Uint8Array()), index: 3, size: leaves.length, proof };
    expect(verifyInclusion({ ...claim, root: new Uint8Array(root) })).toBe(true);
    expect(hexOf(new Uint8Array(root))).toHaveLength(64);
  });
});
