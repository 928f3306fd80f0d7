import { describe, expect, it } from "vitest";

import { base64Of, concatBytes, utf8Of } from "../bytes/index.ts";
import { createSoftwareSigner, generateKey } from "../signer/index.ts";
import {
  addSignatureLines,
  cosignatureLine,
  encodeCheckpoint,
  encodeLogProof,
  encodeNoteKey,
  hashReaderOfLeaves,
  inclusionProof,
  judgeCheckpoint,
  noteKeyOf,
  parseLogPolicy,
  parseLogProof,
  signNote,
  sm3TreeSignatureLine,
  treeRoot,
  verifyLogProof,
} from "./index.ts";

const origin = "ledger.example/log";
const logSigner = createSoftwareSigner(generateKey("Ed25519").pkcs8);
const twinSigner = createSoftwareSigner(generateKey("SM2").pkcs8);
const witnesses = ["省一", "省二", "省三", "省四"].map((name, at) => ({
  name,
  keyName: `w${String(at)}.example`,
  signer: createSoftwareSigner(generateKey("Ed25519").pkcs8),
}));
const at = new Date("2026-11-22T03:00:00Z");

const vkeyOf = ({ keyName, signer }: (typeof witnesses)[number]): string =>
  encodeNoteKey(noteKeyOf(keyName, signer.publicKey, "cosignature-ed25519"));
const witnessLines = witnesses.map((witness) => `witness ${witness.name} ${vkeyOf(witness)}\n`);
const logLine = `log ${encodeNoteKey(noteKeyOf(origin, logSigner.publicKey))} https://ledger.example/log\n`;
const policyOf = (rest: string) =>
  parseLogPolicy(utf8Of(`# 规则\n\n${logLine}${witnessLines.join("")}${rest}`));

const leaves = Array.from({ length: 12 }, (_, index) => utf8Of(`leaf ${String(index)}`));
const entry = leaves[5] ?? new Uint8Array();

async function proofBy(count: number): Promise<string> {
  const readHashes = hashReaderOfLeaves(leaves);
  const text = encodeCheckpoint({ origin, size: 12, root: await treeRoot(readHashes, 12) });
  const lines = witnesses
    .slice(0, count)
    .map(({ keyName, signer }) => cosignatureLine({ signer, name: keyName }, text, at));
  const checkpoint = addSignatureLines(
    await signNote({ signer: logSigner, name: origin }, text),
    await Promise.all(lines),
  );
  return encodeLogProof({ index: 5, hashes: await inclusionProof(readHashes, 5, 12), checkpoint });
}

describe("a proof of logging", () => {
  it("is believed offline when log, quorum and hashes agree", async () => {
    const policy = policyOf("group provinces 3 省一 省二 省三 省四\nquorum provinces\n");
    expect(verifyLogProof(await proofBy(3), entry, policy)).toMatchObject({
      result: "passed",
      index: 5,
      checkpoint: { origin, size: 12 },
      log: { url: "https://ledger.example/log" },
      witnesses: [{ timestamp: at.getTime() / 1000 }, {}, {}],
    });
    expect(verifyLogProof(await proofBy(2), entry, policy)).toMatchObject({ problem: "quorum-not-reached" });
  });

  it("is not believed for another entry, another index or another log", async () => {
    const policy = policyOf("quorum none\n");
    const proof = await proofBy(0);
    expect(verifyLogProof(proof, utf8Of("leaf 6"), policy)).toMatchObject({ problem: "entry-not-included" });
    expect(verifyLogProof(proof.replace("index 5", "index 4"), entry, policy)).toMatchObject({
      problem: "entry-not-included",
    });
    const stranger = parseLogPolicy(utf8Of("quorum none\n"));
    expect(verifyLogProof(proof, entry, stranger)).toMatchObject({ problem: "note-not-signed-by-known-key" });
  });

  it("carries extra data and reads back as it was written", async () => {
    const proof = parseLogProof(await proofBy(1));
    expect(proof).toMatchObject({ index: 5 });
    const extra = utf8Of("anything");
    expect(parseLogProof(encodeLogProof({ ...proof, extra }))).toEqual({ ...proof, extra });
    expect(encodeLogProof(proof)).toBe(await proofBy(1));
  });

  it.each<[string, (proof: string) => string]>([
    ["another version", (proof) => proof.replace("@v1", "@v2")],
    ["no index", (proof) => proof.replace("index 5", "place 5")],
    ["an index with a leading zero", (proof) => proof.replace("index 5", "index 05")],
    ["a hash that is not base64", (proof) => proof.replace("index 5\n", "index 5\n*\n")],
    ["a hash of another length", (proof) => proof.replace("index 5\n", "index 5\nAAAA\n")],
    ["extra data that is not base64", (proof) => proof.replace("index 5", "extra *\nindex 5")],
    ["extra data behind the index", (proof) => proof.replace("index 5\n", "index 5\nextra AAAA\n")],
    [
      "49 hashes",
      (proof) => proof.replace("index 5\n", `index 5\n${`${base64Of(new Uint8Array(32))}\n`.repeat(49)}`),
    ],
    ["no checkpoint", (proof) => proof.slice(0, proof.indexOf("\n\n") + 2)],
    ["carriage returns", (proof) => proof.replaceAll("\n", "\r\n")],
    ["a million characters", (proof) => proof + "x".repeat(1_000_001)],
  ])("is malformed with %s", async (_, change) => {
    const policy = policyOf("quorum none\n");
    expect(verifyLogProof(change(await proofBy(0)), entry, policy)).toMatchObject({
      problem: "proof-malformed",
    });
  });
});

describe("a policy", () => {
  it("asks for what its groups say: any, all, a number, and groups of groups", async () => {
    const rules: [string, number][] = [
      ["quorum 省一\n", 1],
      ["group g any 省三 省四\nquorum g\n", 3],
      ["group g all 省一 省二\nquorum g\n", 2],
      ["group a 2 省一 省二 省三\ngroup b any 省四\ngroup c all a b\nquorum c\n", 4],
      ["quorum none\n", 0],
    ];
    for (const [rule, needed] of rules) {
      for (let count = 0; count <= 4; count += 1) {
        const { checkpoint } = parseLogProof(await proofBy(count));
        expect(judgeCheckpoint(checkpoint, policyOf(rule)).result, `${rule} ${String(count)}`).toBe(
          count >= needed ? "passed" : "failed",
        );
      }
    }
  });

  it("believes no log under the origin of another", async () => {
    const text = encodeCheckpoint({ origin: "other.example/log", size: 0, root: new Uint8Array(32) });
    const note = await signNote({ signer: logSigner, name: origin }, text);
    expect(judgeCheckpoint(note, policyOf("quorum none\n"))).toMatchObject({
      problem: "note-not-signed-by-known-key",
    });
    const noCheckpoint = await signNote({ signer: logSigner, name: origin }, "text\n");
    expect(judgeCheckpoint(noCheckpoint, policyOf("quorum none\n"))).toMatchObject({
      problem: "checkpoint-malformed",
    });
  });

  it("gives the SM3 root that the log signed, which alone makes no checkpoint believed", async () => {
    const twin = `log ${encodeNoteKey(noteKeyOf(origin, twinSigner.publicKey, "sm3-tree"))}\n`;
    const policy = policyOf(`${twin}quorum none\n`);
    const sm3Root = await treeRoot(hashReaderOfLeaves(leaves, "SM3"), 12, "SM3");
    const { checkpoint } = parseLogProof(await proofBy(0));
    const text = checkpoint.slice(0, checkpoint.indexOf("\n\n") + 1);
    const line = await sm3TreeSignatureLine({ signer: twinSigner, name: origin }, text, sm3Root);
    expect(judgeCheckpoint(checkpoint + line, policy)).toMatchObject({ result: "passed", sm3Root });
    expect(judgeCheckpoint(`${text}\n${line}`, policy)).toMatchObject({ result: "failed" });
    const again = await sm3TreeSignatureLine({ signer: twinSigner, name: origin }, text, sm3Root);
    expect(judgeCheckpoint(checkpoint + line + again, policy)).toMatchObject({ result: "passed", sm3Root });
    const other = await sm3TreeSignatureLine({ signer: twinSigner, name: origin }, text, new Uint8Array(32));
    expect(judgeCheckpoint(checkpoint + line + other, policy)).toMatchObject({
      problem: "checkpoint-malformed",
    });
  });

  const vkey = witnesses.map(vkeyOf);
  it.each([
    ["no quorum", ""],
    ["two quorums", "quorum none\nquorum none\n"],
    ["a quorum of several names", "quorum 省一 省二\n"],
    ["a quorum defined later", "quorum g\ngroup g any 省一\n"],
    ["a threshold above the members", "group g 3 省一 省二\nquorum g\n"],
    ["a threshold of zero", "group g 0 省一\nquorum g\n"],
    ["a group without members", "group g any\nquorum g\n"],
    ["an unknown member", "group g any 省五\nquorum g\n"],
    ["the member none", "group g any none\nquorum g\n"],
    ["a member twice", "group g 2 省一 省一\nquorum g\n"],
    ["a member of two groups", "group g any 省一\ngroup h any 省一\nquorum h\n"],
    ["a name twice", "group 省一 any 省二\nquorum none\n"],
    ["a group called none", "group none any 省二\nquorum none\n"],
    ["a witness twice", `witness again ${vkey[0] ?? ""}\nquorum none\n`],
    ["a log twice", `${logLine}quorum none\n`],
    ["a log with a witness's key", `log ${vkey[0] ?? ""}\nquorum none\n`],
    ["a witness with a log's key", `witness w ${logLine.split(" ")[1] ?? ""}\nquorum none\n`],
    ["a key that is none", "log key\nquorum none\n"],
    ["an unknown keyword", "toString none\nquorum none\n"],
    ["a control character", "quorum none\r\n"],
    ["no final newline", "quorum none"],
    ["a thousand lines", `quorum none\n${"\n".repeat(1000)}`],
  ])("is malformed with %s", (_, rest) => {
    expect(() => policyOf(rest)).toThrow(expect.objectContaining({ code: "policy-malformed" }));
  });

  it("is malformed with a key whose name is not UTF-8", () => {
    const file = concatBytes(utf8Of("log "), Uint8Array.of(0xff), utf8Of(`${vkey[0] ?? ""}\nquorum none\n`));
    expect(() => parseLogPolicy(file)).toThrow(expect.objectContaining({ code: "policy-malformed" }));
  });
});
