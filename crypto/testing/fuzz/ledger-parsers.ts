import { CoseError, decodeCbor, parseReceipt } from "../../src/cose/index.ts";
import { verifyJades } from "../../src/jades/index.ts";
import { claimsOf, parseSdJwt, SdJwtError } from "../../src/sdjwt/index.ts";
import {
  parseStatusList,
  StatusListError,
  verifyStatusListCwt,
  verifyStatusListJwt,
} from "../../src/statuslist/index.ts";
import {
  parseAddCheckpoint,
  parseCheckpoint,
  parseEntryBundle,
  parseLogPolicy,
  parseLogProof,
  parseNote,
  parseNoteKey,
  parseTilePath,
  TlogError,
} from "../../src/tlog/index.ts";
import { parseCompactJws, TokenError } from "../../src/tokens/index.ts";
import type { FuzzedParser } from "./fuzzed-parser.ts";
import { seedStatusUri, seedTokenKey } from "./ledger-seeds.ts";
import { ofText } from "./of-text.ts";

const now = new Date("2026-11-22T09:00:00Z");
const statusChecks = { publicKey: seedTokenKey, algorithm: "Ed25519", uri: seedStatusUri, now } as const;
const jadesQuestion = { anchors: [], evidence: { crls: [], ocspResponses: [] }, now };

const logParsers: readonly FuzzedParser[] = [
  { name: "note", parse: ofText(parseNote), refusals: [TlogError] },
  { name: "checkpoint", parse: ofText(parseCheckpoint), refusals: [TlogError] },
  { name: "log-proof", parse: ofText(parseLogProof), refusals: [TlogError] },
  { name: "log-policy", parse: parseLogPolicy, refusals: [TlogError] },
  { name: "note-key", parse: ofText(parseNoteKey), refusals: [TlogError] },
  { name: "entry-bundle", parse: (bytes) => parseEntryBundle(bytes, { width: 1 }), refusals: [TlogError] },
  { name: "tile-path", parse: ofText(parseTilePath), refusals: [] },
  { name: "add-checkpoint", parse: ofText(parseAddCheckpoint), refusals: [TlogError] },
];

const tokenParsers: readonly FuzzedParser[] = [
  { name: "cbor", parse: decodeCbor, refusals: [CoseError] },
  { name: "cose-receipt", parse: parseReceipt, refusals: [CoseError] },
  { name: "compact-jws", parse: ofText((text) => parseCompactJws(text)), refusals: [TokenError] },
  // A verifier never throws for a bad signature, whatever it is.
  { name: "jades", parse: ofText((text) => verifyJades({ ...jadesQuestion, text })), refusals: [] },
  { name: "sd-jwt", parse: ofText((text) => claimsOf(parseSdJwt(text))), refusals: [SdJwtError] },
  {
    name: "status-list",
    parse: (bytes) => parseStatusList(bytes[0], bytes.subarray(1)),
    refusals: [StatusListError],
  },
  {
    name: "status-list-jwt",
    parse: ofText((text) => verifyStatusListJwt(text, statusChecks)),
    refusals: [StatusListError],
  },
  {
    name: "status-list-cwt",
    parse: (bytes) => verifyStatusListCwt(bytes, statusChecks),
    refusals: [StatusListError],
  },
];

/** Readers of what a ledger publishes and hands out. */
export const ledgerParsers: readonly FuzzedParser[] = [...logParsers, ...tokenParsers];
