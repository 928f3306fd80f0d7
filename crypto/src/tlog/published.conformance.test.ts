import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { vectorTest } from "../../../scripts/testing/vectors.ts";
import { bytesOfBase64, hexOf } from "../bytes/index.ts";
import {
  hashReaderOfLeaves,
  parseCheckpoint,
  parseNoteKey,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
  verifyNote,
} from "./index.ts";

interface ProofVector {
  readonly desc: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

interface InclusionVector extends ProofVector {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
}

interface ConsistencyVector extends ProofVector {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
}

interface NoteVector {
  readonly name: string;
  readonly vkey: string;
  readonly note: string;
}

function jsonFilesBelow(folder: string): { file: string; content: unknown }[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".json"))
    .map((file) => ({ file, content: JSON.parse(readFileSync(join(folder, file), "utf8")) as unknown }));
}

const proofOf = ({ proof }: ProofVector) => (proof ?? []).map(bytesOfBase64);

describe("proof verification against transparency-dev/merkle", () => {
  vectorTest("ledger/merkle/inclusion", "gives its verdict on every inclusion proof", (folder) => {
    const vectors = jsonFilesBelow(folder) as { file: string; content: InclusionVector }[];
    expect(vectors.length).toBeGreaterThan(90);
    for (const { file, content } of vectors) {
      const { leafIdx, treeSize } = content;
      const claim = {
        leafHash: bytesOfBase64(content.leafHash),
        index: leafIdx,
        size: treeSize,
        proof: proofOf(content),
        root: bytesOfBase64(content.root),
      };
      expect(verifyInclusion(claim), `${file}: ${content.desc}`).toBe(!content.wantErr);
    }
  });

  vectorTest("ledger/merkle/consistency", "gives its verdict on every consistency proof", (folder) => {
    const vectors = jsonFilesBelow(folder) as { file: string; content: ConsistencyVector }[];
    expect(vectors.length).toBeGreaterThan(95);
    for (const { file, content } of vectors) {
      const claim = {
        firstSize: content.size1,
        firstRoot: bytesOfBase64(content.root1),
        secondSize: content.size2,
        secondRoot: bytesOfBase64(content.root2),
        proof: proofOf(content),
      };
      expect(verifyConsistency(claim), `${file}: ${content.desc}`).toBe(!content.wantErr);
    }
  });
});

describe("notes of other logs", () => {
  vectorTest(
    "ledger/vectors/signed-notes.json",
    "are good with Ed25519 keys, and cosignature keys are refused",
    (path) => {
      const vectors = JSON.parse(readFileSync(path, "utf8")) as NoteVector[];
      const verdicts = vectors.map(({ vkey, note }) => {
        // Type 0x04 (timestamped cosignature) is not read yet; its key must say so instead of passing as Ed25519.
        if (bytesOfBase64(vkey.replace(/^[^+]*\+[^+]*\+/, ""))[0] !== 1) {
          expect(() => parseNoteKey(vkey)).toThrow(
            expect.objectContaining({ code: "note-key-not-supported" }),
          );
          return "refused";
        }
        return verifyNote(note, [parseNoteKey(vkey)]).result;
      });
      expect(verdicts.filter((verdict) => verdict === "passed")).toHaveLength(19);
      expect(verdicts.filter((verdict) => verdict === "refused")).toHaveLength(3);
      expect(verdicts).toHaveLength(22);
    },
  );

  vectorTest(
    "ledger/tessera-log/log",
    "of a Tessera log state the roots that we compute from its entries",
    async (folder) => {
      const key = parseNoteKey(
        "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
      );
      const bundle = readFileSync(join(folder, "tile/entries/000.p/15"));
      const entries: Uint8Array[] = [];
      for (let at = 0; at < bundle.length; at += 2 + (entries.at(-1)?.length ?? 0)) {
        entries.push(new Uint8Array(bundle.subarray(at + 2, at + 2 + bundle.readUInt16BE(at))));
      }
      expect(entries).toHaveLength(15);
      const readHashes = hashReaderOfLeaves(entries);
      for (let size = 0; size <= 15; size += 1) {
        const verified = verifyNote(readFileSync(join(folder, `checkpoint.${String(size)}`), "utf8"), [key]);
        const checkpoint = parseCheckpoint(verified.result === "passed" ? verified.text : "");
        expect(checkpoint.size).toBe(size);
        expect(hexOf(checkpoint.root)).toBe(hexOf(await treeRoot(readHashes, size)));
      }
    },
  );
});
