import { beforeAll, describe, expect, it } from "vitest";

import { crlDistributionPoints, generalNames } from "../../testing/encode-extensions.ts";
import { fabricateList, listEntry } from "../../testing/fabricate-list.ts";
import type { ListFabrication } from "../../testing/fabricate-list.ts";
import { extension, extensions, fabricate } from "../../testing/fabricated-certificate.ts";
import type { Entity } from "../../testing/fabricated-certificate.ts";
import { concatBytes } from "../bytes/index.ts";
import { contextExplicit, contextImplicit, integer, sequence } from "../der/index.ts";
import { defaultPathBudget } from "../x509/index.ts";
import { judgeCertificate, judgePastCertificate } from "./index.ts";
import type { CertificateJudgement, CertificateList, CertificateQuestion } from "./index.ts";

const at = new Date("2026-11-22T00:00:00Z");
const nextUpdate = new Date("2026-11-29T00:00:00Z");
const revokedAt = new Date("2026-11-20T00:00:00Z");
const authority = extensions.authority();
const serialNumber = "03e9";

let root: Entity;
let issuer: Entity;
let stranger: Entity;
let end: Entity;
let rootList: CertificateList;

beforeAll(async () => {
  root = await fabricate({ subject: "Root", extensions: [authority] });
  issuer = await fabricate({ subject: "Issuer", issuer: root, serialNumber: 2, extensions: [authority] });
  stranger = await fabricate({ subject: "Issuer", extensions: [authority] });
  end = await fabricate({ subject: "End", issuer });
  rootList = await fabricateList({ issuer: root, thisUpdate: at, nextUpdate });
});

const daysBefore = (days: number): Date => new Date(at.getTime() - days * 86_400_000);
const number = (value: bigint): Uint8Array => extension("2.5.29.20", integer(value), false);

function list(change: Partial<ListFabrication> = {}): Promise<CertificateList> {
  return fabricateList({ issuer, thisUpdate: at, nextUpdate, ...change });
}

const revoking = (change: Partial<ListFabrication> = {}): Promise<CertificateList> =>
  list({ entries: [listEntry(serialNumber, revokedAt)], ...change });

function judge(
  crls: readonly CertificateList[],
  change: Partial<CertificateQuestion> = {},
  revocation: "required" | "if-present" = "required",
): CertificateJudgement {
  return judgeCertificate({
    certificate: end.certificate,
    intermediates: [issuer.certificate],
    anchors: [root.certificate],
    at,
    evidence: { crls: [rootList, ...crls], ocspResponses: [] },
    policy: { revocation, algorithms: "default" },
    ...change,
  });
}

/** Lists that bear the issuer's name and that a stranger signed. */
function junk(count: number, secondsAfter: number): Promise<CertificateList[]> {
  const first = at.getTime() + secondsAfter * 1000;
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      list({ issuer: stranger, thisUpdate: new Date(first + index * 1000) }),
    ),
  );
}

describe("evidence that hides a revocation", () => {
  it("does not make a revoked certificate pass by using up the budget, even where evidence is not required", async () => {
    const hidden = [...(await junk(100, 1)), await revoking()];
    const judged = judge(hidden, {}, "if-present");
    expect(judged).toMatchObject({
      result: "unknown",
      code: "budget-exhausted",
      exhausted: "signatureChecks",
      spent: { signatureChecks: defaultPathBudget.signatureChecks },
    });
    expect(judge([await revoking()], {}, "if-present")).toMatchObject({ result: "failed", code: "revoked" });
    expect(judge([], {}, "if-present").result).toBe("passed");
  });

  it("does not make it pass as one of the past by crowding the times that are looked at", async () => {
    const now = new Date("2026-12-24T00:00:00Z");
    const [real, crowd] = [await revoking(), await junk(40, 86_400 * 14)];
    const past = (evidence: readonly CertificateList[]) =>
      judgePastCertificate({
        certificate: end.certificate,
        intermediates: [issuer.certificate],
        anchors: [root.certificate],
        now,
        evidence: { crls: evidence, ocspResponses: [] },
        policy: { revocation: "if-present", algorithms: "default" },
        proofs: { earliestOf: () => at },
      });
    expect(past([rootList, real])).toMatchObject({ result: "passed", controlTime: revokedAt });
    expect(past([rootList, real, ...crowd])).toMatchObject({ result: "unknown", code: "revocation-unknown" });
    expect(past([])).toMatchObject({ result: "passed", controlTime: now });
  });

  it("is overruled by the newest list, whichever distribution point has it", async () => {
    const url = "http://lists.example/part";
    const about = await fabricate({ subject: "End", issuer, extensions: [crlDistributionPoints({ url })] });
    const ofPoint = contextExplicit(0, contextImplicit(0, generalNames.uri(url), true));
    const older = await list({
      thisUpdate: daysBefore(3),
      extensions: [number(1n), extension("2.5.29.28", sequence(ofPoint), true)],
    });
    const judged = judge([older, await revoking()], { certificate: about.certificate });
    expect(judged.code).toBe("revoked");
    expect(judge([older], { certificate: about.certificate }).result).toBe("passed");
  });

  it("is overruled by the higher number of two lists of one second", async () => {
    const [first, second] = [
      await list({ extensions: [number(7n)] }),
      await revoking({ extensions: [number(8n)] }),
    ];
    expect(judge([first, second]).code).toBe("revoked");
    expect(judge([second, first]).code).toBe("revoked");
  });

  it("is not what a stale list is: who was revoked for good stays so", async () => {
    const times = { thisUpdate: daysBefore(30), nextUpdate: daysBefore(20) };
    const earlier = daysBefore(40);
    const stale = await revoking({ ...times, entries: [listEntry(serialNumber, earlier)] });
    expect(judge([stale], {}, "if-present")).toMatchObject({ result: "failed", code: "revoked" });
    // A suspension may have ended since.
    const hold = extension("2.5.29.21", Uint8Array.of(0x0a, 1, 6), false);
    const suspended = await list({ ...times, entries: [listEntry(serialNumber, earlier, hold)] });
    expect(judge([suspended]).result).toBe("unknown");
    // And whoever is not named there may have been revoked since.
    expect(judge([await list(times)]).result).toBe("unknown");
    // Nobody is revoked by a stranger.
    expect(judge([await revoking({ ...times, issuer: stranger })]).result).toBe("unknown");
  });
});

describe("a list from another authority with the same name", () => {
  it("does not count, though its signer has a path to the same anchor", async () => {
    const sibling = await fabricate({
      subject: "Sibling",
      issuer: root,
      serialNumber: 3,
      extensions: [authority],
    });
    const namesake = await fabricate({
      subject: "Issuer",
      issuer: sibling,
      serialNumber: 4,
      extensions: [extensions.keyUsage(0x02)],
    });
    const siblingList = await fabricateList({ issuer: sibling, thisUpdate: at, nextUpdate });
    const forged = await list({ issuer: namesake, thisUpdate: new Date(at.getTime() + 60_000) });
    const intermediates = [issuer, sibling, namesake].map(({ certificate }) => certificate);
    const under = { intermediates };
    expect(judge([siblingList, forged, await revoking()], under).code).toBe("revoked");
    expect(judge([siblingList, forged], under)).toMatchObject({
      result: "unknown",
      code: "revocation-unknown",
    });
  });

  it("counts if the authority above has given it this name too, for its lists", async () => {
    const lists = await fabricate({
      subject: "Issuer",
      issuer: root,
      serialNumber: 5,
      extensions: [extensions.keyUsage(0x02)],
    });
    const intermediates = [issuer.certificate, lists.certificate];
    expect(judge([await list({ issuer: lists })], { intermediates }).result).toBe("passed");
    expect(judge([await revoking({ issuer: lists })], { intermediates }).code).toBe("revoked");
  });
});

describe("a list made to cost time", () => {
  it("with thousands of names for thousands of distribution points ends at the comparisons allowed", async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => generalNames.uri(`u:${String(index)}`));
    const scope = contextExplicit(0, contextImplicit(0, concatBytes(...names), true));
    const points = Array.from({ length: 1_000 }, (_, index) => ({ url: `v:${String(index)}` }));
    const about = await fabricate({ subject: "End", issuer, extensions: [crlDistributionPoints(...points)] });
    const wide = await list({ extensions: [extension("2.5.29.28", sequence(scope), true)] });
    const judged = judge([wide], { certificate: about.certificate }, "if-present");
    expect(judged).toMatchObject({ result: "unknown", exhausted: "nameComparisons" });
    expect(judged.spent.nameComparisons).toBeLessThanOrEqual(defaultPathBudget.nameComparisons);
  });

  it("of thousands of lists is not read through for every distribution point", async () => {
    const points = Array.from({ length: 1_000 }, (_, index) => ({ url: `v:${String(index)}` }));
    const about = await fabricate({ subject: "End", issuer, extensions: [crlDistributionPoints(...points)] });
    const scope = contextExplicit(0, contextImplicit(0, generalNames.uri("u:0"), true));
    const elsewhere = await list({ extensions: [extension("2.5.29.28", sequence(scope), true)] });
    const judged = judge(new Array<CertificateList>(100).fill(elsewhere), { certificate: about.certificate });
    expect(judged).toMatchObject({ result: "unknown", exhausted: "links" });
  });
});

describe("an entry of a list", () => {
  it("for an issuer without a directory name makes the list unusable", async () => {
    const nobody = extension("2.5.29.29", sequence(generalNames.dns("issuer.example")), true);
    const strange = await list({
      entries: [listEntry("0102", revokedAt, nobody), listEntry(serialNumber, revokedAt)],
    });
    expect(judge([strange])).toMatchObject({ result: "unknown", code: "revocation-unknown" });
    expect(judge([strange]).detail).toContain("2.5.29.29");
  });
});
