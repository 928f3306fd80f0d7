import { base64Of, bytesOfBase64, textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";
import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { encodeLogPolicy, encodeNoteKey, noteKeyOf, parseLogPolicy } from "@yinxin/crypto/tlog";
import type { NoteKey } from "@yinxin/crypto/tlog";
import { beforeAll, describe, expect, it } from "vitest";

import { documentDigest, policyInChange, verifyChangeExport } from "../approvals/index.ts";
import type { ChangeExport, GovernanceTrust, SignedChange } from "../approvals/index.ts";
import { createTestLogs, createTestOfficers, fixedClock } from "../testing/index.ts";
import type { RequestFields, TestOfficers } from "../testing/index.ts";
import { readKeyReplacement, withKeyReplaced, withKeyReplacedInFile } from "./key-replacement.ts";

const since = "2026-11-22T07:00:00.000Z";
const services = ["test", "other"];
const lost = createTestLogs(services);
const next = createTestLogs(services);
const origin = "yinxin.example/audit/test";
let officers: TestOfficers;
let trust: GovernanceTrust;

beforeAll(async () => {
  officers = await createTestOfficers(fixedClock("2026-11-22T08:00:00.000Z"));
  trust = { ...officers.trust, logs: lost.logs };
});

function keyIn({ logs }: { readonly logs: string }): NoteKey {
  const found = parseLogPolicy(utf8Of(logs)).logs.find(({ key }) => key.name === origin);
  if (found === undefined) throw new RangeError(`no log ${origin}`);
  return found.key;
}

async function approved(fields: RequestFields): Promise<SignedChange> {
  const { request, signature } = await officers.propose(fields);
  const decision = await officers.decide(request, "li-qiang");
  const approvals = [{ statement: base64Of(decision.statement), signature: base64Of(decision.signature) }];
  return { request: base64Of(request), signature: base64Of(signature), approvals };
}

interface Replacing {
  readonly from: NoteKey;
  readonly to: NoteKey;
  readonly policy?: string;
  readonly changes?: readonly SignedChange[];
}

async function exportOf({ from, to, policy, changes = [] }: Replacing): Promise<ChangeExport> {
  const change = await approved({
    operation: "audit.replace-key",
    target: "test.audit",
    parameters: { from: encodeNoteKey(from), to: encodeNoteKey(to), since },
    ...(policy !== undefined && { policy }),
  });
  return { type: "yinxin-change-export", change, policies: { ...officers.chain, changes: [...changes] } };
}

/** A second policy that officers approved, with the word of a log that it came into force. */
async function secondPolicy(log: typeof lost): Promise<{ policy: string; changes: readonly SignedChange[] }> {
  const value = { ...officers.policy, version: 2, previous: officers.trust.policy_genesis };
  const change = await approved({
    operation: "policy.change",
    target: "officer-policy",
    parameters: { policy: value } as never,
  });
  const bytes = bytesOfBase64(change.request);
  const { id: subject } = JSON.parse(textOfUtf8(bytes)) as { id: string };
  const detail = { request: documentDigest(bytes) };
  const at = "2026-11-22T08:10:00.000Z";
  const recorded = await log.record("test", [{ at, action: "change.executed", subject, detail }]);
  const { digest } = policyInChange({ parameters: { policy: value } });
  return { policy: digest, changes: [{ ...change, recorded }] };
}

describe("the replacement of a lost log key", () => {
  it("is believed under a policy that a log of the trust file says is in force", async () => {
    const [from, to] = [keyIn(lost), keyIn(next)];
    const exported = await exportOf({ from, to, ...(await secondPolicy(lost)) });
    const replaced = withKeyReplaced(trust, readKeyReplacement(exported, trust));
    expect(encodeNoteKey(keyIn(replaced))).toBe(encodeNoteKey(to));
    expect(replaced.replaced_log_keys?.map(({ key }) => key)).toEqual([encodeNoteKey(from)]);
    // What the lost key said of the policies counts no more; that they were proved before stays.
    expect(verifyChangeExport(exported, replaced).verdict).toBe("authorized");
    expect(verifyChangeExport(exported, { ...replaced, policies_in_force: [] }).verdict).toBe("refused");
  });

  it("is not believed under a policy that only the new key itself says is in force", async () => {
    const exported = await exportOf({ from: keyIn(lost), to: keyIn(next), ...(await secondPolicy(next)) });
    expect(() => readKeyReplacement(exported, trust)).toThrow(
      expect.objectContaining({ code: "change-not-approved" }) as Error,
    );
  });

  it("does not bring back a key by an earlier replacement, in the trust file or in another file", async () => {
    const [first, second, third] = [keyIn(lost), keyIn(next), keyIn(createTestLogs(services))];
    const one = readKeyReplacement(await exportOf({ from: first, to: second }), trust);
    const after = withKeyReplaced(trust, one);
    expect(withKeyReplaced(after, one)).toEqual(after);
    const file = { logs: [{ origin, vkeys: [encodeNoteKey(second)] }] };

    // The second key was rotated in good order, and the third stands beside it.
    const { logs, ...rest } = parseLogPolicy(utf8Of(after.logs));
    const rotated = { ...after, logs: encodeLogPolicy({ ...rest, logs: [...logs, { key: third }] }) };
    expect(withKeyReplaced(rotated, one)).toEqual(rotated);

    // The second was lost too.
    const two = readKeyReplacement(await exportOf({ from: second, to: third }), after);
    const last = withKeyReplaced(after, two);
    const renewed = withKeyReplacedInFile(file, two, after);
    expect(renewed).toEqual({ logs: [{ origin, vkeys: [encodeNoteKey(third)] }] });
    const isReplaced = expect.objectContaining({ code: "key-replaced" }) as Error;
    expect(() => withKeyReplaced(last, one)).toThrow(isReplaced);
    expect(() => withKeyReplacedInFile(renewed, one, last)).toThrow(isReplaced);
  });

  it("is refused for a key that is already the log's, or of another name", async () => {
    const stranger = noteKeyOf("elsewhere", createSoftwareSigner(generateKey("Ed25519").pkcs8).publicKey);
    for (const to of [keyIn(lost), stranger]) {
      const exported = await exportOf({ from: keyIn(lost), to });
      expect(() => readKeyReplacement(exported, trust)).toThrow("the change replaces no key of a log");
    }
  });
});
