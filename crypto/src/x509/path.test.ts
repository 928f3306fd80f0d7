import { describe, expect, it } from "vitest";

import { extension, extensions, fabricate, newSigner } from "../../testing/fabricated-certificate.ts";
import type { Entity, Fabrication } from "../../testing/fabricated-certificate.ts";
import { boolean, nullValue, octetString, oid, sequence } from "../der/index.ts";
import { checkPath } from "./index.ts";
import type { Certificate, PathResult } from "./index.ts";

const at = new Date("2026-11-22T00:00:00Z");
const past = new Date("2026-06-01T00:00:00Z");
const future = new Date("2027-06-01T00:00:00Z");
const authority = [extensions.authority(), extensions.keyUsage(0x06)];
const unknown = extension("1.2.3.4", nullValue(), true);

const root = await fabricate({ subject: "root", extensions: authority });
const middle = await fabricate({ subject: "middle", issuer: root, extensions: authority });
const leaf = await fabricate({ subject: "leaf", issuer: middle });

const certificatesOf = (entities: readonly Entity[]): Certificate[] =>
  entities.map(({ certificate }) => certificate);

/** Checks the first of a chain, with the last as the anchor and all others as intermediates. */
function check(entities: readonly [Entity, ...Entity[]], time = at): PathResult {
  const [first, ...others] = entities;
  const anchor = others.pop() ?? first;
  return checkPath({
    certificate: first.certificate,
    intermediates: certificatesOf(others),
    anchors: [anchor.certificate],
    at: time,
  });
}

const problemsOf = (result: PathResult): string[] =>
  result.problems.map(({ code, subject }) => `${code} ${subject}`);

describe("a path", () => {
  it("leads from the certificate to an anchor over intermediates in any order", () => {
    const { found, chain, problems } = checkPath({
      certificate: leaf.certificate,
      intermediates: certificatesOf([leaf, root, middle, middle]),
      anchors: [root.certificate],
      at,
    });
    expect({ found, problems }).toEqual({ found: true, problems: [] });
    expect(chain).toEqual(certificatesOf([leaf, middle, root]));
  });

  it("ends at the first anchor: an intermediate may be trusted itself", () => {
    expect(check([leaf, middle]).chain).toEqual(certificatesOf([leaf, middle]));
  });

  it("of an anchor itself is a chain of one, and its validity is judged too", () => {
    expect(check([root])).toEqual({ found: true, chain: [root.certificate], problems: [] });
    expect(check([leaf])).toEqual({ found: true, chain: [leaf.certificate], problems: [] });
    expect(problemsOf(check([root], new Date("2036-01-01T00:00:01Z")))).toEqual(["expired CN=root"]);
  });

  it("mixes algorithms: an SM2 root over a P-256 authority over an Ed25519 key", async () => {
    const sm2Root = await fabricate({ subject: "sm2", signer: newSigner("SM2"), extensions: authority });
    const p256 = await fabricate({ subject: "p256", issuer: sm2Root, extensions: authority });
    const end = await fabricate({ subject: "ed", issuer: p256, signer: newSigner("Ed25519") });
    expect(check([end, p256, sm2Root])).toMatchObject({ found: true, problems: [] });
  });

  it("is judged for a time, and nothing else is a time", () => {
    expect(() => check([leaf, middle, root], new Date(Number.NaN))).toThrow(RangeError);
  });
});

describe("without an anchor that was given there is no chain", () => {
  const withoutAnchors = (certificate: Certificate, intermediates: readonly Certificate[]): PathResult =>
    checkPath({ certificate, intermediates, anchors: [], at });

  it("however many self-signed certificates come with the document", () => {
    const result = withoutAnchors(leaf.certificate, certificatesOf([middle, root]));
    expect(result).toMatchObject({ found: false, chain: [] });
    expect(result.problems).toMatchObject([
      {
        code: "no-chain",
        subject: "CN=root",
        detail: expect.stringContaining("not among the trusted") as string,
      },
    ]);
    expect(problemsOf(withoutAnchors(root.certificate, [root.certificate]))).toEqual(["no-chain CN=root"]);
  });

  it("and a missing intermediate is named", () => {
    const result = check([leaf, root]);
    expect(result.problems).toMatchObject([
      { code: "no-chain", subject: "CN=leaf", detail: expect.stringContaining("CN=middle") as string },
    ]);
  });

  it("and two authorities that vouch for each other are not one", async () => {
    const first = await fabricate({ subject: "first", extensions: authority });
    const second = await fabricate({ subject: "second", issuer: first, extensions: authority });
    const crossed = await fabricate({
      subject: "first",
      issuer: second,
      signer: first.signer,
      extensions: authority,
    });
    const end = await fabricate({ subject: "end", issuer: second });
    const result = withoutAnchors(end.certificate, certificatesOf([first, second, crossed]));
    expect(result.found).toBe(false);
    expect(result.problems.length).toBeGreaterThan(0);

    // The same loop, once its way out is trusted.
    const trusted = checkPath({
      certificate: end.certificate,
      intermediates: certificatesOf([crossed, second]),
      anchors: [first.certificate],
      at,
    });
    expect(trusted).toMatchObject({ found: true, problems: [], chain: certificatesOf([end, second, first]) });
  });
});

describe("an authority that only has the right name", () => {
  const look = (wanted: Partial<Fabrication> = {}): Promise<Entity> =>
    fabricate({ subject: "root", extensions: authority, ...wanted });

  it("is not the issuer, and the reason says so", async () => {
    const result = check([leaf, middle, await look()]);
    expect(result.found).toBe(false);
    expect(result.problems).toMatchObject([
      {
        code: "no-chain",
        subject: "CN=middle",
        detail: expect.stringContaining("not signed by the key of") as string,
      },
    ]);
  });

  it("does not keep the right one from being found", async () => {
    const lookAlikes = await Promise.all([look(), look(), look()]);
    const result = checkPath({
      certificate: leaf.certificate,
      intermediates: certificatesOf([...lookAlikes, middle]),
      anchors: certificatesOf([...lookAlikes, root]),
      at,
    });
    expect(result).toMatchObject({ found: true, problems: [], chain: certificatesOf([leaf, middle, root]) });
  });

  it("is reported with each of the others that failed", async () => {
    const lookAlikes = await Promise.all([look(), look()]);
    const result = checkPath({
      certificate: middle.certificate,
      intermediates: [],
      anchors: certificatesOf(lookAlikes),
      at,
    });
    expect(problemsOf(result)).toEqual(["no-chain CN=middle", "no-chain CN=middle"]);
  });
});

describe("validity", () => {
  it("is judged for every certificate of the chain, the anchor included", async () => {
    const oldRoot = await fabricate({ subject: "root", extensions: authority, notAfter: past });
    const newMiddle = await fabricate({
      subject: "middle",
      issuer: oldRoot,
      extensions: authority,
      notBefore: future,
    });
    const oldLeaf = await fabricate({ subject: "leaf", issuer: newMiddle, notAfter: past });
    const result = check([oldLeaf, newMiddle, oldRoot]);
    expect(result.found).toBe(true);
    expect(problemsOf(result)).toEqual(["expired CN=leaf", "not-yet-valid CN=middle", "expired CN=root"]);
    expect(result.problems[0]?.detail).toContain("2026-06-01T00:00:00.000Z");
  });

  it("includes both of its ends (RFC 5280 §4.1.2.5)", async () => {
    const short = await fabricate({ subject: "short", notBefore: past, notAfter: future });
    const codesAt = (time: Date): string[] => problemsOf(check([short], time));
    expect(codesAt(past)).toEqual([]);
    expect(codesAt(future)).toEqual([]);
    expect(codesAt(new Date(past.getTime() - 1))).toEqual(["not-yet-valid CN=short"]);
    expect(codesAt(new Date(future.getTime() + 1))).toEqual(["expired CN=short"]);
  });
});

describe("an issuer", () => {
  const pathOver = async (list: readonly Uint8Array[]): Promise<PathResult> => {
    const issuer = await fabricate({ subject: "issuer", issuer: root, extensions: list });
    return check([await fabricate({ subject: "end", issuer }), issuer, root]);
  };

  it.each([
    ["without basic constraints", [extensions.keyUsage(0x06)]],
    ["that says it is none", [extension("2.5.29.19", sequence(), true), extensions.keyUsage(0x06)]],
    [
      "that says so with FALSE written out",
      [sequence(oid("2.5.29.19"), boolean(true), octetString(sequence(boolean(false))))],
    ],
  ])("%s is not a certificate authority", async (_what, list) => {
    const result = await pathOver(list);
    expect(result.found).toBe(true);
    expect(problemsOf(result)).toEqual(["not-a-ca CN=issuer"]);
  });

  it("may not sign certificates without keyCertSign; without any key usage it may (RFC 5280 §6.1.4 (n))", async () => {
    expect(problemsOf(await pathOver([extensions.authority(), extensions.keyUsage(0xc0)]))).toEqual([
      "key-usage CN=issuer",
    ]);
    expect(problemsOf(await pathOver([extensions.authority()]))).toEqual([]);
  });

  it("is held to every rule at once, and all that is wrong is said", async () => {
    expect(problemsOf(await pathOver([extensions.keyUsage(0x80), unknown]))).toEqual([
      "unknown-critical-extension CN=issuer",
      "not-a-ca CN=issuer",
      "key-usage CN=issuer",
    ]);
  });
});

describe("the path length", () => {
  it("limits the authorities below, not the end entity", async () => {
    const narrowRoot = await fabricate({ subject: "root", extensions: [extensions.authority(0)] });
    const below = await fabricate({ subject: "below", issuer: narrowRoot, extensions: authority });
    const end = await fabricate({ subject: "end", issuer: below });
    expect(problemsOf(check([below, narrowRoot]))).toEqual([]);
    expect(problemsOf(check([end, below, narrowRoot]))).toEqual(["path-too-long CN=root"]);
  });

  it("does not count an authority's certificate for its own new key (RFC 5280 §6.1.4 (l))", async () => {
    const oldKey = await fabricate({ subject: "root", extensions: [extensions.authority(0)] });
    const newKey = await fabricate({
      subject: "root",
      issuer: oldKey,
      extensions: [extensions.authority(0)],
    });
    const end = await fabricate({ subject: "end", issuer: newKey });
    expect(check([end, newKey, oldKey])).toMatchObject({ found: true, problems: [] });
  });
});

describe("an unknown critical extension", () => {
  it.each(["leaf", "middle", "root"])("in the certificate of the %s is a problem", async (place) => {
    const add = (subject: string): Uint8Array[] => (place === subject ? [unknown] : []);
    const top = await fabricate({ subject: "root", extensions: [...authority, ...add("root")] });
    const between = await fabricate({
      subject: "middle",
      issuer: top,
      extensions: [...authority, ...add("middle")],
    });
    const end = await fabricate({ subject: "leaf", issuer: between, extensions: add("leaf") });
    expect(problemsOf(check([end, between, top]))).toEqual([`unknown-critical-extension CN=${place}`]);
  });

  it("is told from one that is not critical, which anybody may add", async () => {
    const harmless = extension("1.2.3.4", nullValue(), false);
    const top = await fabricate({ subject: "root", extensions: [...authority, harmless] });
    const end = await fabricate({ subject: "leaf", issuer: top, extensions: [harmless] });
    expect(check([end, top])).toMatchObject({ found: true, problems: [] });
  });

  it("is also one that is known but not processed, as name constraints", async () => {
    const constraints = extension("2.5.29.30", sequence(), true);
    const top = await fabricate({ subject: "root", extensions: [...authority, constraints] });
    const { problems } = check([await fabricate({ subject: "leaf", issuer: top }), top]);
    expect(problems).toMatchObject([
      { code: "unknown-critical-extension", detail: expect.stringContaining("2.5.29.30") as string },
    ]);
  });
});
