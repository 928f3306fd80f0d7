import { join } from "node:path";

import { noteKeyOf } from "@yinxin/crypto/tlog";
import type { NoteKey } from "@yinxin/crypto/tlog";

/**
 * A log whose database was restored from a backup cannot go on: others hold checkpoints over events that are gone. With the
 * approval of officers it begins a new epoch, a log with a name and a tree of its own over all events that are there.
 */
export function originOfEpoch(origin: string, epoch: number): string {
  return epoch === 1 ? origin : `${origin}/${String(epoch)}`;
}

/** Where the epoch keeps its checkpoint and tiles; those of the epochs before stay as they were. */
export function folderOfEpoch(folder: string, epoch: number): string {
  return epoch === 1 ? folder : join(folder, `epoch-${String(epoch)}`);
}

/** The same key under the name that it signs an epoch's checkpoints with. */
export function keyOfEpoch(key: NoteKey, epoch: number): NoteKey {
  return noteKeyOf(originOfEpoch(key.name, epoch), key.publicKey, key.kind);
}

/** A log is restored now and then; whoever names a later epoch than this names none. */
export const epochMax = 1000;

/** Which epoch of the log `origin` is called `name`; undefined if none is. */
export function epochOfOrigin(name: string, origin: string): number | undefined {
  if (name === origin) return 1;
  const [, base, number] = /^(.*)\/([2-9]|[1-9]\d{1,3})$/su.exec(name) ?? [];
  const epoch = Number(number);
  return base === origin && epoch <= epochMax ? epoch : undefined;
}
