import { bytesOfLatin1, equalBytes, latin1Of, textOfUtf8 } from "../bytes/index.ts";
import type { LogPolicy, PolicyGroup, PolicyParty, PolicyWitness } from "./log-policy.ts";
import { parseNoteKey } from "./note-key.ts";
import type { NoteKey } from "./note-key.ts";
import { TlogError } from "./tlog-error.ts";

/** C2SP tlog-policy asks for 32 of each; a thousand lines hold that many times over. */
const maximumLines = 1000;
const maximumPolicyBytes = 4 * 1024 * 1024;

/** No witness and no group may be called so: as a quorum it asks for none. */
const noQuorum = "none";

interface Draft {
  readonly logs: PolicyParty[];
  readonly witnesses: PolicyWitness[];
  readonly groups: PolicyGroup[];
  /** Every name, and whether a group has it as a member already. */
  readonly names: Map<string, { isMember: boolean }>;
  /** Undefined until the line has come. */
  quorum?: string;
}

/**
 * Reads a policy file (C2SP tlog-policy). Names are octets that mean nothing, one character each; what is not ASCII in them
 * is compared and never interpreted.
 *
 * @throws TlogError `policy-malformed` with the number of the line.
 */
export function parseLogPolicy(file: Uint8Array): LogPolicy {
  if (file.length > maximumPolicyBytes) throw malformed(0, "it is too long");
  const lines = latin1Of(file).split("\n");
  if (lines.pop() !== "") throw malformed(lines.length + 1, "it does not end with a newline");
  if (lines.length > maximumLines) throw malformed(maximumLines, "it has too many lines");
  const draft: Draft = { logs: [], witnesses: [], groups: [], names: new Map() };
  lines.forEach((line, at) => {
    readLine(draft, line, at + 1);
  });
  if (draft.quorum === undefined) throw malformed(lines.length, "it has no quorum");
  const { logs, witnesses, groups, quorum } = draft;
  return { logs, witnesses, groups, quorum: quorum === noQuorum ? undefined : quorum };
}

type LineReader = (draft: Draft, words: readonly string[], line: number) => void;

const readers: Readonly<Record<string, LineReader>> = {
  log: readLog,
  witness: readWitness,
  group: readGroup,
  quorum: readQuorum,
};

function readLine(draft: Draft, text: string, line: number): void {
  // Tab, and what Latin-1 prints; DEL and the other control characters stand in no policy.
  if (/[^\t\x20-\x7e\x80-\xff]/.test(text)) throw malformed(line, "it has a control character");
  const [keyword, ...words] = text.split(/[ \t]+/).filter((word) => word !== "");
  if (keyword === undefined || keyword.startsWith("#")) return;
  const read = Object.hasOwn(readers, keyword) ? readers[keyword] : undefined;
  if (read === undefined) throw malformed(line, "it begins with no word of a policy");
  read(draft, words, line);
}

function readLog(draft: Draft, [vkey, url, ...more]: readonly string[], line: number): void {
  if (vkey === undefined || more.length > 0) throw malformed(line, "a log is a key and perhaps a URL");
  const key = keyOf(vkey, line);
  if (key.kind === "cosignature-ed25519") throw malformed(line, "logs do not sign with this type of key");
  checkNew(draft.logs, key, line);
  draft.logs.push({ key, ...(url !== undefined && { url }) });
}

function readWitness(draft: Draft, [name, vkey, url, ...more]: readonly string[], line: number): void {
  if (name === undefined || vkey === undefined || more.length > 0) {
    throw malformed(line, "a witness is a name, a key and perhaps a URL");
  }
  const key = keyOf(vkey, line);
  if (!key.kind.startsWith("cosignature-"))
    throw malformed(line, "witnesses do not sign with this type of key");
  checkNew(draft.witnesses, key, line);
  define(draft, name, line);
  draft.witnesses.push({ name, key, ...(url !== undefined && { url }) });
}

function readGroup(draft: Draft, [name, count, ...members]: readonly string[], line: number): void {
  if (name === undefined || count === undefined || members.length === 0) {
    throw malformed(line, "a group is a name, a number and its members");
  }
  for (const member of members) {
    const known = draft.names.get(member);
    if (known === undefined) throw malformed(line, "a member was not defined before");
    if (known.isMember) throw malformed(line, "a member is in two groups, or twice in one");
    known.isMember = true;
  }
  const threshold = thresholdOf(count, members.length);
  if (threshold === undefined) throw malformed(line, "its number is none from 1 to that of its members");
  define(draft, name, line);
  draft.groups.push({ name, threshold, members });
}

function readQuorum(draft: Draft, [name, ...more]: readonly string[], line: number): void {
  if (name === undefined || more.length > 0) throw malformed(line, "a quorum is one name");
  if (draft.quorum !== undefined) throw malformed(line, "it is the second quorum");
  if (name !== noQuorum && !draft.names.has(name)) throw malformed(line, "the quorum was not defined before");
  draft.quorum = name;
}

function thresholdOf(count: string, members: number): number | undefined {
  if (count === "any") return 1;
  if (count === "all") return members;
  const threshold = Number(count);
  return /^[1-9]\d*$/.test(count) && threshold <= members ? threshold : undefined;
}

function keyOf(vkey: string, line: number): NoteKey {
  try {
    return parseNoteKey(textOfUtf8(bytesOfLatin1(vkey)));
  } catch (cause) {
    // TypeError: the name in the key is not UTF-8, as that of a note must be.
    if (cause instanceof TlogError || cause instanceof TypeError) {
      throw malformed(line, `its key cannot be used: ${cause.message}`);
    }
    throw cause;
  }
}

/** Two keys are one if the key proper is, whatever their names. An SM2 key signs once for each tree of its log. */
function checkNew(parties: readonly PolicyParty[], { kind, publicKey }: NoteKey, line: number): void {
  const isTwin = kind === "sm3-tree";
  const isSame = ({ key }: PolicyParty): boolean =>
    equalBytes(key.publicKey, publicKey) && (key.kind === "sm3-tree") === isTwin;
  if (parties.some(isSame)) throw malformed(line, "the same key was defined before");
}

function define(draft: Draft, name: string, line: number): void {
  if (name === noQuorum || draft.names.has(name)) throw malformed(line, "its name is taken");
  draft.names.set(name, { isMember: false });
}

function malformed(line: number, detail: string): TlogError {
  return new TlogError("policy-malformed", `not a log policy: line ${String(line)}: ${detail}`);
}
