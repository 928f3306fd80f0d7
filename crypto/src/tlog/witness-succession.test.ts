import { describe, expect, it } from "vitest";

import { utf8Of } from "../bytes/index.ts";
import { createSoftwareSigner, generateKey } from "../signer/index.ts";
import {
  cosignatureLine,
  encodeCheckpoint,
  encodeLogPolicy,
  judgeCheckpoint,
  noteKeyOf,
  noteSignatureLine,
  parseLogPolicy,
  parseNote,
  signWitnessSuccession,
  verifyWitnessSuccession,
  withWitnessSuccessors,
} from "./index.ts";

const name = "w.example/witness";
const newSigner = () => createSoftwareSigner(generateKey("Ed25519").pkcs8);
const [first, second, third, log, other] = [
  newSigner(),
  newSigner(),
  newSigner(),
  newSigner(),
  newSigner(),
] as const;
const keyOf = ({ publicKey }: ReturnType<typeof newSigner>) =>
  noteKeyOf(name, publicKey, "cosignature-ed25519");

const origin = "log.example";
const policy = {
  logs: [{ key: noteKeyOf(origin, log.publicKey) }],
  witnesses: [
    { name: "w", key: keyOf(first) },
    { name: "o", key: noteKeyOf("other.example", other.publicKey, "cosignature-ed25519") },
  ],
  groups: [{ name: "both", threshold: 2, members: ["w", "o"] }],
  quorum: "both",
};

async function cosigned(signers: readonly (readonly [ReturnType<typeof newSigner>, string])[]) {
  const text = encodeCheckpoint({ origin, size: 3, root: new Uint8Array(32) });
  const at = new Date("2026-11-22T02:00:00Z");
  const lines = [await noteSignatureLine({ signer: log, name: origin }, text)];
  for (const [signer, of] of signers) lines.push(await cosignatureLine({ signer, name: of }, text, at));
  return `${text}\n${lines.join("")}`;
}

describe("the succession of a witness's key", () => {
  it("is believed on the word of a known key, with the agreement of the new one", async () => {
    const note = await signWitnessSuccession(name, first, second);
    expect(verifyWitnessSuccession(note, [keyOf(first)])).toEqual({ from: keyOf(first), to: keyOf(second) });
    expect(verifyWitnessSuccession(note, [keyOf(second)])).toBeUndefined();
    const { text } = parseNote(note);
    const line = await noteSignatureLine({ signer: first, name }, text);
    expect(verifyWitnessSuccession(`${text}\n${line}`, [keyOf(first)])).toBeUndefined();
    const forged = await noteSignatureLine({ signer: third, name }, text);
    expect(verifyWitnessSuccession(`${text}\n${line}${forged}`, [keyOf(first)])).toBeUndefined();
    for (const bad of ["", text, note.replace("/v1", "/v2"), note.replace("\n\n", "\nmore\n\n")]) {
      expect(verifyWitnessSuccession(bad, [keyOf(first)])).toBeUndefined();
    }
  });

  it("lets a policy count the witness by any of its keys, and only once", async () => {
    const notes = [
      await signWitnessSuccession(name, second, third),
      await signWitnessSuccession(name, first, second),
      await signWitnessSuccession("evil.example", newSigner(), newSigner()),
    ];
    const renewed = withWitnessSuccessors(policy, notes);
    expect(parseLogPolicy(utf8Of(encodeLogPolicy(renewed)))).toEqual(renewed);
    const judged = async (...signers: (readonly [ReturnType<typeof newSigner>, string])[]) => {
      const note = await cosigned(signers);
      return [judgeCheckpoint(note, policy).result, judgeCheckpoint(note, renewed).result];
    };
    expect(await judged([third, name], [other, "other.example"])).toEqual(["failed", "passed"]);
    expect(await judged([first, name], [other, "other.example"])).toEqual(["passed", "passed"]);
    expect(await judged([first, name], [second, name])).toEqual(["failed", "failed"]);
    expect(withWitnessSuccessors(policy, [])).toEqual(policy);
    // Year after year, the same policy as at once: every key once, and the witness still counted once.
    const yearly = withWitnessSuccessors(withWitnessSuccessors(policy, notes.slice(1)), notes);
    expect(parseLogPolicy(utf8Of(encodeLogPolicy(yearly)))).toEqual(yearly);
    expect(withWitnessSuccessors(yearly, notes)).toEqual(yearly);
    const byThird = await cosigned([
      [third, name],
      [other, "other.example"],
    ]);
    expect(judgeCheckpoint(byThird, yearly).result).toBe("passed");
    const byBoth = await cosigned([
      [second, name],
      [third, name],
    ]);
    expect(judgeCheckpoint(byBoth, yearly).result).toBe("failed");
  });
});
