import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { base64Of, bytesOfBase64, concatBytes, hexOf, utf8Of } from "../bytes/index.ts";
import { createSoftwareSigner, generateKey } from "../signer/index.ts";
import {
  addSignatureLines,
  consistencyProof,
  cosignatureLine,
  encodeCheckpoint,
  encodeNoteKey,
  entryBundlePath,
  growEntryBundles,
  growTiles,
  hashReaderOfTiles,
  inclusionProof,
  leafHash,
  leafHashesOf,
  noteKeyOf,
  noteSignatureLine,
  signNote,
  tilePath,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
  verifyNote,
} from "./index.ts";

const size = 70_000;
const origin = "ledger.example/log";

/** What crypto/testing/go/open-log.go prints. */
interface GoAnswer {
  readonly signers: number;
  readonly unknown: number;
  readonly size: number;
  readonly records: readonly {
    readonly index: number;
    readonly entry: string;
    readonly hashes: readonly string[];
  }[];
  readonly trees: readonly {
    readonly first: number;
    readonly firstRoot: string;
    readonly hashes: readonly string[];
  }[];
  readonly saved: number;
  readonly note: string;
}

/** A log of entries of every length from 0 to 40, and its files by their path, grown in two steps. */
async function exportLog() {
  const entries = Array.from({ length: size }, (_, index) =>
    utf8Of(`entry ${String(index)} `.padEnd(index % 41, "证")).subarray(0, index % 41),
  );
  const files = new Map<string, Uint8Array>();
  let grown: { size: number; root: Uint8Array } = { size: 0, root: new Uint8Array() };
  for (const end of [65_000, size]) {
    const added = entries.slice(grown.size, end);
    const read = (path: string): Promise<Uint8Array> => Promise.resolve(files.get(path) ?? new Uint8Array());
    const readTiles = (places: readonly Parameters<typeof tilePath>[0][]) =>
      Promise.all(places.map((place) => read(tilePath(place))));
    const bundles = await growEntryBundles((place) => read(entryBundlePath(place)), grown.size, added);
    const growth = await growTiles(readTiles, grown.size, leafHashesOf(added));
    for (const bundle of bundles) files.set(entryBundlePath(bundle), bundle.bytes);
    for (const tile of growth.tiles) files.set(tilePath(tile), tile.bytes);
    grown = growth;
  }
  return { entries, files, root: grown.root };
}

/** The signing key of another party in the text form of Go's note package. */
function goSigningKey(name: string): { skey: string; publicKey: Uint8Array } {
  const { pkcs8, spki } = generateKey("Ed25519");
  const typedSeed = concatBytes(Uint8Array.of(1), pkcs8.subarray(-32));
  const key = noteKeyOf(name, spki);
  return { skey: `PRIVATE+KEY+${name}+${hexOf(key.keyId)}+${base64Of(typedSeed)}`, publicKey: spki };
}

function openWithGo(folder: string, verifierKey: string, signingKey: string): GoAnswer {
  const program = new URL("../../testing/go/open-log.go", import.meta.url).pathname;
  const result = spawnSync("go", ["run", program, folder, verifierKey, signingKey], {
    encoding: "utf8",
    maxBuffer: 16 * 1024 * 1024,
    env: { ...process.env, GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOFLAGS: "" },
  });
  if (result.status !== 0) throw new Error(`go: ${result.stderr}`);
  return JSON.parse(result.stdout) as GoAnswer;
}

describe("a log site", () => {
  toolTest(
    ["go"],
    "of 70,000 leaves is opened by the packages of Go's checksum database, and their proofs are ours",
    async () => {
      const { entries, files, root } = await exportLog();
      const signer = createSoftwareSigner(generateKey("Ed25519").pkcs8);
      const national = createSoftwareSigner(generateKey("SM2").pkcs8);
      const text = encodeCheckpoint({ origin, size, root });
      const checkpoint = addSignatureLines(await signNote({ signer, name: origin }, text), [
        await noteSignatureLine({ signer: national, name: origin }, text),
        await cosignatureLine({ signer, name: "w.example" }, text, new Date("2026-11-22T03:00:00Z")),
      ]);
      const other = goSigningKey("go.example");
      const folder = mkdtempSync(join(tmpdir(), "yinxin-log-"));
      try {
        files.set("checkpoint", utf8Of(checkpoint));
        for (const [path, bytes] of files) {
          mkdirSync(dirname(join(folder, path)), { recursive: true });
          writeFileSync(join(folder, path), bytes);
        }
        const answer = openWithGo(folder, encodeNoteKey(noteKeyOf(origin, signer.publicKey)), other.skey);
        expect(answer).toMatchObject({ signers: 1, unknown: 2, size });
        expect(answer.records).toHaveLength(72);
        expect(answer.trees).toHaveLength(8);
        expect(answer.saved).toBeGreaterThan(70);

        const { readHashes } = hashReaderOfTiles(
          (places) => Promise.resolve(places.map((place) => files.get(tilePath(place)) ?? new Uint8Array())),
          size,
          { cachedTiles: 300 },
        );
        for (const { index, entry, hashes } of answer.records) {
          expect(entry).toBe(base64Of(entries[index] ?? new Uint8Array()));
          const proof = hashes.map(bytesOfBase64);
          expect(hashes).toEqual((await inclusionProof(readHashes, index, size)).map(base64Of));
          const claim = { leafHash: leafHash(bytesOfBase64(entry)), index, size, proof, root };
          expect(verifyInclusion(claim)).toBe(true);
        }
        for (const { first, firstRoot, hashes } of answer.trees) {
          expect(firstRoot).toBe(base64Of(await treeRoot(readHashes, first)));
          expect(hashes).toEqual((await consistencyProof(readHashes, first, size)).map(base64Of));
          const claim = {
            firstSize: first,
            firstRoot: bytesOfBase64(firstRoot),
            secondSize: size,
            secondRoot: root,
            proof: hashes.map(bytesOfBase64),
          };
          expect(verifyConsistency(claim)).toBe(true);
        }
        const key = noteKeyOf("go.example", other.publicKey);
        expect(verifyNote(answer.note, [key])).toMatchObject({ result: "passed", text, signedBy: [key] });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
