import { equalBytes } from "../bytes/index.ts";
import type { LogPolicy, PolicyGroup, PolicyWitness } from "./log-policy.ts";
import { encodeNoteKey, noteKeyOf, parseNoteKey } from "./note-key.ts";
import type { NoteKey } from "./note-key.ts";
import { addSignatureLines, noteSignatureLine } from "./note-signing.ts";
import type { NoteSigner } from "./note-signing.ts";
import { parseNote, verifyNote } from "./note.ts";
import { isSameKey } from "./succession.ts";
import { TlogError } from "./tlog-error.ts";

/** Which key of a witness follows which; both have its name and cosign. */
export interface WitnessSuccessor {
  readonly from: NoteKey;
  readonly to: NoteKey;
}

/** No origin of a log, and no size follows it: so no such text is ever a checkpoint. */
const firstLine = "yinxin-witness-key-successor/v1";

/**
 * A note in which a witness names the key that follows, signed by both: the earlier key vouches, the later one agrees. The
 * signatures are those of plain notes (C2SP signed-note), so they are no cosignatures of anything.
 *
 * @throws TlogError `note-key-malformed` for keys that are not Ed25519; SignerError.
 */
export async function signWitnessSuccession(
  name: string,
  from: NoteSigner["signer"],
  to: NoteSigner["signer"],
): Promise<string> {
  const keys = [from, to].map(({ publicKey }) => noteKeyOf(name, publicKey, "cosignature-ed25519"));
  const text = `${[firstLine, ...keys.map(encodeNoteKey)].join("\n")}\n`;
  const lines = [
    await noteSignatureLine({ signer: from, name }, text),
    await noteSignatureLine({ signer: to, name }, text),
  ];
  return addSignatureLines(`${text}\n${lines[0] ?? ""}`, lines.slice(1));
}

/** The succession that the note proves, if one of `known` vouches in it; undefined for anything else. */
export function verifyWitnessSuccession(
  note: string,
  known: readonly NoteKey[],
): WitnessSuccessor | undefined {
  try {
    const successor = successorIn(parseNote(note).text);
    if (successor === undefined || !known.some((key) => isSameKey(key, successor.from))) return undefined;
    const signers = [successor.from, successor.to].map((key) => noteKeyOf(key.name, key.publicKey));
    const verified = verifyNote(note, signers);
    if (verified.result === "failed") return undefined;
    return signers.every((key) => verified.signedBy.includes(key)) ? successor : undefined;
  } catch (cause) {
    if (cause instanceof TlogError) return undefined;
    throw cause;
  }
}

/** What the text states, not yet believed. @throws TlogError for a key that is none. */
function successorIn(text: string): WitnessSuccessor | undefined {
  const [first, from, to, end, ...more] = text.split("\n");
  if (first !== firstLine || from === undefined || to === undefined || end !== "" || more.length > 0) {
    return undefined;
  }
  const successor = { from: parseNoteKey(from), to: parseNoteKey(to) };
  return isOfOneWitness(successor) ? successor : undefined;
}

function isOfOneWitness({ from, to }: WitnessSuccessor): boolean {
  const areCosigners = [from, to].every(({ kind }) => kind === "cosignature-ed25519");
  return areCosigners && from.name === to.name && !equalBytes(from.publicKey, to.publicKey);
}

/** The keys that follow from `known`, in the order in which they become known; the notes may come in any order. */
export function witnessSuccessorsOf(
  notes: readonly string[],
  known: readonly NoteKey[],
): readonly WitnessSuccessor[] {
  const found: WitnessSuccessor[] = [];
  const believed = [...known];
  // Each turn finds one at least, or is the last.
  for (let isGrowing = true; isGrowing;) {
    isGrowing = false;
    for (const note of notes) {
      const successor = verifyWitnessSuccession(note, believed);
      if (successor === undefined || believed.some((key) => isSameKey(key, successor.to))) continue;
      found.push(successor);
      believed.push(successor.to);
      isGrowing = true;
    }
  }
  return found;
}

/**
 * The policy of somebody who also knows which keys followed those of its witnesses: each key counts, and a witness counts once,
 * whichever of its keys cosigned.
 */
export function withWitnessSuccessors(policy: LogPolicy, notes: readonly string[]): LogPolicy {
  const names = new Set([...policy.witnesses, ...policy.groups].map(({ name }) => name));
  const witnesses: PolicyWitness[] = [];
  const groups: PolicyGroup[] = [];
  const renamed = new Map<string, string>();
  for (const witness of policy.witnesses) {
    const later = witnessSuccessorsOf(notes, [witness.key]).map(({ to }) => to);
    const present = [...policy.witnesses, ...witnesses];
    const unknown = later.filter((key) => !present.some((other) => isSameKey(other.key, key)));
    const members = unknown.map((key, at) => {
      return { ...witness, key, name: freeName(`${witness.name}-key-${String(at + 2)}`, names) };
    });
    witnesses.push(witness, ...members);
    if (members.length === 0) continue;
    const group = freeName(`${witness.name}-keys`, names);
    groups.push({ name: group, threshold: 1, members: [witness, ...members].map(({ name }) => name) });
    renamed.set(witness.name, group);
  }
  const nameOf = (name: string): string => renamed.get(name) ?? name;
  return {
    logs: policy.logs,
    witnesses,
    groups: [...groups, ...policy.groups.map((group) => ({ ...group, members: group.members.map(nameOf) }))],
    quorum: policy.quorum === undefined ? undefined : nameOf(policy.quorum),
  };
}

function freeName(wanted: string, names: Set<string>): string {
  let name = wanted;
  while (names.has(name)) name += "-";
  names.add(name);
  return name;
}

/** The policy as a file (C2SP tlog-policy), which `parseLogPolicy` reads again. */
export function encodeLogPolicy({ logs, witnesses, groups, quorum }: LogPolicy): string {
  const lines = [
    ...logs.map(({ key, url }) => ["log", encodeNoteKey(key), url]),
    ...witnesses.map(({ name, key, url }) => ["witness", name, encodeNoteKey(key), url]),
    ...groups.map(({ name, threshold, members }) => ["group", name, String(threshold), ...members]),
    ["quorum", quorum ?? "none"],
  ];
  return lines.map((words) => `${words.filter((word) => word !== undefined).join(" ")}\n`).join("");
}
