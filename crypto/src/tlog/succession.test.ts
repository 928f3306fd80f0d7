import { describe, expect, it } from "vitest";

import { utf8Of } from "../bytes/index.ts";
import { createSoftwareSigner, generateKey } from "../signer/index.ts";
import type { Signer } from "../signer/index.ts";
import {
  encodeCheckpoint,
  encodeSuccession,
  hashReaderOfLeaves,
  inclusionProof,
  keySuccessorStatement,
  noteKeyOf,
  parseKeySuccessor,
  signNote,
  treeRoot,
  verifySuccession,
} from "./index.ts";

const origin = "ledger.example/log";
const keyPair = (algorithm: "Ed25519" | "SM2"): Signer => createSoftwareSigner(generateKey(algorithm).pkcs8);
const [old, next, stranger] = [keyPair("Ed25519"), keyPair("SM2"), keyPair("Ed25519")];
const keyOf = (signer: Signer, name = origin) => noteKeyOf(name, signer.publicKey);
const statement = keySuccessorStatement({ origin, from: keyOf(old), to: keyOf(next) });

async function proofOf({
  leaf = statement as unknown,
  signer = old,
  index = 2,
  named = origin,
}): Promise<string> {
  const bytes = utf8Of(JSON.stringify(leaf));
  const leaves = [utf8Of("a"), utf8Of("b"), bytes, utf8Of("d"), utf8Of("e")];
  const read = hashReaderOfLeaves(leaves);
  const checkpoint = await signNote(
    { signer, name: named },
    encodeCheckpoint({ origin: named, size: 5, root: await treeRoot(read, 5) }),
  );
  return encodeSuccession(bytes, { index, hashes: await inclusionProof(read, index, 5), checkpoint });
}

describe("the successor of a log's key", () => {
  it("is known by the log's own leaf under a checkpoint of the key before", async () => {
    expect(verifySuccession(await proofOf({}), [keyOf(stranger), keyOf(old)])).toMatchObject({
      result: "passed",
      index: 2,
      successor: { origin, to: keyOf(next) },
    });
  });

  it("may be named in the detail of an event", async () => {
    const leaf = { action: "audit-log.key-announced", detail: statement };
    expect(verifySuccession(await proofOf({ leaf }), [keyOf(old)])).toMatchObject({ result: "passed" });
  });

  it.each<[string, Parameters<typeof proofOf>[0], string]>([
    ["a checkpoint of the new key itself", { signer: next }, "note-not-signed-by-known-key"],
    ["a checkpoint of a stranger", { signer: stranger }, "note-not-signed-by-known-key"],
    ["a checkpoint of another log", { named: "other.example/log" }, "note-not-signed-by-known-key"],
    ["another place in the log", { index: 1 }, "entry-not-included"],
    ["a leaf that says something else", { leaf: { type: "license" } }, "statement-malformed"],
    ["a leaf that is no object", { leaf: [statement] }, "statement-malformed"],
    ["a statement whose keys are no keys", { leaf: { ...statement, to_key: "a+b" } }, "statement-malformed"],
    [
      "a statement about another log",
      { leaf: { ...statement, origin: "other.example" } },
      "statement-malformed",
    ],
    [
      "a statement by a key that is not known",
      {
        leaf: keySuccessorStatement({ origin, from: keyOf(stranger), to: keyOf(next) }),
        signer: stranger,
      },
      "key-not-known",
    ],
  ])("is not believed by %s", async (_name, change, problem) => {
    expect(verifySuccession(await proofOf(change), [keyOf(old)])).toMatchObject({
      result: "failed",
      problem,
    });
  });

  it("is not believed by what is no proof", () => {
    expect(verifySuccession("hello", [keyOf(old)])).toMatchObject({ problem: "proof-malformed" });
  });

  it("is not stated for a key of another name, of a witness, or for the key itself", () => {
    const witness = noteKeyOf(origin, stranger.publicKey, "cosignature-ed25519");
    for (const to of [keyOf(next, "other.example"), witness, keyOf(old)]) {
      expect(() => keySuccessorStatement({ origin, from: keyOf(old), to })).toThrow(
        expect.objectContaining({ code: "note-key-malformed" }),
      );
    }
  });

  it("is not read from bytes that are not JSON in UTF-8, or too many of them", () => {
    expect(parseKeySuccessor(Uint8Array.of(0xff))).toBeUndefined();
    expect(
      parseKeySuccessor(utf8Of(JSON.stringify({ ...statement, more: "x".repeat(65_536) }))),
    ).toBeUndefined();
    expect(parseKeySuccessor(utf8Of(JSON.stringify(statement)))).toMatchObject({ origin });
  });
});
