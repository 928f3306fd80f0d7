import { describe, expect, it } from "vitest";

import { bytesOfHex, utf8Of } from "../bytes/index.ts";
import { createSoftwareSigner, generateKey } from "../signer/index.ts";
import { consistencyProof, hashReaderOfLeaves, inclusionProof, leafHash, treeRoot } from "../tlog/index.ts";
import {
  decodeCbor,
  encodeCbor,
  issueConsistencyReceipt,
  issueInclusionReceipt,
  parseCoseSign1,
  parseReceipt,
  problemOfCoseSign1,
  signCoseSign1,
  verifyConsistencyReceipt,
  verifyInclusionReceipt,
} from "./index.ts";
import type { CborValue, CoseAlgorithmName } from "./index.ts";

const leaves = Array.from({ length: 11 }, (_, index) => utf8Of(`leaf ${String(index)}`));
const readHashes = hashReaderOfLeaves(leaves);
const leaf = leafHash(leaves[5] ?? new Uint8Array());
const keyId = utf8Of("k1");
const issuer = "https://ledger.example/log";
const es256 = createSoftwareSigner(generateKey("ES256").pkcs8);
const checks = { publicKey: es256.publicKey, algorithm: "ES256" } as const;

async function inclusionReceipt(signer = es256): Promise<Uint8Array> {
  const hashes = await inclusionProof(readHashes, 5, 11);
  return issueInclusionReceipt(
    { signer, keyId, issuer },
    { size: 11, index: 5, hashes },
    await treeRoot(readHashes, 11),
  );
}

describe("an inclusion receipt", () => {
  it.each<CoseAlgorithmName>(["ES256", "Ed25519", "ML-DSA-44", "ML-DSA-65"])(
    "signed with %s is good",
    async (algorithm) => {
      const signer = createSoftwareSigner(generateKey(algorithm).pkcs8);
      const receipt = parseReceipt(await inclusionReceipt(signer));
      expect(receipt).toMatchObject({
        keyId,
        issuer,
        inclusions: [{ size: 11, index: 5 }],
        consistencies: [],
      });
      const own = { publicKey: signer.publicKey, algorithm };
      expect(verifyInclusionReceipt(receipt, leaf, own)).toEqual({
        result: "passed",
        root: await treeRoot(readHashes, 11),
      });
    },
  );

  it("is not good for another leaf, another key or another algorithm", async () => {
    const receipt = parseReceipt(await inclusionReceipt());
    const other = leafHash(utf8Of("leaf 6"));
    expect(verifyInclusionReceipt(receipt, other, checks)).toMatchObject({ problem: "cose-signature-wrong" });
    expect(verifyInclusionReceipt(receipt, new Uint8Array(), checks)).toMatchObject({
      problem: "receipt-proof-wrong",
    });
    const publicKey = generateKey("ES256").spki;
    expect(verifyInclusionReceipt(receipt, leaf, { ...checks, publicKey })).toMatchObject({
      problem: "cose-signature-wrong",
    });
    expect(verifyInclusionReceipt(receipt, leaf, { ...checks, algorithm: "Ed25519" })).toMatchObject({
      problem: "cose-algorithm",
    });
    expect(verifyConsistencyReceipt(receipt, { size: 5, root: leaf }, checks)).toMatchObject({
      problem: "receipt-malformed",
    });
  });

  it("is spoilt by a change of any byte but those that state the size of the tree, which nobody signed", async () => {
    const root = await treeRoot(readHashes, 11);
    const bytes = await inclusionReceipt();
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      const outcome = outcomeOf(changed);
      if (outcome.result === "passed") {
        expect({ root: outcome.root, index: outcome.index }, `byte ${String(at)}`).toEqual({
          root,
          index: 5,
        });
        expect(outcome.size).not.toBe(11);
      }
    }
  });

  it("is not made by a key that COSE has no number for", async () => {
    const sm2 = createSoftwareSigner(generateKey("SM2").pkcs8);
    await expect(inclusionReceipt(sm2)).rejects.toMatchObject({ code: "cose-algorithm" });
  });
});

describe("a consistency receipt", () => {
  it("leads from the smaller tree to a signed root", async () => {
    const hashes = await consistencyProof(readHashes, 7, 11);
    const path = { firstSize: 7, secondSize: 11, hashes };
    const root = await treeRoot(readHashes, 11);
    const receipt = parseReceipt(await issueConsistencyReceipt({ signer: es256, keyId, issuer }, path, root));
    const first = { size: 7, root: await treeRoot(readHashes, 7) };
    expect(verifyConsistencyReceipt(receipt, first, checks)).toEqual({ result: "passed", root });
    expect(verifyConsistencyReceipt(receipt, { ...first, size: 6 }, checks)).toMatchObject({
      problem: "receipt-malformed",
    });
    expect(verifyConsistencyReceipt(receipt, { ...first, root }, checks)).toMatchObject({
      problem: "receipt-proof-wrong",
    });
  });
});

describe("a COSE message", () => {
  const payload = utf8Of("payload");

  it("carries its payload or leaves it out, and never both", async () => {
    const whole = parseCoseSign1(await signCoseSign1(es256, { payload }));
    expect(problemOfCoseSign1(whole, checks)).toBeUndefined();
    expect(problemOfCoseSign1(whole, { ...checks, detachedPayload: payload })).toBe("cose-malformed");
    const detached = parseCoseSign1(await signCoseSign1(es256, { payload, isDetached: true }));
    expect(detached.payload).toBeUndefined();
    expect(problemOfCoseSign1(detached, checks)).toBe("cose-malformed");
    expect(problemOfCoseSign1(detached, { ...checks, detachedPayload: payload })).toBeUndefined();
  });

  it("with a critical parameter is refused, since none is understood", async () => {
    const protectedHeader = new Map<number, CborValue>([
      [2, [99]],
      [99, 1],
    ]);
    const message = parseCoseSign1(await signCoseSign1(es256, { payload, protectedHeader }));
    expect(problemOfCoseSign1(message, checks)).toBe("cose-critical");
  });

  it.each<[string, string]>([
    ["no tag", "8440a0f640"],
    ["the tag of a CWT alone", "d83d8440a0f640"],
    ["three parts", "d28340a0f6"],
    ["a text as payload", "d28440a0617840"],
    ["a list as header", "d2844180a0f640"],
    ["a parameter in both headers", "d28443a10126a10126f640"],
  ])("is malformed with %s", (_, hex) => {
    expect(() => parseCoseSign1(bytesOfHex(hex))).toThrow(
      expect.objectContaining({ code: "cose-malformed" }),
    );
  });

  it.each<[string, string]>([
    ["a length that is not the shortest", "d2840040a0f640".replace("0040", "5800")],
    ["an indefinite length", "9fff"],
    ["a key twice", "a201000100"],
    ["bytes behind its end", "f6f6"],
    ["nothing", ""],
    ["an unknown tag", "d9d9f700"],
    ["33 lists in each other", `${"81".repeat(33)}00`],
    ["not a number", "f97e00"],
    ["10,001 empty lists", `992711${"80".repeat(10_001)}`],
  ])("is not CBOR here with %s", (_, hex) => {
    expect(() => decodeCbor(bytesOfHex(hex))).toThrow(expect.objectContaining({ code: "cbor-malformed" }));
  });

  it("may nest as deep as any message does", () => {
    expect(decodeCbor(bytesOfHex(`${"81".repeat(32)}00`))).toBeDefined();
    expect(decodeCbor(encodeCbor(Array.from({ length: 100 }, () => [1])))).toHaveLength(100);
  });
});

function outcomeOf(bytes: Uint8Array) {
  try {
    const receipt = parseReceipt(bytes);
    return { ...verifyInclusionReceipt(receipt, leaf, checks), ...receipt.inclusions[0] };
  } catch (error) {
    if (error instanceof Error && error.name === "CoseError") return { result: "malformed" as const };
    throw error;
  }
}
