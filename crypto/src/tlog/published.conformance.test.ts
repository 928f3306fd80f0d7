import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { conformanceRow } from "../../../scripts/testing/conformance-row.ts";
import { vectorTest } from "../../../scripts/testing/vectors.ts";
import { bytesOfBase64, bytesOfHex, hexOf } from "../bytes/index.ts";
import {
  authenticTileReader,
  decideAddCheckpoint,
  encodeNoteKey,
  entryBundlePath,
  growEntryBundles,
  growTiles,
  hashReaderOfTiles,
  leafHashesOf,
  noteKeyOf,
  parseAddCheckpoint,
  parseCheckpoint,
  parseEntryBundle,
  parseNoteKey,
  tilePath,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
  verifyNote,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from "./index.ts";
import type { Checkpoint, EntryBundlePlace, TilePlace } from "./index.ts";

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

interface SubtreeInclusionVector extends ProofVector {
  readonly leafIdx: number;
  readonly start: number;
  readonly end: number;
  readonly root: string;
  readonly leafHash: string;
}

interface SubtreeConsistencyVector extends ProofVector {
  readonly start: number;
  readonly end: number;
  readonly size: number;
  readonly root1: string;
  readonly root2: string;
}

interface NoteVector {
  readonly name: string;
  readonly vkey: string;
  readonly note: string;
  readonly expect: { readonly ok: boolean; readonly timestamp?: number };
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
    conformanceRow({ suite: "transparency-dev/merkle inclusion", right: vectors.length, of: vectors.length });
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
    conformanceRow({
      suite: "transparency-dev/merkle consistency",
      right: vectors.length,
      of: vectors.length,
      note: "with the three of size1=0, refused by their rule and ours",
    });
  });
});

describe("subtree proofs against transparency-dev/merkle", () => {
  vectorTest("ledger/merkle/subtreeinclusion", "gives its verdict on every inclusion proof", (folder) => {
    const vectors = jsonFilesBelow(folder) as { file: string; content: SubtreeInclusionVector }[];
    expect(vectors.length).toBe(204);
    for (const { file, content } of vectors) {
      const claim = {
        leafHash: bytesOfBase64(content.leafHash),
        index: content.leafIdx,
        start: content.start,
        end: content.end,
        proof: proofOf(content),
        root: bytesOfBase64(content.root),
      };
      expect(verifySubtreeInclusion(claim), `${file}: ${content.desc}`).toBe(!content.wantErr);
    }
    conformanceRow({
      suite: "transparency-dev/merkle subtree inclusion",
      right: vectors.length,
      of: vectors.length,
    });
  });

  vectorTest("ledger/merkle/subtreeconsistency", "gives its verdict on every consistency proof", (folder) => {
    const vectors = jsonFilesBelow(folder) as { file: string; content: SubtreeConsistencyVector }[];
    expect(vectors.length).toBe(118);
    for (const { file, content } of vectors) {
      const claim = {
        start: content.start,
        end: content.end,
        size: content.size,
        subtreeRoot: bytesOfBase64(content.root1),
        root: bytesOfBase64(content.root2),
        proof: proofOf(content),
      };
      expect(verifySubtreeConsistency(claim), `${file}: ${content.desc}`).toBe(!content.wantErr);
    }
    conformanceRow({
      suite: "transparency-dev/merkle subtree consistency",
      right: vectors.length,
      of: vectors.length,
    });
  });
});

describe("notes of other logs", () => {
  vectorTest("ledger/vectors/signed-notes.json", "are good, with the time where a witness signed", (path) => {
    const vectors = JSON.parse(readFileSync(path, "utf8")) as NoteVector[];
    expect(vectors).toHaveLength(22);
    for (const { name, vkey, note, expect: expected } of vectors) {
      const key = parseNoteKey(vkey);
      const verified = verifyNote(note, [key]);
      expect(verified, name).toMatchObject({ result: expected.ok ? "passed" : "failed", signedBy: [key] });
      const [signature] = verified.result === "passed" ? verified.signatures : [];
      expect(signature?.timestamp, name).toBe(expected.timestamp);
      expect(encodeNoteKey(key), name).toBe(vkey);
    }
    conformanceRow({ suite: "C2SP signed notes", right: vectors.length, of: vectors.length });
  });

  vectorTest(
    "ledger/tessera-log/log",
    "of a Tessera log are over the tiles, bundles and roots that we write",
    async (folder) => {
      const key = parseNoteKey(
        "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
      );
      const fileAt = (path: string): Uint8Array => new Uint8Array(readFileSync(join(folder, path)));
      const entries = parseEntryBundle(fileAt("tile/entries/000.p/15"), { width: 15 });
      const readTiles = (places: readonly TilePlace[]) =>
        Promise.resolve(places.map((place) => fileAt(tilePath(place))));
      for (let size = 0; size <= 15; size += 1) {
        const verified = verifyNote(readFileSync(join(folder, `checkpoint.${String(size)}`), "utf8"), [key]);
        const checkpoint = parseCheckpoint(verified.result === "passed" ? verified.text : "");
        expect(checkpoint.size).toBe(size);
        const before = Math.max(0, size - 1);
        const added = entries.slice(before, size);
        const growth = await growTiles(readTiles, before, leafHashesOf(added));
        expect(hexOf(growth.root)).toBe(hexOf(checkpoint.root));
        for (const tile of growth.tiles) expect(hexOf(tile.bytes)).toBe(hexOf(fileAt(tilePath(tile))));
        const readBundle = (place: EntryBundlePlace) => Promise.resolve(fileAt(entryBundlePath(place)));
        for (const bundle of await growEntryBundles(readBundle, before, added)) {
          expect(hexOf(bundle.bytes)).toBe(hexOf(fileAt(entryBundlePath(bundle))));
        }
        const { readHashes } = hashReaderOfTiles(authenticTileReader(readTiles, checkpoint), size);
        expect(hexOf(await treeRoot(readHashes, size))).toBe(hexOf(checkpoint.root));
      }
      conformanceRow({ suite: "Tessera log, sizes 0 to 15", right: 16, of: 16 });
    },
  );
});

interface WitnessScenario {
  readonly logPublicKeyHex: string;
  readonly origin: string;
  readonly steps: readonly { readonly body: string; readonly status: number; readonly assert: string }[];
}

describe("a witness against the scenario of litewitness", () => {
  vectorTest("ledger/vectors/witness-scenario.json", "gives its answer at every step", (path) => {
    const { logPublicKeyHex, origin, steps } = JSON.parse(readFileSync(path, "utf8")) as WitnessScenario;
    const publicKey = bytesOfHex(`302a300506032b6570032100${logPublicKeyHex}`);
    const keys = [noteKeyOf(origin, publicKey)];
    let latest: Pick<Checkpoint, "size" | "root"> | undefined;
    expect(steps).toHaveLength(9);
    for (const { body, status, assert } of steps) {
      const request = parseAddCheckpoint(body);
      const isKnown = request.checkpoint.origin === origin;
      const decision = decideAddCheckpoint(
        request,
        isKnown ? { keys, ...(latest && { latest }) } : undefined,
      );
      // Litewitness answers 403 for a log it does not know; C2SP tlog-witness says 404.
      expect(decision.status, assert).toBe(isKnown ? status : 404);
      if (decision.status === 409) expect(`body == "${String(decision.size)}\\n"`).toBe(assert);
      if (decision.status === 200) latest = decision.checkpoint;
    }
    conformanceRow({ suite: "litewitness scenario", right: steps.length, of: steps.length });
    expect(latest?.size).toBe(5);
  });
});
