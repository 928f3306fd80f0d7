import { describe, expect, it } from "vitest";

import { extension, extensions, fabricate } from "../../testing/fabricated-certificate.ts";
import type { Entity } from "../../testing/fabricated-certificate.ts";
import { nullValue, octetString, sequence } from "../der/index.ts";
import { checkPath, pathLimits } from "./index.ts";
import type { Certificate, PathResult } from "./index.ts";

const at = new Date("2026-11-22T00:00:00Z");
const past = new Date("2026-06-01T00:00:00Z");
const authority = [extensions.authority(), extensions.keyUsage(0x06)];
const unknown = extension("1.2.3.4", nullValue(), true);

const root = await fabricate({ subject: "root", extensions: authority });
const middle = await fabricate({ subject: "middle", issuer: root, extensions: authority });
const leaf = await fabricate({ subject: "leaf", issuer: middle });

const certificatesOf = (entities: readonly Entity[]): Certificate[] =>
  entities.map(({ certificate }) => certificate);

const problemsOf = (result: PathResult): string[] =>
  result.problems.map(({ code, subject }) => `${code} ${subject}`);

/** Checks the first of a chain, with the last as the anchor and all others as intermediates. */
function check([first, ...others]: readonly [Entity, ...Entity[]]): PathResult {
  return checkPath({
    certificate: first.certificate,
    intermediates: certificatesOf(others.slice(0, -1)),
    anchors: certificatesOf(others.slice(-1)),
    at,
  });
}

describe("among several chains", () => {
  it("the first without problems is taken", async () => {
    const renewed = { subject: "middle", issuer: root, signer: middle.signer, extensions: authority };
    const expired = await fabricate({ ...renewed, notAfter: past });
    const result = checkPath({
      certificate: leaf.certificate,
      intermediates: certificatesOf([expired, middle]),
      anchors: [root.certificate],
      at,
    });
    expect(result).toMatchObject({ problems: [], chain: certificatesOf([leaf, middle, root]) });
  });

  it("the one with the fewest problems is reported if none is good", async () => {
    const renewed = { subject: "middle", issuer: root, signer: middle.signer };
    const bad = await fabricate({ ...renewed, notAfter: past, extensions: [unknown] });
    const better = await fabricate({ ...renewed, notAfter: past, extensions: authority });
    const result = checkPath({
      certificate: leaf.certificate,
      intermediates: certificatesOf([bad, better]),
      anchors: [root.certificate],
      at,
    });
    expect(problemsOf(result)).toEqual(["expired CN=middle"]);
  });
});

describe("the search", () => {
  it(`follows ${String(pathLimits.certificates)} certificates and no more`, async () => {
    const entities = [await fabricate({ subject: "0", extensions: authority })];
    for (let depth = 1; depth <= pathLimits.certificates; depth += 1) {
      const issuer = entities[0] ?? root;
      entities.unshift(await fabricate({ subject: String(depth), issuer, extensions: authority }));
    }
    const [longest, allowed, ...rest] = entities as [Entity, Entity, ...Entity[]];
    expect(check([allowed, ...rest])).toMatchObject({ found: true, problems: [] });
    expect(check([longest, allowed, ...rest])).toMatchObject({ found: false });
    expect(problemsOf(check([longest, allowed, ...rest]))).toEqual(["path-too-long CN=1"]);
  });

  it(`gives up after ${String(pathLimits.signatureChecks)} signature checks, and says so`, async () => {
    const look = (): Promise<Entity> => fabricate({ subject: "root", extensions: authority });
    const lookAlikes = await Promise.all(Array.from({ length: pathLimits.signatureChecks + 5 }, look));
    const { found, problems } = checkPath({
      certificate: middle.certificate,
      intermediates: certificatesOf([...lookAlikes, root]),
      anchors: [],
      at,
    });
    expect(found).toBe(false);
    expect(problems).toHaveLength(pathLimits.signatureChecks + 1);
    expect(problems.at(-1)?.detail).toContain("Given up");
  });

  it("asks the issuer whose key identifier fits first, so that look-alikes cost nothing", async () => {
    const identifier = octetString(Uint8Array.of(7));
    const authorityIdentifier = sequence(Uint8Array.of(0x80, 0x01, 7));
    const top = await fabricate({
      subject: "root",
      extensions: [...authority, extension("2.5.29.14", identifier, false)],
    });
    const end = await fabricate({
      subject: "end",
      issuer: top,
      extensions: [extension("2.5.29.35", authorityIdentifier, false)],
    });
    const look = (): Promise<Entity> => fabricate({ subject: "root", extensions: authority });
    const lookAlikes = await Promise.all(Array.from({ length: pathLimits.signatureChecks + 5 }, look));
    const result = checkPath({
      certificate: end.certificate,
      intermediates: [],
      anchors: certificatesOf([...lookAlikes, top]),
      at,
    });
    expect(result).toMatchObject({ found: true, problems: [] });
  });
});
