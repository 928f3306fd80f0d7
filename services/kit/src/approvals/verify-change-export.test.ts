import { base64Of, bytesOfBase64 } from "@yinxin/crypto/bytes";
import { parseCertificateList } from "@yinxin/crypto/revocation";
import { hashReaderOfLeaves, treeRoot } from "@yinxin/crypto/tlog";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../../crypto/testing/fuzz-runs.ts";
import { createTestLogs, createTestOfficers, fixedClock } from "../testing/index.ts";
import type { RequestFields, TestLogEvent, TestOfficers } from "../testing/index.ts";
import {
  canonicalBytes,
  documentDigest,
  policyForkOf,
  policyInChange,
  signStatement,
  verifyChangeExport,
  verifyPolicyChain,
} from "./index.ts";
import type { ChangeExport, ChangeVerification, SignedChange } from "./index.ts";

const clock = fixedClock("2026-11-22T08:00:00.000Z");
const logs = createTestLogs(["test", "other"]);
let officers: TestOfficers;

beforeAll(async () => {
  const made = await createTestOfficers(clock);
  officers = { ...made, trust: { ...made.trust, logs: logs.logs } };
});

async function changeOf(fields: RequestFields, ...approvers: readonly string[]): Promise<SignedChange> {
  const { request, signature } = await officers.propose(fields);
  const decisions = await Promise.all(approvers.map((id) => officers.decide(request, id)));
  return {
    request: base64Of(request),
    signature: base64Of(signature),
    approvals: decisions.map(({ statement, signature: value }) => ({
      statement: base64Of(statement),
      signature: base64Of(value),
    })),
  };
}

function exportOf(change: SignedChange, changes: readonly SignedChange[] = []): ChangeExport {
  return { type: "yinxin-change-export", change, policies: { ...officers.chain, changes: [...changes] } };
}

function verify(change: SignedChange, changes?: readonly SignedChange[]): ChangeVerification {
  return verifyChangeExport(exportOf(change, changes), officers.trust);
}

function failuresOf({ checks }: ChangeVerification): string[] {
  return checks.filter(({ result }) => result === "failed").map(({ name }) => name);
}

const rotate = { operation: "key.rotate", target: "seal.maker" };

describe("a change, from its export and the roots alone", () => {
  it("is authorized by its proposer and one other security officer", async () => {
    const verification = verify(await changeOf(rotate, "li-qiang"));
    expect(failuresOf(verification)).toEqual([]);
    expect(verification).toMatchObject({
      verdict: "authorized",
      counted: 2,
      needed: 2,
      isBreakGlass: false,
      window: { from: "2026-11-22T08:00:00.000Z", until: "2026-11-22T09:00:00.000Z", uses: 1 },
      policy: { version: 1, digest: officers.trust.policy_genesis },
    });
    expect(
      verification.signatures.map(({ officer, decision, counts }) => [officer, decision, counts]),
    ).toEqual([
      ["wang-lei", "propose", true],
      ["li-qiang", "approve", true],
    ]);
  });

  it("needs two security officers where an administrator asks", async () => {
    const asked = { ...rotate, proposer: "zhao-min" };
    expect(verify(await changeOf(asked, "li-qiang"))).toMatchObject({ verdict: "waiting", counted: 1 });
    expect(verify(await changeOf(asked, "li-qiang", "wang-lei"))).toMatchObject({
      verdict: "authorized",
      counted: 2,
    });
  });

  it("needs nobody else where it only stops something", async () => {
    expect(verify(await changeOf({ operation: "key.suspend", target: "tsa" }))).toMatchObject({
      verdict: "authorized",
      needed: 1,
    });
    const asked = { operation: "key.suspend", target: "tsa", proposer: "zhao-min" };
    expect(verify(await changeOf(asked))).toMatchObject({ verdict: "waiting", counted: 0 });
  });

  it.each([
    ["the proposer's own approval", "wang-lei", "own-request"],
    ["an administrator's approval", "zhao-min", "role-not-permitted"],
    ["an auditor's approval", "sun-li", "role-not-permitted"],
  ])("does not count %s", async (_whose, officer, why) => {
    const verification = verify(await changeOf(rotate, officer));
    expect(verification).toMatchObject({ verdict: "waiting", counted: 1 });
    expect(verification.signatures.at(-1)).toMatchObject({ officer, counts: false, why });
  });

  it("counts a person once, however often they sign", async () => {
    const asked = { ...rotate, proposer: "zhao-min" };
    const verification = verify(await changeOf(asked, "li-qiang", "li-qiang", "li-qiang"));
    expect(verification).toMatchObject({ verdict: "waiting", counted: 1 });
    expect(verification.signatures.map(({ why }) => why)).toEqual([
      "role-not-permitted",
      undefined,
      "person-counted",
      "person-counted",
    ]);
  });

  it("waits for another unit where the rule asks for distinct ones", async () => {
    const asked = { operation: "test.units", target: "x", proposer: "li-qiang" };
    expect(verify(await changeOf(asked, "chen-jing"))).toMatchObject({ verdict: "waiting", counted: 2 });
    expect(verify(await changeOf(asked, "chen-jing", "wang-lei"))).toMatchObject({ verdict: "authorized" });
  });

  it("cannot be asked for by an auditor", async () => {
    const verification = verify(await changeOf({ ...rotate, proposer: "sun-li" }, "li-qiang", "wang-lei"));
    expect(verification.verdict).toBe("refused");
    expect(failuresOf(verification)).toEqual(["proposer-role"]);
  });

  it("is rejected by one security officer, and taken back by whoever asked", async () => {
    const asked = await officers.propose({ ...rotate, proposer: "zhao-min" });
    const decisions = [
      await officers.decide(asked.request, "li-qiang"),
      await officers.decide(asked.request, "zhao-min", { decision: "reject" }),
    ];
    const change = {
      request: base64Of(asked.request),
      signature: base64Of(asked.signature),
      approvals: decisions.map(({ statement, signature }) => ({
        statement: base64Of(statement),
        signature: base64Of(signature),
      })),
    };
    expect(verify(change)).toMatchObject({ verdict: "rejected", counted: 1 });
  });

  it("is authorized at once by the break-glass key, once, and loudly", async () => {
    const verification = verify(await changeOf({ operation: "test.count", target: "x" }, "break-glass"));
    expect(verification).toMatchObject({ verdict: "authorized", isBreakGlass: true, window: { uses: 1 } });
  });

  it.each([
    { operation: "break-glass.review", target: "chg_1", parameters: { finding: "fine" } },
    { operation: "policy.change", target: "officer-policy", parameters: {} },
    { operation: "audit.replace-key", target: "seal.audit", parameters: {} },
  ])("leaves $operation to persons, whatever the break-glass key signed", async (asked) => {
    const verification = verify(await changeOf(asked, "break-glass"));
    expect(verification).toMatchObject({ verdict: "waiting", isBreakGlass: false });
    expect(verification.signatures.at(-1)?.why).toBe("not-for-break-glass");
  });
});

describe("a change that somebody altered", () => {
  it("is refused with any member of the request edited after approval", async () => {
    const change = await changeOf(rotate, "li-qiang");
    const request = JSON.parse(Buffer.from(change.request, "base64").toString()) as Record<string, unknown>;
    for (const member of ["target", "operation", "reason", "service", "nonce"]) {
      const edited = { ...request, [member]: member === "operation" ? "key.destroy" : "00".repeat(16) };
      if (member === "service") edited[member] = "seal";
      const verification = verify({ ...change, request: base64Of(canonicalBytes(edited)) });
      expect(verification.verdict, member).toBe("refused");
      expect(failuresOf(verification), member).toEqual(["proposal-signature", "statement-request"]);
    }
  });

  it("is refused even if the proposer signs the edited request again", async () => {
    const first = await officers.propose(rotate);
    const approval = await officers.decide(first.request, "li-qiang");
    const edited = await officers.propose({ ...first.value, target: "ca.root.sm2" });
    const verification = verify({
      request: base64Of(edited.request),
      signature: base64Of(edited.signature),
      approvals: [{ statement: base64Of(approval.statement), signature: base64Of(approval.signature) }],
    });
    expect(failuresOf(verification)).toEqual(["statement-request"]);
  });

  it("is refused where one officer's statement is signed by another's key", async () => {
    const { request, signature } = await officers.propose(rotate);
    const forged = await officers.decide(request, "li-qiang", { by: officers.identity("wang-lei") });
    const approvals = [{ statement: base64Of(forged.statement), signature: base64Of(forged.signature) }];
    const verification = verify({ request: base64Of(request), signature: base64Of(signature), approvals });
    expect(failuresOf(verification)).toEqual(["statement-signature"]);
  });

  it("is refused where the right key signs under another certificate of it", async () => {
    const again = await officers.enrol("li-qiang", officers.identity("li-qiang").signer);
    const { request, signature } = await officers.propose(rotate);
    const other = await officers.decide(request, "li-qiang", { by: again });
    const approvals = [{ statement: base64Of(other.statement), signature: base64Of(other.signature) }];
    const verification = verify({ request: base64Of(request), signature: base64Of(signature), approvals });
    expect(failuresOf(verification)).toEqual(["statement-signature"]);
  });

  it("is refused with an approval after the request's end, or from before it", async () => {
    const { request, signature } = await officers.propose(rotate);
    for (const hours of [25, -1]) {
      const at = new Date(clock.now().getTime() + hours * 3_600_000);
      const late = await officers.decide(request, "li-qiang", { at });
      const approvals = [{ statement: base64Of(late.statement), signature: base64Of(late.signature) }];
      const verification = verify({ request: base64Of(request), signature: base64Of(signature), approvals });
      expect(failuresOf(verification)).toEqual(["statement-times"]);
    }
  });

  it("is refused where it may wait for longer than the rule allows", async () => {
    const not_after = new Date(clock.now().getTime() + 86_400_001).toISOString();
    expect(failuresOf(verify(await changeOf({ ...rotate, not_after }, "li-qiang")))).toEqual([
      "request-times",
    ]);
  });

  it("is refused where a document says the same in other words", async () => {
    const { request, value } = await officers.propose(rotate);
    const spaced = new TextEncoder().encode(JSON.stringify(value, undefined, 1));
    const signature = await signStatement(officers.identity("wang-lei"), spaced, clock.now());
    const change = { request: base64Of(spaced), signature: base64Of(signature), approvals: [] };
    expect(request).not.toEqual(spaced);
    expect(failuresOf(verify(change))).toEqual(["request-form"]);
  });

  it("is refused where it has what nobody is shown, a day that is none, or brackets without end", async () => {
    const { value } = await officers.propose({ ...rotate, parameters: { version: 1 } });
    const text = new TextDecoder().decode(canonicalBytes(value));
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const edits = [
      text.replace('"parameters":{', '"parameters":{"__proto__":{"version":2},'),
      text.replace(value.not_after, "2026-11-31T08:00:00.000Z"),
      text.replace('"version":1', `"version":${deep}`),
    ];
    for (const edit of edits) {
      expect(edit).not.toBe(text);
      const request = new TextEncoder().encode(edit);
      const signature = await signStatement(officers.identity("wang-lei"), request, clock.now());
      const change = { request: base64Of(request), signature: base64Of(signature), approvals: [] };
      expect(failuresOf(verify(change)), edit.slice(0, 300)).toEqual(["request-form"]);
    }
  });

  it("is refused under a first policy in which one person is two officers, pinned or not", async () => {
    const doubled = await createTestOfficers(clock, {
      change: (policy) => ({
        ...policy,
        officers: policy.officers.map((officer) =>
          officer.id === "li-qiang" ? { ...officer, person: "person of wang-lei" } : officer,
        ),
      }),
    });
    const { request, signature } = await doubled.propose(rotate);
    const approval = await doubled.decide(request, "li-qiang");
    const approvals = [{ statement: base64Of(approval.statement), signature: base64Of(approval.signature) }];
    const change = { request: base64Of(request), signature: base64Of(signature), approvals };
    const exported = { type: "yinxin-change-export", change, policies: doubled.chain };
    const verification = verifyChangeExport(exported, doubled.trust);
    expect(verification.verdict).toBe("refused");
    expect(verification.checks.at(-1)).toMatchObject({
      name: "policy-rules",
      where: "policies.genesis.officers[2]",
    });
  });

  it("is refused if a signature was made when the officer's certificate was not valid", async () => {
    const created_at = "2030-11-22T08:00:00.000Z";
    const change = await changeOf({ ...rotate, created_at, not_after: "2030-11-22T09:00:00.000Z" });
    const verification = verify(change);
    expect(failuresOf(verification)).toEqual(["proposal-signature"]);
    expect(verification.checks.at(-1)?.clause).toMatch(/^RFC 5280/);
  });

  it("is refused under roots, a first policy, or a deployment that the verifier does not have", async () => {
    const exported = exportOf(await changeOf(rotate, "li-qiang"));
    const others = await createTestOfficers(clock);
    const { trust } = officers;
    expect(
      failuresOf(verifyChangeExport(exported, { ...trust, policy_genesis: others.trust.policy_genesis })),
    ).toEqual(["policy-genesis"]);
    expect(
      failuresOf(verifyChangeExport(exported, { ...trust, officer_roots: others.trust.officer_roots })),
    ).toEqual(["proposal-signature", "statement-signature"]);
    expect(failuresOf(verifyChangeExport(exported, { ...trust, deployment: "elsewhere" }))).toEqual([
      "policy-succession",
    ]);
  });

  it("never throws, whatever octets are changed, and is never authorized with another request or statement", async () => {
    const change = await changeOf(rotate, "li-qiang");
    const [approval] = change.approvals;
    const places = ["request", "signature", "statement", "approval"] as const;
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.nat(), fc.integer({ min: 1, max: 255 }), (place, at, by) => {
        const edit = (text: string): string => {
          const bytes = bytesOfBase64(text);
          bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ by;
          return base64Of(bytes);
        };
        const edited = {
          request: place === "request" ? edit(change.request) : change.request,
          signature: place === "signature" ? edit(change.signature) : change.signature,
          approvals: [
            {
              statement:
                place === "statement" ? edit(approval?.statement ?? "") : (approval?.statement ?? ""),
              signature: place === "approval" ? edit(approval?.signature ?? "") : (approval?.signature ?? ""),
            },
          ],
        };
        const { verdict } = verify(edited);
        // The certificates that are sent along are not under the signature, and need not be: none of them is believed.
        if (place === "request" || place === "statement") expect(verdict).toBe("refused");
        else expect(["refused", "authorized"]).toContain(verdict);
      }),
      { numRuns: fuzzRuns(60) },
    );
  });

  it.each([undefined, null, 1, "", [], {}, { type: "yinxin-change-export" }])(
    "is refused if it is %j",
    (exported) => {
      expect(verifyChangeExport(exported, officers.trust).verdict).toBe("refused");
    },
  );
});

describe("a chain of policies", () => {
  async function policyChange(policy: unknown, ...approvers: readonly string[]): Promise<SignedChange> {
    const change = await changeOf(
      { operation: "policy.change", target: "officer-policy", parameters: { policy } as never },
      ...approvers,
    );
    return { ...change, recorded: await logs.record("test", [executionOf(change)]) };
  }

  function executionOf({ request }: SignedChange, at = "2026-11-22T08:10:00.000Z"): TestLogEvent {
    const bytes = bytesOfBase64(request);
    const { id: subject } = JSON.parse(new TextDecoder().decode(bytes)) as { id: string };
    return { at, action: "change.executed", subject, detail: { request: documentDigest(bytes) } };
  }

  function nextPolicy() {
    const { policy, trust } = officers;
    return {
      ...policy,
      version: 2,
      previous: trust.policy_genesis,
      officers: policy.officers.map((officer) =>
        officer.id === "chen-jing" ? { ...officer, unit: "公安局" } : officer,
      ),
    };
  }

  it("leads to a policy that its predecessor's officers approved", async () => {
    const policy = nextPolicy();
    const { digest } = policyInChange({ parameters: { policy } });
    const change = await changeOf({ ...rotate, policy: digest }, "li-qiang");
    const verification = verify(change, [await policyChange(policy, "li-qiang")]);
    expect(failuresOf(verification)).toEqual([]);
    expect(verification).toMatchObject({ verdict: "authorized", policy: { version: 2, digest } });
  });

  it.each([
    ["fewer than the old rule asks for", () => nextPolicy(), [], "policy-succession"],
    ["the number of another", () => ({ ...nextPolicy(), version: 3 }), ["li-qiang"], "policy-succession"],
    [
      "another policy named as the one before",
      () => ({ ...nextPolicy(), previous: documentDigest(new Uint8Array()) }),
      ["li-qiang"],
      "policy-succession",
    ],
    [
      "another deployment",
      () => ({ ...nextPolicy(), deployment: "elsewhere" }),
      ["li-qiang"],
      "policy-succession",
    ],
    ["nobody to watch", () => withoutAuditor(), ["li-qiang"], "policy-rules"],
    ["a member that is not known", () => ({ ...nextPolicy(), owner: "me" }), ["li-qiang"], "policy-form"],
  ])("does not lead to a policy with %s", async (_what, make, approvers, check) => {
    const policy = make();
    const { digest } = policyInChange({ parameters: { policy } });
    const change = await changeOf({ ...rotate, policy: digest }, "li-qiang");
    const verification = verify(change, [await policyChange(policy, ...approvers)]);
    expect(verification.verdict).toBe("refused");
    expect(failuresOf(verification)).toEqual([check]);
  });

  function withoutAuditor() {
    const policy = nextPolicy();
    return { ...policy, officers: policy.officers.filter(({ role }) => role !== "auditor") };
  }

  it("does not lead to a policy that was approved and never came into force", async () => {
    const policy = nextPolicy();
    const { digest } = policyInChange({ parameters: { policy } });
    const change = await changeOf({ ...rotate, policy: digest }, "li-qiang");
    const { recorded, ...approved } = await policyChange(policy, "li-qiang");
    const competing = await policyChange({ ...policy, officers: [...policy.officers].reverse() }, "li-qiang");
    const executed = executionOf(approved);
    const stranger = createTestLogs(["test"]);
    const records = [
      [undefined, ["policy-in-force"]],
      // Of the competing change, which was the one that came into force.
      [competing.recorded, ["log-record", "policy-in-force"]],
      [await logs.record("test", [{ ...executed, action: "change.approved" }]), ["policy-in-force"]],
      [await logs.record("test", [{ ...executed, at: "2026-11-22T09:06:00.000Z" }]), ["policy-in-force"]],
      [await logs.record("test", [{ ...executed, at: "2026-11-22T07:54:00.000Z" }]), ["policy-in-force"]],
      [await stranger.record("test", [executed]), ["policy-in-force"]],
      [{ ...(recorded ?? competing.recorded), hashes: [] }, ["log-record", "policy-in-force"]],
    ] as const;
    for (const [index, [record, failures]] of records.entries()) {
      const link = { ...approved, ...(record && { recorded: record }) } as SignedChange;
      const verification = verify(change, [link]);
      expect(failuresOf(verification), String(index)).toEqual(failures);
      expect(verification.verdict).toBe("refused");
    }
    const noLogs = { ...officers.trust, logs: "" };
    const exported = exportOf(change, [{ ...approved, ...(recorded && { recorded }) }]);
    expect(failuresOf(verifyChangeExport(exported, noLogs))).toEqual(["policy-in-force"]);
    // The key of the log that recorded it was replaced since: it says nothing any more, but what was known by then stays.
    const replaced = [...officers.trust.logs.matchAll(/^log (\S+)/gmu)].map(([, key = ""]) => {
      return { key, since: "2026-11-22T09:00:00Z", change: "chg_9" };
    });
    const renewed = { ...noLogs, logs: "quorum none\n", replaced_log_keys: replaced };
    expect(failuresOf(verifyChangeExport(exported, renewed))).toEqual(["policy-in-force"]);
    const knowing = { ...renewed, policies_in_force: [digest] };
    expect(failuresOf(verifyChangeExport(exported, knowing))).toEqual([]);
    // Whoever knows by another way that it was in force needs no log.
    const inForce = new Set([digest]);
    expect(verifyChangeExport(exportOf(change, [approved]), noLogs, { inForce }).verdict).toBe("authorized");
  });

  it("is a fork where two are proved that have another policy under one number", async () => {
    const one = nextPolicy();
    const other = { ...one, officers: [...one.officers].reverse() };
    const chains = [];
    for (const policy of [one, other]) {
      const changes = [await policyChange(policy, "li-qiang")];
      chains.push(verifyPolicyChain({ ...officers.chain, changes }, officers.trust));
    }
    expect(chains.map(({ isValid }) => isValid)).toEqual([true, true]);
    const [first = [], second = []] = chains.map(({ policies }) => policies);
    expect(policyForkOf([first, second, first.slice(0, 1)])).toEqual({
      version: 2,
      digests: [first[1]?.digest, second[1]?.digest],
    });
    expect(policyForkOf([first, first.slice(0, 1)])).toBeUndefined();
    expect(policyForkOf([])).toBeUndefined();
  });

  it("does not let two approvals under two policies count together", async () => {
    const policy = nextPolicy();
    const { digest } = policyInChange({ parameters: { policy } });
    const succession = await policyChange(policy, "li-qiang");
    const old = await changeOf(rotate, "li-qiang");
    const { request, signature } = await officers.propose({ ...rotate, policy: digest });
    const verification = verify(
      { request: base64Of(request), signature: base64Of(signature), approvals: old.approvals },
      [succession],
    );
    expect(failuresOf(verification)).toEqual(["statement-request"]);
    expect(failuresOf(verify(old, [succession]))).toEqual(["request-policy"]);
  });
});

describe("the log that the proposer saw", () => {
  const before = ["a", "b", "c", "d", "e"];
  const origin = "yinxin.example/audit/test";

  async function rootOf(leaves: readonly string[]): Promise<string> {
    const readHashes = hashReaderOfLeaves(leaves.map((text) => new TextEncoder().encode(text)));
    return `sha-256:${Buffer.from(await treeRoot(readHashes, leaves.length)).toString("hex")}`;
  }

  async function asked(size: number, root: string, name = origin): Promise<SignedChange> {
    return await changeOf({ ...rotate, audit_head: { origin: name, size, root } }, "li-qiang");
  }

  function proposalOf({ request }: SignedChange): TestLogEvent {
    const bytes = bytesOfBase64(request);
    const { id: subject } = JSON.parse(new TextDecoder().decode(bytes)) as { id: string };
    const detail = { request: documentDigest(bytes) };
    return { at: "2026-11-22T08:00:00.000Z", action: "change.proposed", subject, detail };
  }

  it("is the one that the record of the change goes on from", async () => {
    const change = await asked(3, await rootOf(before.slice(0, 3)));
    const recorded = await logs.record("test", [proposalOf(change)], { before, headSize: 3 });
    const verification = verify({ ...change, recorded });
    expect(verification.verdict).toBe("authorized");
    expect(verification.checks.filter(({ name }) => name === "audit-head")).toMatchObject([
      { result: "passed", detail: "The log goes on from the 3 events that the proposer saw." },
    ]);
    // Without a record there is nothing to hold it against, and an older export never had one.
    expect(verify(change).verdict).toBe("authorized");
  });

  it("is not that of a service that was restored, forked, or is another, nor of one that leaves the proof out", async () => {
    const root = await rootOf(before.slice(0, 3));
    const honest = await asked(3, root);
    const elsewhere = await asked(3, root, "yinxin.example/audit/other");
    const other = ["a", "x", "c", "d", "e"];
    const records: readonly (readonly [SignedChange, SignedChange["recorded"]])[] = [
      [honest, await logs.record("test", [proposalOf(honest)], { before: other, headSize: 3 })],
      [honest, await logs.record("test", [proposalOf(honest)], { before: ["a"] })],
      [honest, await logs.record("test", [proposalOf(honest)], { before })],
      [honest, await logs.record("other", [proposalOf(honest)], { before, headSize: 3 })],
      [elsewhere, await logs.record("test", [proposalOf(elsewhere)], { before, headSize: 3 })],
    ];
    for (const [change, recorded] of records) {
      const verification = verify({ ...change, ...(recorded && { recorded }) });
      expect(failuresOf(verification)).toEqual(["audit-head"]);
      expect(verification.verdict).toBe("refused");
    }
  });
});

describe("an officer's certificate that was revoked", () => {
  const lasting = { from: new Date("2026-11-22T12:00:00.000Z"), until: new Date("2026-11-29T12:00:00.000Z") };
  const now = new Date("2026-11-22T13:00:00.000Z");

  async function verdictOf(
    change: SignedChange,
    revokedAt: string | undefined,
    more: Partial<typeof lasting> = {},
  ): Promise<ChangeVerification> {
    const { certificate } = officers.identity("li-qiang");
    const revoked = revokedAt === undefined ? [] : [{ certificate, at: new Date(revokedAt) }];
    const crls = (await officers.crls(revoked, { ...lasting, ...more })).map(parseCertificateList);
    return verifyChangeExport(exportOf(change), officers.trust, { revocation: { crls, now } });
  }

  async function recordedAt(change: SignedChange, at: string): Promise<SignedChange> {
    const request = bytesOfBase64(change.request);
    const { id: subject } = JSON.parse(new TextDecoder().decode(request)) as { id: string };
    const digest = documentDigest(request);
    const statement = documentDigest(bytesOfBase64(change.approvals[0]?.statement ?? ""));
    const events = [
      { at: "2026-11-22T08:00:00.000Z", action: "change.proposed", subject, detail: { request: digest } },
      { at, action: "change.approved", subject, detail: { request: digest, statement } },
    ];
    return { ...change, recorded: await logs.record("test", events) };
  }

  it("spoils what it signed from then on, and what the log did not have before", async () => {
    const change = await changeOf(rotate, "li-qiang");
    const before = "2026-11-22T07:00:00.000Z";
    const after = "2026-11-22T10:00:00.000Z";
    const cases = [
      [change, undefined, []],
      [await recordedAt(change, "2026-11-22T08:00:01.000Z"), after, []],
      [change, before, ["officer-revocation"]],
      [change, after, ["officer-revocation"]],
      // Signed with a time of before the revocation, by whoever had the key after it.
      [await recordedAt(change, "2026-11-22T10:00:00.000Z"), after, ["officer-revocation"]],
    ] as const;
    for (const [signed, revokedAt, failures] of cases) {
      const verification = await verdictOf(signed, revokedAt);
      expect(failuresOf(verification)).toEqual(failures);
      expect(verification.verdict).toBe(failures.length === 0 ? "authorized" : "refused");
    }
  });

  it("is not known to be good where lists are stale, still to come, or others'", async () => {
    const change = await changeOf(rotate, "li-qiang");
    const old = { from: new Date("2026-11-01T00:00:00.000Z"), until: new Date("2026-11-08T00:00:00.000Z") };
    const later = { from: new Date("2026-11-23T00:00:00.000Z") };
    for (const more of [old, later])
      expect(failuresOf(await verdictOf(change, undefined, more))).toEqual([
        "officer-revocation",
        "officer-revocation",
      ]);
    const strangers = await createTestOfficers(clock);
    const crls = (await strangers.crls([], lasting)).map(parseCertificateList);
    const verification = verifyChangeExport(exportOf(change), officers.trust, { revocation: { crls, now } });
    expect(failuresOf(verification)).toEqual(["officer-revocation", "officer-revocation"]);
  });
});
