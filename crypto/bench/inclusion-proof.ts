import { createHash } from "node:crypto";

import {
  growTiles,
  hashReaderOfTiles,
  inclusionProof,
  leafHash,
  tilePath,
  verifyInclusion,
} from "../src/tlog/index.ts";
import { compared, mustHold } from "./measure.ts";
import type { Measurement } from "./measure.ts";

const leaves = 2 ** 20;
const proofs = 4000;
const rounds = 3;
/** Leaves of this many tiles, spread over the whole log, are asked for again and again. */
const askedTiles = 256;
/** Enough for them and for the tiles above. */
const cachedTiles = 512;

/** Proofs that leaves are in a log of a million, from tiles in memory; and what hashing the path of one costs. */
export async function benchInclusionProof(): Promise<Measurement[]> {
  const tiles = new Map<string, Uint8Array>();
  const growth = await growTiles(
    () => Promise.resolve([]),
    0,
    Array.from({ length: leaves }, (_, at) => leafOf(at)),
  );
  for (const tile of growth.tiles) tiles.set(tilePath(tile), tile.bytes);
  const { readHashes } = hashReaderOfTiles(
    (places) => Promise.resolve(places.map((place) => tiles.get(tilePath(place)) ?? new Uint8Array())),
    leaves,
    { cachedTiles },
  );
  const indices = Array.from(
    { length: proofs },
    (_, at) => (at % askedTiles) * (leaves / askedTiles) + ((at * 37) % 256),
  );
  const first = await inclusionProof(readHashes, 5, leaves);
  mustHold(
    verifyInclusion({ leafHash: leafOf(5), index: 5, size: leaves, root: growth.root, proof: first }),
    "the proof is right",
  );
  await percentileOf(indices, (index) => inclusionProof(readHashes, index, leaves));
  const [ours, hashing] = [[], []] as [number[], number[]];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await percentileOf(indices, (index) => inclusionProof(readHashes, index, leaves)));
    hashing.push(await percentileOf(indices, () => Promise.resolve(hashPath())));
  }
  return [
    compared(
      { subject: "inclusion proof, 1 M leaves, hot", operation: "99th percentile", unit: "ms" },
      Math.min(...ours),
      { name: "20 SHA-256 digests, 99th percentile", value: Math.min(...hashing) },
      { of: "value", atMost: 1 },
    ),
  ];
}

function leafOf(index: number): Uint8Array {
  return leafHash(new Uint8Array(Uint32Array.of(index).buffer));
}

function hashPath(): Uint8Array {
  let hash = new Uint8Array(65);
  for (let level = 0; level < 20; level += 1)
    hash = new Uint8Array(createHash("sha256").update(hash).digest());
  return hash;
}

/** The 99th percentile of the CPU time that one takes, in milliseconds: what other programs take does not count. */
async function percentileOf(
  indices: readonly number[],
  run: (index: number) => Promise<unknown>,
): Promise<number> {
  const times: number[] = [];
  for (const index of indices) {
    const before = process.cpuUsage();
    await run(index);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? NaN;
}
