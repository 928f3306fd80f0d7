import { describe, expect, it } from "vitest";

import { base64Of, utf8Of } from "../bytes/index.ts";
import { createSoftwareSigner, generateKey } from "../signer/index.ts";
import {
  consistencyProof,
  decideAddCheckpoint,
  encodeAddCheckpoint,
  encodeCheckpoint,
  hashReaderOfLeaves,
  noteKeyOf,
  parseAddCheckpoint,
  signNote,
  treeRoot,
} from "./index.ts";

const signer = createSoftwareSigner(generateKey("Ed25519").pkcs8);
const origin = "ledger.example/log";
const keys = [noteKeyOf(origin, signer.publicKey)];
const leaves = Array.from({ length: 20 }, (_, index) => utf8Of(String(index)));
const readHashes = hashReaderOfLeaves(leaves);

const noteOf = async (size: number, root?: Uint8Array): Promise<string> =>
  signNote(
    { signer, name: origin },
    encodeCheckpoint({ origin, size, root: root ?? (await treeRoot(readHashes, size)) }),
  );
const requestOf = async (oldSize: number, size: number): Promise<string> =>
  encodeAddCheckpoint({
    oldSize,
    proof: oldSize === 0 ? [] : await consistencyProof(readHashes, oldSize, size),
    note: await noteOf(size),
  });
const seen = async (size: number) => ({ keys, latest: { size, root: await treeRoot(readHashes, size) } });

describe("a witness", () => {
  it("follows a log from nothing on, and may be asked again for what it has", async () => {
    expect(decideAddCheckpoint(parseAddCheckpoint(await requestOf(0, 7)), { keys })).toMatchObject({
      status: 200,
      checkpoint: { origin, size: 7 },
    });
    expect(decideAddCheckpoint(parseAddCheckpoint(await requestOf(7, 20)), await seen(7))).toMatchObject({
      status: 200,
      checkpoint: { size: 20 },
    });
    expect(decideAddCheckpoint(parseAddCheckpoint(await requestOf(20, 20)), await seen(20))).toMatchObject({
      status: 200,
    });
    expect(decideAddCheckpoint(parseAddCheckpoint(await requestOf(0, 0)), { keys })).toMatchObject({
      status: 200,
    });
  });

  it.each<[string, number, () => Promise<[string, Parameters<typeof decideAddCheckpoint>[1]]>]>([
    ["a log it does not know", 404, async () => [await requestOf(0, 7), undefined]],
    ["a signature of no key of the log", 403, async () => [await requestOf(0, 7), { keys: [] }]],
    ["a wrong signature", 403, async () => [(await requestOf(0, 7)).replace("\n7\n", "\n8\n"), { keys }]],
    [
      "an old size beyond the new",
      400,
      async () => [(await requestOf(0, 7)).replace("old 0", "old 8"), await seen(8)],
    ],
    ["another history", 422, async () => [(await requestOf(7, 20)).replace(/\n.*\n/, "\n"), await seen(7)]],
    [
      "another root of the same size",
      422,
      async () => [
        encodeAddCheckpoint({ oldSize: 7, proof: [], note: await noteOf(7, new Uint8Array(32)) }),
        await seen(7),
      ],
    ],
    [
      "a proof from nothing",
      422,
      async () => [
        encodeAddCheckpoint({ oldSize: 0, proof: [new Uint8Array(32)], note: await noteOf(7) }),
        { keys },
      ],
    ],
    [
      "an empty tree with a root of its own",
      422,
      async () => [
        encodeAddCheckpoint({ oldSize: 0, proof: [], note: await noteOf(0, new Uint8Array(32)) }),
        { keys },
      ],
    ],
  ])("does not cosign for %s: %i", async (_, status, make) => {
    const [body, log] = await make();
    expect(decideAddCheckpoint(parseAddCheckpoint(body), log)).toMatchObject({ status });
  });

  it("says which size it has when the log is mistaken about that", async () => {
    const request = parseAddCheckpoint(await requestOf(5, 20));
    expect(decideAddCheckpoint(request, await seen(7))).toMatchObject({ status: 409, size: 7 });
    expect(decideAddCheckpoint(request, { keys })).toMatchObject({ status: 409, size: 0 });
  });
});

describe("a request to add a checkpoint", () => {
  const hash = base64Of(new Uint8Array(32));

  it.each([
    ["no old size", (body: string) => body.replace("old 0", "new 0")],
    ["an old size with a leading zero", (body: string) => body.replace("old 0", "old 00")],
    ["no empty line", (body: string) => body.replaceAll("\n\n", "\n")],
    ["64 lines of proof", (body: string) => body.replace("old 0\n", `old 0\n${`${hash}\n`.repeat(64)}`)],
    ["a hash of another length", (body: string) => body.replace("old 0\n", "old 0\nAAAA\n")],
    ["no checkpoint", () => "old 0\n\ntext\n\n— a AAAAAAAA\n"],
    ["two million characters", (body: string) => body + "x".repeat(2_000_000)],
  ])("is malformed with %s", async (_, change) => {
    expect(() => parseAddCheckpoint(change("old 0\n\n"))).toThrow(
      expect.objectContaining({ name: "TlogError" }),
    );
    const body = await requestOf(0, 7);
    expect(() => parseAddCheckpoint(change(body))).toThrow(expect.objectContaining({ name: "TlogError" }));
  });
});
