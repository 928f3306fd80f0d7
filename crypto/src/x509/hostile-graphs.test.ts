import { describe, expect, it } from "vitest";

import {
  certificatePolicies,
  generalNames,
  nameConstraints,
  policyMappings,
  subjectAltName,
} from "../../testing/encode-extensions.ts";
import { extensions, fabricate, newSigner } from "../../testing/fabricated-certificate.ts";
import type { Entity } from "../../testing/fabricated-certificate.ts";
import { bitString, oid, parseDer, sequence, smallInteger } from "../der/index.ts";
import { defaultPathBudget, parseCertificate, validatePath } from "./index.ts";
import type { Certificate, PathBudget, PathValidation } from "./index.ts";

const at = new Date("2026-06-01T00:00:00Z");
const authority = extensions.authority();

function validate(
  certificate: Certificate,
  intermediates: readonly Certificate[],
  anchor: Certificate,
  budget?: Partial<PathBudget>,
): PathValidation {
  return validatePath({
    certificate,
    intermediates,
    anchors: [anchor],
    at,
    policy: { algorithms: "default" },
    ...(budget && { budget: { ...defaultPathBudget, ...budget } }),
  });
}

/** The same certificate under as many serial numbers, and keys if wanted; no signature is right. Costs an attacker nothing. */
function lookAlikes({ certificate }: Entity, count: number, haveOwnKeys: boolean): Certificate[] {
  const members = parseDer(certificate.tbs).children.map(({ raw }) => raw);
  return Array.from({ length: count }, (_, index) => {
    const changed = members.map((member, place) => {
      if (place === 1) return smallInteger(10_000 + index);
      return place === 6 && haveOwnKeys ? withLastOctets(member, index) : member;
    });
    const algorithm = sequence(oid(certificate.signatureAlgorithmOid));
    return parseCertificate(sequence(sequence(...changed), algorithm, bitString(certificate.signature)));
  });
}

function withLastOctets(member: Uint8Array, value: number): Uint8Array {
  const copy = Uint8Array.from(member);
  copy.set([value >> 8, value & 0xff], copy.length - 2);
  return copy;
}

describe("a hostile graph of certificates", () => {
  it("in which everybody certifies everybody ends at the budget", async () => {
    const root = await fabricate({ subject: "Root", extensions: [authority] });
    const keys = Array.from({ length: 12 }, (_, index) => ({
      name: `A${String(index)}`,
      signer: newSigner(),
    }));
    const entities = await Promise.all(
      keys.map(async ({ name, signer }) => ({
        name,
        ...(await fabricate({ subject: name, signer, extensions: [authority] })),
      })),
    );
    const crossed = await Promise.all(
      entities.flatMap((issuer) =>
        keys
          .filter(({ name }) => name !== issuer.name)
          .map(({ name, signer }) => fabricate({ subject: name, signer, issuer, extensions: [authority] })),
      ),
    );
    const end = await fabricate({ subject: "End", issuer: entities[0] ?? root });
    const judged = validate(
      end.certificate,
      crossed.map(({ certificate }) => certificate),
      root.certificate,
    );
    expect(judged.isValid).toBe(false);
    expect(judged.exhausted).toBe("links");
    expect(judged.spent.links).toBeLessThanOrEqual(defaultPathBudget.links);
    expect(judged.spent.signatureChecks).toBeLessThanOrEqual(defaultPathBudget.signatureChecks);
    expect(judged.candidates.length).toBeLessThanOrEqual(32);
    expect(judged.failures[0]?.code).toBeDefined();
  });

  it("of two authorities that certify each other leads nowhere and costs two checks", async () => {
    const root = await fabricate({ subject: "Root", extensions: [authority] });
    const [one, two] = [newSigner(), newSigner()];
    const first = await fabricate({ subject: "One", signer: one, extensions: [authority] });
    const second = await fabricate({ subject: "Two", signer: two, issuer: first, extensions: [authority] });
    const back = await fabricate({ subject: "One", signer: one, issuer: second, extensions: [authority] });
    const end = await fabricate({ subject: "End", issuer: first });
    const judged = validate(end.certificate, [back.certificate, second.certificate], root.certificate);
    expect(judged).toMatchObject({
      isValid: false,
      failures: [{ code: "no-chain" }],
      spent: { signatureChecks: 2 },
    });
    expect(judged.exhausted).toBeUndefined();
  });

  it("of 5,000 certificates that bear the issuer's name costs no more checks than allowed, and one for each key", async () => {
    const root = await fabricate({ subject: "Root", extensions: [authority] });
    const middle = await fabricate({ subject: "Middle", issuer: root, extensions: [authority] });
    const other = await fabricate({ subject: "Middle", extensions: [authority] });
    const end = await fabricate({ subject: "End", issuer: middle });
    const crowd = lookAlikes(other, 5_000, true);
    const judged = validate(end.certificate, [...crowd, middle.certificate], root.certificate);
    expect(judged).toMatchObject({ isValid: false, exhausted: "signatureChecks" });
    expect(judged.spent.signatureChecks).toBe(defaultPathBudget.signatureChecks);
    const found = validate(end.certificate, [middle.certificate, ...crowd], root.certificate);
    expect(found).toMatchObject({ isValid: true, spent: { signatureChecks: 2 } });
    const twins = lookAlikes(other, 500, false);
    const past = validate(end.certificate, [...twins, middle.certificate], root.certificate);
    expect(past).toMatchObject({ isValid: true, spent: { signatureChecks: 3 } });
  });

  it("of 3,000 certificates with one name and one key, expired, is walked once over", async () => {
    const root = await fabricate({ subject: "Root", extensions: [authority] });
    const middle = await fabricate({
      subject: "Middle",
      notAfter: new Date("2026-02-01T00:00:00Z"),
      extensions: [authority],
    });
    const end = await fabricate({ subject: "End", issuer: middle });
    // Each is a right issuer of the end, and each of the others would be one of it.
    const twins = lookAlikes(middle, 3_000, false);
    const judged = validate(end.certificate, twins, root.certificate);
    expect(judged).toMatchObject({ isValid: false, exhausted: "links", spent: { signatureChecks: 1 } });
    expect(judged.spent.links).toBe(defaultPathBudget.links);
  });

  it("pays more for signatures that cost more", async () => {
    const root = await fabricate({
      subject: "Root",
      signer: newSigner("ML-DSA-44"),
      extensions: [authority],
    });
    const end = await fabricate({ subject: "End", issuer: root });
    expect(validate(end.certificate, [], root.certificate)).toMatchObject({
      isValid: true,
      spent: { signatureChecks: 2 },
    });
  });

  it("with 10,000 name constraints and hundreds of names ends at the comparisons allowed", async () => {
    const subtrees = Array.from({ length: 10_000 }, (_, index) =>
      generalNames.dns(`n${String(index)}.example`),
    );
    const names = Array.from({ length: 100 }, (_, index) => generalNames.dns(`e${String(index)}.example`));
    const root = await fabricate({ subject: "Root", extensions: [authority] });
    // Larger than a certificate may be, so in parts; each is taken in by the next.
    const parts = [0, 1, 2, 3].map((part) => subtrees.slice(part * 2_500, (part + 1) * 2_500));
    let issuer = root;
    const above: Certificate[] = [];
    for (const [index, part] of parts.entries()) {
      issuer = await fabricate({
        subject: `A${String(index)}`,
        issuer,
        extensions: [authority, nameConstraints([], part)],
      });
      above.push(issuer.certificate);
    }
    const end = await fabricate({ subject: "End", issuer, extensions: [subjectAltName(...names)] });
    const judged = validate(end.certificate, above, root.certificate);
    expect(judged).toMatchObject({ isValid: false, exhausted: "nameComparisons" });
    expect(judged.failures).toMatchObject([{ code: "budget-exhausted" }]);
    const few = await fabricate({
      subject: "End",
      issuer,
      extensions: [subjectAltName(...names.slice(0, 20))],
    });
    expect(validate(few.certificate, above, root.certificate).isValid).toBe(true);
  });

  it("whose policies multiply from authority to authority stays small, and is refused past the nodes allowed", async () => {
    const policies = Array.from({ length: 60 }, (_, index) => `1.2.3.${String(index)}`);
    // Every policy is mapped to every other: a tree would have 60 to the sixth nodes.
    const mappings = policies.flatMap((from) => policies.map((to) => [from, to] as const));
    const root = await fabricate({ subject: "Root", extensions: [authority] });
    let issuer = root;
    const above: Certificate[] = [];
    for (let depth = 0; depth < 6; depth += 1) {
      issuer = await fabricate({
        subject: `A${String(depth)}`,
        issuer,
        extensions: [
          authority,
          certificatePolicies(...policies),
          policyMappings(...mappings.slice(0, 1_500)),
        ],
      });
      above.push(issuer.certificate);
    }
    const end = await fabricate({ subject: "End", issuer, extensions: [certificatePolicies(...policies)] });
    const judged = validate(end.certificate, above, root.certificate);
    expect(judged).toMatchObject({ isValid: false, exhausted: "policyNodes" });
    expect(judged.spent.policyNodes).toBeLessThanOrEqual(defaultPathBudget.policyNodes);
    const roomy = validate(end.certificate, above, root.certificate, { policyNodes: 50_000 });
    expect(roomy.isValid).toBe(true);
  });

  it("of a chain without end stops at the depth allowed", async () => {
    const root = await fabricate({ subject: "Root", extensions: [authority] });
    let issuer = root;
    const above: Certificate[] = [];
    for (let depth = 0; depth < 12; depth += 1) {
      issuer = await fabricate({ subject: `A${String(depth)}`, issuer, extensions: [authority] });
      above.push(issuer.certificate);
    }
    const judged = validate(issuer.certificate, above, root.certificate);
    expect(judged).toMatchObject({
      isValid: false,
      exhausted: "depth",
      failures: [{ code: "budget-exhausted" }],
    });
    expect(validate(issuer.certificate, above, root.certificate, { depth: 13 }).isValid).toBe(true);
  });

  it("is left when the caller says so", async () => {
    const root = await fabricate({ subject: "Root", extensions: [authority] });
    const end = await fabricate({ subject: "End", issuer: root });
    const judged = validate(end.certificate, [], root.certificate, { shouldStop: () => true });
    expect(judged).toMatchObject({ isValid: false, exhausted: "deadline", spent: { signatureChecks: 0 } });
  });
});
