import { spawnSync } from "node:child_process";

import { bytesOfBase64, utf8Of } from "@yinxin/crypto/bytes";
import {
  leafHash,
  parseCheckpoint,
  parseNote,
  parseNoteKey,
  verifyInclusion,
  verifyNote,
  verifySuccession,
} from "@yinxin/crypto/tlog";
import type { NoteKey } from "@yinxin/crypto/tlog";
import { transact } from "@yinxin/service-kit/database";
import { createTestRotations, startTraffic } from "@yinxin/service-kit/testing";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { logKeyPlan } from "../plans/log-key-plan.ts";
import { checkpointRing } from "../src/domain/checkpoint-ring.ts";
import { issuedLicenseReply, logReply, proofReply } from "../src/http/license-schemas.ts";
import { logKeyHooks } from "../src/operations/log-key-hooks.ts";
import { publishCheckpoint } from "../src/operations/publish-checkpoint.ts";
import { licenseRequest, startLedger } from "./ledger-for-tests.ts";
import type { LedgerForTests } from "./ledger-for-tests.ts";

type Proof = z.output<typeof proofReply>;

const running: LedgerForTests[] = [];
afterEach(async () => {
  for (const ledger of running.splice(0)) await ledger.close();
});

async function start(): Promise<LedgerForTests> {
  const ledger = await startLedger();
  running.push(ledger);
  return ledger;
}

/** The clock moves by days while a request is on its way. */
const token = {
  subject: "seed",
  permissions: ["license:issue", "license:read"],
  lifetimeSeconds: 30 * 86_400,
} as const;

/** Issues a license and gives its proof. @throws Error unless it is issued. */
async function issue(ledger: LedgerForTests, number: string): Promise<Proof> {
  const response = await ledger.call("POST", "/v1/licenses", { body: licenseRequest(number), token });
  if (response.status !== 201) throw new Error(`issuing failed: ${await response.text()}`);
  return issuedLicenseReply.parse(await response.json()).proof;
}

async function logOf(ledger: LedgerForTests): Promise<z.output<typeof logReply>> {
  return logReply.parse(await (await ledger.call("GET", "/v1/log", { token: "none" })).json());
}

/** Which keys somebody believes who pinned one, and what the log proves of its successors. */
async function keysReachedFrom(ledger: LedgerForTests, pinned: NoteKey): Promise<readonly NoteKey[]> {
  const known = [pinned];
  for (const { succession } of (await logOf(ledger)).keys) {
    if (succession === undefined) continue;
    const verified = verifySuccession(succession, known);
    if (verified.result === "passed") known.push(verified.successor.to);
  }
  return known;
}

/** What a stranger finds with keys of his own and without the ledger's help. */
function holds(proof: Proof, keys: readonly NoteKey[]): boolean {
  const verified = verifyNote(proof.checkpoint, keys);
  if (verified.result === "failed") return false;
  const { size, root } = parseCheckpoint(verified.text);
  const hashes = proof.inclusion_proof.map(bytesOfBase64);
  const leaf = leafHash(utf8Of(proof.leaf));
  return verifyInclusion({ leafHash: leaf, index: proof.leaf_index, size, proof: hashes, root });
}

/** Rotates the log's key while licenses are issued all the time. */
async function rotate(ledger: LedgerForTests) {
  const [first] = (await logOf(ledger)).keys;
  const pinned = parseNoteKey(first?.verifier_key ?? "");
  let number = 0;
  const call = (): Promise<Proof> => {
    number += 1;
    return issue(ledger, `YL-PF-${String(number)}`);
  };
  const traffic = startTraffic([call, call]);
  await traffic.more(2);
  const { db, governance, clock, deps } = ledger;
  const rotations = createTestRotations({
    ...{ db, governance, clock, hooks: logKeyHooks(deps), definitions: [logKeyPlan] },
    beforeTurn: () => traffic.more(1),
  });
  await rotations.begin("log-key", checkpointRing);
  const plan = await rotations.runUntil();
  await traffic.more(2);
  return { plan, pinned, proofs: await traffic.stop() };
}

/** Every checkpoint that was signed, in the order of their sizes. */
async function checkpointsOf({ db }: LedgerForTests): Promise<readonly string[]> {
  const rows = await db.selectFrom("checkpoints").select("note").orderBy("size").execute();
  return rows.map(({ note }) => note);
}

describe("the key of the log, rotated while licenses are issued", () => {
  it("fails no call, and proofs from before, during and after hold for who pinned the old key or the new one", async () => {
    const ledger = await start();
    const { plan, pinned, proofs } = await rotate(ledger);
    expect(plan.state).toBe("done");
    const log = await logOf(ledger);
    const [old, next] = log.keys;
    expect(log.verifier_key).toBe(next?.verifier_key);
    expect(old).toMatchObject({ version: 1, first_size: 0 });
    expect(old?.last_size).toBeGreaterThanOrEqual(next?.first_size ?? Infinity);
    expect(old).not.toHaveProperty("succession");

    const reached = await keysReachedFrom(ledger, pinned);
    expect(reached).toHaveLength(2);
    expect(proofs.filter((proof) => !holds(proof, reached))).toEqual([]);
    // With the new key alone: everything from the first checkpoint under both on, and a new proof of what is older.
    const newKey = parseNoteKey(next?.verifier_key ?? "");
    for (const proof of proofs) {
      expect(holds(proof, [newKey])).toBe(proof.tree_size >= (next?.first_size ?? 0));
    }
    expect(await ledger.verifyAudit()).not.toHaveProperty("brokenAt");
  });

  it("stands under both keys, the old one first, once the log has named the new one and not before", async () => {
    const ledger = await start();
    await rotate(ledger);
    const [old, next] = (await logOf(ledger)).keys.map(({ verifier_key: key }) => parseNoteKey(key));
    if (old === undefined || next === undefined) throw new Error("the log has no two keys");
    const signers = (await checkpointsOf(ledger)).map((note) =>
      parseNote(note)
        .signatures.map(({ keyId }) => (Buffer.from(keyId).equals(old.keyId) ? "old" : "new"))
        .join(" "),
    );
    const phases = signers.filter((line, index) => line !== signers[index - 1]);
    expect(phases).toEqual(["old", "old new", "new"]);
    const { keys } = await logOf(ledger);
    expect(verifySuccession(keys[1]?.succession ?? "", [old])).toMatchObject({ result: "passed" });
    expect(verifySuccession(keys[1]?.succession ?? "", [next])).toMatchObject({ problem: "key-not-known" });
  });

  it("announces its successor once, however often a step that was cut short runs again", async () => {
    const ledger = await start();
    const { db, governance, clock, deps } = ledger;
    const hooks = Object.fromEntries(
      Object.entries(logKeyHooks(deps)).map(([name, hook]) => [
        name,
        {
          ...hook,
          run: async (context: Parameters<NonNullable<typeof hook.run>>[0]) => {
            await hook.run?.(context);
            return (await hook.run?.(context)) ?? null;
          },
        },
      ]),
    );
    const rotations = createTestRotations({ db, governance, clock, hooks, definitions: [logKeyPlan] });
    await rotations.begin("log-key", checkpointRing);
    await rotations.runUntil();
    expect(await deps.store.logSize()).toBe(1);
    expect(await deps.store.successions()).toEqual([{ keyVersion: 2, leafIndex: 0 }]);
  });

  toolTest(
    ["go"],
    "is verified by Go's note package: the old key up to the checkpoints under both, the new one from them on",
    async () => {
      const ledger = await start();
      await rotate(ledger);
      const notes = await checkpointsOf(ledger);
      const keys = (await logOf(ledger)).keys.map(({ verifier_key: key }) => key);
      const program = new URL("go/open-notes.go", import.meta.url).pathname;
      const result = spawnSync("go", ["run", program, ...keys], {
        input: JSON.stringify(notes),
        encoding: "utf8",
        env: { ...process.env, GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOFLAGS: "" },
      });
      if (result.status !== 0) throw new Error(`go: ${result.stderr}`);
      const opened = z.array(z.tuple([z.boolean(), z.boolean()])).parse(JSON.parse(result.stdout));
      const lines = opened.map(([old, next]) => `${old ? "old" : "-"} ${next ? "new" : "-"}`);
      expect(lines.filter((line, index) => line !== lines[index - 1])).toEqual(["old -", "old new", "- new"]);
    },
  );
});

describe("the key of the log, stopped", () => {
  it("lets no license be begun, shows the last checkpoint, and goes on when it is let", async () => {
    const ledger = await start();
    await issue(ledger, "YL-1");
    const move = (to: "suspended" | "active", persons: readonly string[]) =>
      transact(ledger.db, (tx) =>
        ledger.governance.rings.in(tx).move({ purpose: checkpointRing, version: 1 }, to, {
          ...{ at: ledger.clock.now(), reason: "a test", persons },
        }),
      );
    await move("suspended", ["psn_officer1"]);
    const before = await ledger.rows();
    await expect(issue(ledger, "YL-2")).rejects.toThrow("key-suspended");
    expect(await ledger.rows()).toEqual(before);
    const shown = await (await ledger.call("GET", "/checkpoint", { token: "none" })).text();
    expect(parseCheckpoint(parseNote(shown).text).size).toBe(1);
    await move("active", ["psn_officer1", "psn_officer2"]);
    await issue(ledger, "YL-2");
    expect((await publishCheckpoint(ledger.deps)).size).toBe(2);
  });
});
