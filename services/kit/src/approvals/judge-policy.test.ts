import { createPrivateKey } from "node:crypto";

import { base64Of } from "@yinxin/crypto/bytes";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { beforeAll, describe, expect, it } from "vitest";

import { createTestOfficers, fixedClock } from "../testing/index.ts";
import type { TestOfficers } from "../testing/index.ts";
import { coreOperations, fewestPersons, judgePolicy } from "./index.ts";
import type { Officer, OfficerPolicy } from "./index.ts";

const clock = fixedClock("2026-11-22T08:00:00.000Z");
let officers: TestOfficers;

beforeAll(async () => {
  officers = await createTestOfficers(clock);
});

function codesOf(policy: OfficerPolicy): string[] {
  return judgePolicy(policy).map(({ code }) => code);
}

function withOfficer(officer: Officer): OfficerPolicy {
  return { ...officers.policy, officers: [...officers.policy.officers, officer] };
}

/** Whoever has the private key d of P-256 has n - d too, whose point is the same but for its y. */
function turnedOver(pkcs8: Uint8Array): Uint8Array {
  const jwk = createPrivateKey({ key: Buffer.from(pkcs8), type: "pkcs8", format: "der" }).export({
    format: "jwk",
  });
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const prime = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
  const less = (from: bigint, text = ""): string => {
    const value = from - BigInt(`0x${Buffer.from(text, "base64url").toString("hex")}`);
    return Buffer.from(value.toString(16).padStart(64, "0"), "hex").toString("base64url");
  };
  const key = { ...jwk, d: less(order, jwk.d), y: less(prime, jwk.y) };
  return createPrivateKey({ key, format: "jwk" }).export({ type: "pkcs8", format: "der" });
}

describe("a policy", () => {
  it("that keeps what every policy must has no problems", () => {
    expect(judgePolicy(officers.policy)).toEqual([]);
  });

  it("does not have one person twice, however the name is written", async () => {
    const second = officers.officer(
      "wang-lei-2",
      await officers.enrol("wang-lei-2"),
      "auditor",
      "Person  OF wang-lei",
    );
    expect(codesOf(withOfficer(second))).toEqual(["person-twice"]);
  });

  it("does not have two accounts with one id", async () => {
    const second = officers.officer("wang-lei", await officers.enrol("other"), "auditor", "somebody else");
    expect(codesOf(withOfficer(second))).toEqual(["officer-twice"]);
  });

  it("does not have two officers who share a card", () => {
    const shared = officers.officer("wu-di", officers.identity("wang-lei"), "security-officer");
    expect(codesOf(withOfficer(shared))).toEqual(["certificate-twice", "key-twice", "subject-twice"]);
  });

  it("does not have a card twice by issuing its certificate again", async () => {
    const again = await officers.enrol("wu-di", officers.identity("wang-lei").signer);
    expect(codesOf(withOfficer(officers.officer("wu-di", again, "security-officer")))).toEqual(["key-twice"]);
  });

  it("does not have a card twice by turning its key over", async () => {
    const { pkcs8 } = generateKey("ES256");
    const one = officers.officer(
      "wu-di",
      await officers.enrol("wu-di", createSoftwareSigner(pkcs8)),
      "auditor",
    );
    const turned = createSoftwareSigner(turnedOver(pkcs8));
    const other = officers.officer("he-yu", await officers.enrol("he-yu", turned), "security-officer");
    expect(codesOf({ ...officers.policy, officers: [...officers.policy.officers, one, other] })).toEqual([
      "key-twice",
    ]);
  });

  it("does not have one person twice by marks that nobody sees or a dash of another kind", async () => {
    for (const person of ["person\u034f of\u3164 wang-lei", "person of wang\u2011lei"]) {
      const second = officers.officer("wang-lei-2", await officers.enrol("wang-lei-3"), "auditor", person);
      expect(codesOf(withOfficer(second)), JSON.stringify(person)).toEqual(["person-twice"]);
    }
  });

  it("does not make an officer of an authority, which could make officers", () => {
    const [, issuing] = [officers.identity("wang-lei").certificate, ...officers.identity("wang-lei").chain];
    if (issuing === undefined) throw new Error("there is no issuing authority");
    const identity = { ...officers.identity("wang-lei"), certificate: issuing };
    expect(codesOf(withOfficer(officers.officer("wu-di", identity, "security-officer")))).toEqual([
      "certificate-of-authority",
    ]);
  });

  it("does not have two certificates for one name", async () => {
    const again = await officers.enrol("wang-lei", createSoftwareSigner(generateKey("ES256").pkcs8));
    expect(codesOf(withOfficer(officers.officer("wu-di", again, "security-officer")))).toEqual([
      "subject-twice",
    ]);
  });

  it("does not give the break-glass key to an officer, nor its name", async () => {
    const holder = officers.officer("wu-di", officers.identity("break-glass"), "auditor");
    expect(codesOf(withOfficer(holder))).toEqual(["certificate-twice", "key-twice", "subject-twice"]);
    const named = officers.officer("break-glass", await officers.enrol("named"), "auditor");
    expect(codesOf(withOfficer(named))).toEqual(["name-reserved", "officer-twice"]);
  });

  it("has certificates that can be read and keys that everybody can verify", async () => {
    const [first, ...rest] = officers.policy.officers;
    const broken = { ...first, certificate: base64Of(new Uint8Array(10)) } as Officer;
    expect(codesOf({ ...officers.policy, officers: [broken, ...rest] })).toContain("certificate-unreadable");
    expect(codesOf(withOfficer(officers.officer("wu-di", await ed25519(), "auditor")))).toEqual([
      "key-not-supported",
      "certificate-of-authority",
    ]);
  });

  async function ed25519() {
    const { issueCertificate } = await import("@yinxin/crypto/issuing");
    const { parseCertificate } = await import("@yinxin/crypto/x509");
    const signer = createSoftwareSigner(generateKey("Ed25519").pkcs8);
    const raw = await issueCertificate({
      profile: "root-ca",
      subject: [{ type: "CN", value: "Ed" }],
      publicKey: signer.publicKey,
      issuer: { signer },
      serialNumber: new Uint8Array(16).fill(7),
      notBefore: new Date("2026-01-01T00:00:00Z"),
      notAfter: new Date("2027-01-01T00:00:00Z"),
    });
    return { signer, certificate: parseCertificate(raw), chain: [] };
  }

  it.each(["system-administrator", "security-officer", "auditor"] as const)("has a %s", (role) => {
    const rest = officers.policy.officers.filter((officer) => officer.role !== role);
    expect(codesOf({ ...officers.policy, officers: rest })).toContain("role-missing");
  });

  it.each(coreOperations)("has a rule for %s that is not below the minimum", (operation) => {
    const { [operation]: rule, ...others } = officers.policy.rules;
    expect(codesOf({ ...officers.policy, rules: others })).toEqual(["rule-missing"]);
    const persons = fewestPersons(operation) - 1;
    const weaker = { ...others, [operation]: { ...rule, persons } as NonNullable<typeof rule> };
    expect(codesOf({ ...officers.policy, rules: weaker })).toEqual(["rule-too-weak"]);
  });

  it("asks for no more persons or units than it has", () => {
    const { "key.rotate": rule, ...others } = officers.policy.rules;
    const withRule = (change: object): OfficerPolicy => ({
      ...officers.policy,
      rules: { ...others, "key.rotate": { ...rule, ...change } as NonNullable<typeof rule> },
    });
    expect(codesOf(withRule({ persons: 4 }))).toEqual(["too-few-officers"]);
    expect(codesOf(withRule({ persons: 3, distinct_units: true }))).toEqual(["too-few-units"]);
  });

  it("lets one person stop, and needs two for everything else, also for what a service adds", () => {
    expect(coreOperations.filter((operation) => fewestPersons(operation) === 1)).toEqual([
      "key.suspend",
      "key.destroy-cancel",
      "scope.freeze",
    ]);
    expect(fewestPersons("seal.anything")).toBe(2);
  });
});
