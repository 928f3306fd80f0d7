import { concatBytes, utf8Of } from "../../src/bytes/index.ts";
import { issueConsistencyReceipt, issueInclusionReceipt } from "../../src/cose/index.ts";
import { extendJadesToT, signJades } from "../../src/jades/index.ts";
import { issueSdJwt } from "../../src/sdjwt/index.ts";
import {
  compressStatusList,
  emptyStatusList,
  issueStatusListCwt,
  issueStatusListJwt,
  withStatuses,
} from "../../src/statuslist/index.ts";
import {
  addSignatureLines,
  consistencyProof,
  cosignatureLine,
  encodeAddCheckpoint,
  encodeCheckpoint,
  encodeEntryBundle,
  encodeLogProof,
  encodeNoteKey,
  hashReaderOfLeaves,
  inclusionProof,
  noteKeyOf,
  signNote,
  treeRoot,
} from "../../src/tlog/index.ts";
import { signCompactJws } from "../../src/tokens/index.ts";
import { stampWith } from "../stamp-with.ts";
import { fixedParty, fixedRandom, fixedSigner } from "./fixed-keys.ts";
import type { SeedsByParser } from "./issued-seeds.ts";

const at = new Date("2026-11-22T08:00:00Z");
const log = { signer: fixedSigner("fuzz log"), name: "fuzz.example/log" };
const witness = { signer: fixedSigner("fuzz witness"), name: "fuzz.example/witness" };

/** Where the status list of the seeds is, and the key that signed it. */
export const seedStatusUri = "https://fuzz.example/statuslists/1";
export const seedTokenKey = log.signer.publicKey;

/** What a ledger publishes and hands out: checkpoints, proofs, receipts, credentials, status lists, tokens. */
export async function ledgerSeeds(): Promise<SeedsByParser> {
  return { ...(await logSeeds()), ...(await tokenSeeds()), ...(await statusSeeds()) };
}

async function logSeeds(): Promise<SeedsByParser> {
  const leaves = Array.from({ length: 11 }, (_, index) => utf8Of(`leaf ${String(index)}`));
  const readHashes = hashReaderOfLeaves(leaves);
  const root = await treeRoot(readHashes, 11);
  const text = encodeCheckpoint({ origin: log.name, size: 11, root });
  const note = addSignatureLines(await signNote(log, text), [await cosignatureLine(witness, text, at)]);
  const hashes = await inclusionProof(readHashes, 5, 11);
  const consistency = await consistencyProof(readHashes, 7, 11);
  const logKey = encodeNoteKey(noteKeyOf(log.name, log.signer.publicKey));
  const witnessKey = encodeNoteKey(noteKeyOf(witness.name, witness.signer.publicKey, "cosignature-ed25519"));
  const policy = `# fuzz\nlog ${logKey} https://fuzz.example\nwitness w ${witnessKey}\ngroup g any w\nquorum g\n`;
  const by = { signer: log.signer, keyId: utf8Of("k1"), issuer: "https://fuzz.example" };
  const receipts = [
    await issueInclusionReceipt(by, { size: 11, index: 5, hashes }, root),
    await issueConsistencyReceipt(by, { firstSize: 7, secondSize: 11, hashes: consistency }, root),
  ];
  return {
    note: [utf8Of(note)],
    checkpoint: [utf8Of(text), utf8Of(`${text}extension\n`)],
    "log-proof": [
      utf8Of(encodeLogProof({ index: 5, hashes, checkpoint: note })),
      utf8Of(encodeLogProof({ index: 5, hashes, checkpoint: note, extra: utf8Of("extra") })),
    ],
    "log-policy": [utf8Of(policy)],
    "note-key": [utf8Of(logKey), utf8Of(witnessKey)],
    "entry-bundle": [encodeEntryBundle(leaves)],
    "tile-path": [utf8Of("tile/1/x001/x234/067.p/8"), utf8Of("tile/entries/x012/000")],
    "add-checkpoint": [utf8Of(encodeAddCheckpoint({ oldSize: 7, proof: consistency, note }))],
    cbor: receipts,
    "cose-receipt": receipts,
  };
}

async function tokenSeeds(): Promise<SeedsByParser> {
  const root = await fixedParty("root-ca", "fuzz token root");
  const { certificate, signer } = await fixedParty("signer", "fuzz token signer", root);
  const stamper = await fixedParty("tsa", "fuzz token stamper", root);
  const payload = utf8Of('{"decision":"同意"}');
  const compact = await signJades({ signer, certificate, payload, signedAt: at });
  const credential = await issueSdJwt({
    signer,
    keyId: "k1",
    type: "fuzz+sd-jwt",
    claims: { iss: "https://fuzz.example", name: "王芳", posts: ["焊工", { since: 2020 }], nested: { a: 1 } },
    concealed: [["name"], ["posts", 0], ["posts", 1, "since"], ["nested"], ["nested", "a"]],
    decoys: 1,
    randomBytes: fixedRandom(),
  });
  return {
    "compact-jws": [utf8Of(compact), utf8Of(await signCompactJws(signer, { typ: "at+jwt" }, payload))],
    jades: [utf8Of(compact), utf8Of(await extendJadesToT(compact, stampWith(stamper, at)))],
    "sd-jwt": [utf8Of(credential)],
  };
}

async function statusSeeds(): Promise<SeedsByParser> {
  const list = withStatuses(emptyStatusList(2, 1000), [[7, 2]]);
  const token = { list, uri: seedStatusUri, issuedAt: at, ttlSeconds: 600 };
  return {
    "status-list": [concatBytes(Uint8Array.of(2), compressStatusList(list))],
    "status-list-jwt": [utf8Of(await issueStatusListJwt({ signer: log.signer, keyId: "k1" }, token))],
    "status-list-cwt": [await issueStatusListCwt({ signer: log.signer, keyId: utf8Of("k1") }, token)],
  };
}
