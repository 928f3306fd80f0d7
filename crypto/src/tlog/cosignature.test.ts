import { describe, expect, it } from "vitest";

import { bytesOfBase64, hexOf } from "../bytes/index.ts";
import { createSoftwareSigner, generateKey, verifySignature } from "../signer/index.ts";
import {
  addSignatureLines,
  cosignatureLine,
  emptyRoot,
  encodeCheckpoint,
  encodeNoteKey,
  noteKeyOf,
  noteSignatureLine,
  parseNoteKey,
  signNote,
  signSubtree,
  sm3TreeSignatureLine,
  subtreeMessage,
  verifyNote,
} from "./index.ts";

const origin = "ledger.example/log";
const text = encodeCheckpoint({ origin, size: 12, root: new Uint8Array(32).fill(7) });
const at = new Date("2026-11-22T03:00:00.900Z");
const timestamp = Date.parse("2026-11-22T03:00:00Z") / 1000;

const ed25519 = createSoftwareSigner(generateKey("Ed25519").pkcs8);
const sm2 = createSoftwareSigner(generateKey("SM2").pkcs8);
const mlDsa = createSoftwareSigner(generateKey("ML-DSA-44").pkcs8);

describe("a checkpoint with signatures of every kind", () => {
  const logKey = noteKeyOf(origin, ed25519.publicKey);
  const nationalKey = noteKeyOf(origin, sm2.publicKey);
  const twinKey = noteKeyOf(origin, sm2.publicKey, "sm3-tree");
  const witnessKey = noteKeyOf("w1.example", ed25519.publicKey, "cosignature-ed25519");
  const laterWitnessKey = noteKeyOf("w2.example", mlDsa.publicKey);
  const sm3Root = emptyRoot("SM3");

  const cosigned = async () =>
    addSignatureLines(await signNote({ signer: ed25519, name: origin }, text), [
      await noteSignatureLine({ signer: sm2, name: origin }, text),
      await sm3TreeSignatureLine({ signer: sm2, name: origin }, text, sm3Root),
      await cosignatureLine({ signer: ed25519, name: "w1.example" }, text, at),
      await cosignatureLine({ signer: mlDsa, name: "w2.example" }, text, at),
    ]);

  it("is good under each key alone and under all, and says what each of them says", async () => {
    const note = await cosigned();
    const keys = [logKey, nationalKey, twinKey, witnessKey, laterWitnessKey];
    for (const key of keys) expect(verifyNote(note, [key])).toMatchObject({ signedBy: [key] });
    expect(verifyNote(note, keys)).toMatchObject({
      result: "passed",
      signatures: [
        { key: logKey },
        { key: nationalKey },
        { key: twinKey, sm3Root },
        { key: witnessKey, timestamp },
        { key: laterWitnessKey, timestamp },
      ],
    });
  });

  it("is spoilt for every kind by another root, and for some by another time or SM3 root", async () => {
    const note = await cosigned();
    const other = encodeCheckpoint({ origin, size: 12, root: new Uint8Array(32).fill(8) });
    for (const key of [logKey, nationalKey, twinKey, witnessKey, laterWitnessKey]) {
      expect(verifyNote(note.replace(text, other), [key])).toMatchObject({ problem: "note-signature-wrong" });
      const changed = note
        .split("\n")
        .map((line) => withOtherByte(line, key.keyId))
        .join("\n");
      expect(verifyNote(changed, [key])).toMatchObject({ problem: "note-signature-wrong" });
    }
  });

  it("is only of the log whose name the post-quantum witness signed too", async () => {
    const note = await cosigned();
    const renamed = { ...laterWitnessKey, name: "w3.example" };
    expect(verifyNote(note.replace("— w2.example", "— w3.example"), [renamed])).toMatchObject({
      problem: "note-signature-wrong",
    });
  });

  it("gets no line twice, and no line that is none", async () => {
    const note = await cosigned();
    const line = await noteSignatureLine({ signer: ed25519, name: origin }, text);
    expect(addSignatureLines(note, [line, line])).toBe(note);
    expect(() => addSignatureLines(note, ["nonsense\n"])).toThrow(
      expect.objectContaining({ code: "note-malformed" }),
    );
  });

  it("is needed: nothing else is cosigned", async () => {
    await expect(cosignatureLine({ signer: ed25519, name: "w" }, "text\n", at)).rejects.toMatchObject({
      code: "checkpoint-malformed",
    });
    await expect(cosignatureLine({ signer: sm2, name: "w" }, text, at)).rejects.toMatchObject({
      code: "note-key-not-supported",
    });
    const line = (await cosignatureLine({ signer: ed25519, name: "w1.example" }, text, at)).replace(
      /^/,
      "text\n\n",
    );
    expect(verifyNote(line, [witnessKey])).toMatchObject({ problem: "note-signature-wrong" });
  });

  it("has keys of every kind that read back from their text", () => {
    for (const key of [logKey, nationalKey, twinKey, witnessKey, laterWitnessKey]) {
      expect(parseNoteKey(encodeNoteKey(key))).toEqual(key);
    }
    expect(() => noteKeyOf("w", sm2.publicKey, "ed25519")).toThrow(
      expect.objectContaining({ code: "note-key-not-supported" }),
    );
    const short = encodeNoteKey(nationalKey).slice(0, -8);
    expect(() => parseNoteKey(short)).toThrow(expect.objectContaining({ code: "note-key-malformed" }));
  });
});

describe("a subtree cosignature", () => {
  const statement = {
    name: "w2.example",
    timestamp: 0,
    origin,
    start: 256,
    end: 512,
    hash: new Uint8Array(32),
  };

  it("is over the structure of C2SP tlog-cosignature", async () => {
    expect(hexOf(subtreeMessage({ ...statement, name: "w", origin: "o" }))).toBe(
      [
        "737562747265652f76310a00",
        "0177",
        "0000000000000000",
        "016f",
        "0000000000000100",
        "0000000000000200",
        "00".repeat(32),
      ].join(""),
    );
    const answer = await signSubtree(mlDsa, statement);
    expect(answer).toHaveLength(8 + 2420);
    const message = subtreeMessage(statement);
    const signature = answer.subarray(8);
    expect(verifySignature({ algorithm: "ML-DSA-44", publicKey: mlDsa.publicKey, message, signature })).toBe(
      true,
    );
  });

  it.each([
    ["a time although it does not begin at 0", { timestamp: 1 }],
    ["a short hash", { hash: new Uint8Array(20) }],
    ["a name of 256 bytes", { name: "n".repeat(256) }],
    ["no origin", { origin: "" }],
  ])("is not made with %s", async (_, change) => {
    await expect(signSubtree(mlDsa, { ...statement, ...change })).rejects.toMatchObject({
      code: "checkpoint-malformed",
    });
  });

  it("is made with ML-DSA-44 keys alone", async () => {
    await expect(signSubtree(ed25519, statement)).rejects.toMatchObject({ code: "note-key-not-supported" });
  });
});

/** The line with one bit turned over right behind the key id, if it is a signature by that key. */
function withOtherByte(line: string, keyId: Uint8Array): string {
  const [dash = "", name = "", encoded = ""] = line.split(" ");
  if (dash !== "—") return line;
  const bytes = bytesOfBase64(encoded);
  if (hexOf(bytes.subarray(0, 4)) !== hexOf(keyId)) return line;
  bytes[11] = (bytes[11] ?? 0) ^ 1;
  return `${dash} ${name} ${btoa(String.fromCharCode(...bytes))}`;
}
