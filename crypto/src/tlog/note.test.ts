import { describe, expect, it } from "vitest";

import { base64Of, concatBytes, utf8Of } from "../bytes/index.ts";
import { createSoftwareSigner, generateKey } from "../signer/index.ts";
import { encodeNoteKey, noteKeyOf, parseNote, parseNoteKey, signNote, verifyNote } from "./index.ts";

// The example of the C2SP signed-note specification.
const exampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const exampleNote =
  "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

const signer = createSoftwareSigner(generateKey("Ed25519").pkcs8);
const otherSigner = createSoftwareSigner(generateKey("Ed25519").pkcs8);
const name = "ledger.example/log";
const key = noteKeyOf(name, signer.publicKey);

describe("a signed note", () => {
  it("is good when the key in the specification's example signed it", () => {
    const known = parseNoteKey(exampleKey);
    expect(verifyNote(exampleNote, [known])).toEqual({
      result: "passed",
      text: "This is an example message.\n",
      signedBy: [known],
      signatures: [{ key: known }],
    });
  });

  it("made here is good here, and over a text with empty lines too", async () => {
    const text = "one\n\n二\n";
    const note = await signNote({ signer, name }, text);
    expect(verifyNote(note, [key])).toMatchObject({ result: "passed", text, signedBy: [key] });
  });

  it("is spoilt by any change of its text", async () => {
    const note = await signNote({ signer, name }, "size 12\n");
    expect(verifyNote(note.replace("12", "13"), [key])).toMatchObject({ problem: "note-signature-wrong" });
  });

  it("may carry many signatures of unknown keys", async () => {
    const note = await signNote({ signer, name }, "text\n");
    const strangers = Array.from({ length: 20 }, (_, place) => {
      const line = concatBytes(Uint8Array.of(1, 2, 3, place), new Uint8Array(64));
      return `— stranger-${String(place)} ${base64Of(line)}\n`;
    });
    expect(verifyNote(note + strangers.join(""), [key])).toMatchObject({ result: "passed" });
    expect(verifyNote(note, [])).toMatchObject({ problem: "note-not-signed-by-known-key" });
  });

  it("is spoilt by one wrong signature under a known key beside a good one", async () => {
    const otherKey = noteKeyOf("witness.example", otherSigner.publicKey);
    const note = await signNote({ signer, name }, "text\n");
    const wrong = base64Of(concatBytes(otherKey.keyId, new Uint8Array(64)));
    const both = `${note}— witness.example ${wrong}\n`;
    expect(verifyNote(both, [key])).toMatchObject({ result: "passed" });
    expect(verifyNote(both, [key, otherKey])).toMatchObject({ problem: "note-signature-wrong" });
  });

  it("names a key once that signed twice", async () => {
    const note = await signNote({ signer, name }, "text\n");
    const line = note.slice(note.indexOf("— "));
    expect(verifyNote(note + line, [key])).toMatchObject({ result: "passed", signedBy: [key] });
  });

  it.each([
    ["no signatures", "text\n"],
    ["an empty signature part", "text\n\n"],
    ["no final newline", exampleNote.slice(0, -1)],
    ["a hyphen for the dash", exampleNote.replace("—", "-")],
    ["a carriage return", exampleNote.replace("message.\n", "message.\r\n")],
    ["a control character", exampleNote.replace("example message", "example\u0007message")],
    ["a lone surrogate", exampleNote.replace("example message", "example\ud800message")],
    ["base64 that is not canonical", exampleNote.replace("aQM=", "aQN=")],
    ["a signature line with more words", exampleNote.replace("aQM=", "aQM= x")],
    ["a signature that is only a key id", `text\n\n— a ${base64Of(utf8Of("abcd"))}\n`],
    ["101 signatures", exampleNote + exampleNote.slice(exampleNote.indexOf("— ")).repeat(100)],
    ["a million characters", "x".repeat(1_000_000) + exampleNote],
  ])("is malformed with %s", (_, note) => {
    expect(() => parseNote(note)).toThrow(expect.objectContaining({ code: "note-malformed" }));
    expect(verifyNote(note, [parseNoteKey(exampleKey)])).toMatchObject({ problem: "note-malformed" });
  });

  it.each([
    ["without a final newline", "text"],
    ["with a tab", "te\txt\n"],
    ["with half a surrogate pair", "te\udc00xt\n"],
  ])("is not made of a text %s", async (_, text) => {
    await expect(signNote({ signer, name }, text)).rejects.toMatchObject({ code: "note-text-malformed" });
  });

  it("is not signed with a key that other people's tools cannot check", async () => {
    const es256 = createSoftwareSigner(generateKey("ES256").pkcs8);
    await expect(signNote({ signer: es256, name }, "text\n")).rejects.toMatchObject({
      code: "note-key-not-supported",
    });
  });
});

describe("a note key", () => {
  it("has the text form of the specification and reads it back", () => {
    expect(encodeNoteKey(parseNoteKey(exampleKey))).toBe(exampleKey);
    expect(parseNoteKey(encodeNoteKey(key))).toEqual(key);
  });

  it.each([
    ["note-key-malformed", "no parts", "example.com/foo"],
    ["note-key-malformed", "a name with a space", exampleKey.replace("com/foo", "com foo")],
    ["note-key-malformed", "no name", exampleKey.replace("example.com/foo", "")],
    ["note-key-malformed", "the key id of another key", exampleKey.replace("530d903a", "530d903b")],
    ["note-key-malformed", "the key id of another name", exampleKey.replace("foo", "bar")],
    ["note-key-malformed", "a key that is not base64", `${exampleKey}*`],
    ["note-key-malformed", "a short key", "example.com/foo+530d903a+AekyeRrm"],
    ["note-key-not-supported", "a type we do not know", "witness.example.org+b8a2cf20+AlLN3yikSfFkVAJtrnh/"],
  ])("is refused as %s for %s", (code, _, text) => {
    expect(() => parseNoteKey(text)).toThrow(expect.objectContaining({ code }));
  });
});
