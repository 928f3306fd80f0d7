import { isSameKey, parseNote, verifyNote, witnessSuccessorsOf } from "@yinxin/crypto/tlog";
import type { NoteKey } from "@yinxin/crypto/tlog";

import type { WitnessClient } from "../witness/witness-client.ts";
import { keepWitnessSuccession, readWitnessSuccessions } from "../witness/witness-successions.ts";
import type { OpenEpoch } from "./make-checkpoint.ts";

/**
 * Which of a witness's lines under a checkpoint are its own: those by the key that the deployment gave, or by one that
 * followed it. A line by a key that is not known makes the log ask the witness for its successions; what those do not
 * prove is left out. None: the answer is not the witness's.
 */
export async function linesOfWitness(
  log: Pick<OpenEpoch, "db" | "clock">,
  witness: WitnessClient,
  text: string,
  lines: readonly string[],
): Promise<readonly string[]> {
  const pinned = linesBy([witness.key], text, lines);
  if (pinned.length === lines.length) return pinned;
  const known = [witness.key, ...(await learnedKeys(log, witness))];
  const own = linesBy(known, text, lines);
  if (own.length === lines.length) return own;
  const learned = await learnKeys(log, witness, known);
  return learned.length === 0 ? own : linesBy([...known, ...learned], text, lines);
}

async function learnedKeys(
  { db }: Pick<OpenEpoch, "db">,
  { name, key }: WitnessClient,
): Promise<readonly NoteKey[]> {
  return witnessSuccessorsOf(await readWitnessSuccessions(db, name), [key]).map(({ to }) => to);
}

/** Asks the witness which keys followed, and keeps the notes that prove it. */
async function learnKeys(
  { db, clock }: Pick<OpenEpoch, "db" | "clock">,
  witness: WitnessClient,
  known: readonly NoteKey[],
): Promise<readonly NoteKey[]> {
  const notes = await witness.successions();
  const learned: NoteKey[] = [];
  for (const { from, to } of witnessSuccessorsOf(notes, known)) {
    const note = notes.find((one) => {
      const [successor] = witnessSuccessorsOf([one], [from]);
      return successor !== undefined && isSameKey(successor.to, to);
    });
    if (note === undefined) continue;
    await keepWitnessSuccession(db, { name: witness.name, note, at: clock.now() });
    learned.push(to);
  }
  return learned;
}

function linesBy(keys: readonly NoteKey[], text: string, lines: readonly string[]): readonly string[] {
  return lines.filter((line) => {
    const note = `${text}\n${line}`;
    // What is no line of a note at all would spoil the whole note.
    return verifyNote(note, keys).result === "passed" && parseNote(note).signatures.length === 1;
  });
}
