import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { hexOf } from "@yinxin/crypto/bytes";

import { KeyStoreError } from "../key-store/index.ts";
import type { KeyDescription } from "../key-store/index.ts";
import { isRecorded, writeDirectoryFile } from "./directory-file.ts";
import type { DirectoryEntry, PlannedKey } from "./directory-file.ts";
import type { DirectoryStore, KeyDirectoryOptions, KeyRoute } from "./directory-options.ts";
import { findFreeKey } from "./find-free-key.ts";
import { describeRecorded } from "./recorded-key.ts";

export interface WantedKey {
  readonly label: string;
  readonly algorithm: SignatureAlgorithmName;
  readonly route: KeyRoute;
  readonly store: DirectoryStore;
}

type FileOptions = Pick<KeyDirectoryOptions, "file" | "randomBytes">;

/**
 * Gives a label its key: one that the store makes, or where it makes none the first that is free. Recorded before anybody gets it. The
 * caller holds the lock of the file, whose entries these are.
 */
export function makeDirectoryKey(
  options: FileOptions,
  wanted: WantedKey,
  entries: readonly DirectoryEntry[],
): Promise<KeyDescription> {
  const { generation } = wanted.store.store;
  if (generation === undefined) return adopt(options, wanted, entries);
  // A folder of files is this service's own and goes by labels itself: nothing has to be recorded.
  if (wanted.store.scheme === "file") return generation.generate(wanted);
  return generate(options, wanted, entries);
}

async function adopt(
  options: FileOptions,
  { label, algorithm, route, store }: WantedKey,
  entries: readonly DirectoryEntry[],
): Promise<KeyDescription> {
  const given = entries.filter(isRecorded);
  return record(options, label, await findFreeKey(store.store, route, algorithm, given), entries);
}

/** Plans the key, makes it unless the planned one is there already, and records it. */
async function generate(
  options: FileOptions,
  wanted: WantedKey,
  entries: readonly DirectoryEntry[],
): Promise<KeyDescription> {
  const { label, algorithm, store } = wanted;
  const before = entries.find((entry): entry is PlannedKey => entry.label === label && !isRecorded(entry));
  const isSame = before?.store === store.name && before.algorithm === algorithm;
  const planned = isSame ? before : plan(options, wanted);
  const others = entries.filter((entry) => entry.label !== label);
  if (!isSame) await writeDirectoryFile(options.file, [...others, planned], options.randomBytes);
  const there = isSame
    ? (await store.store.list()).find(
        (key) => key.label === planned.deviceLabel && key.algorithm === algorithm,
      )
    : undefined;
  const key = there ?? (await store.store.generation?.generate({ label: planned.deviceLabel, algorithm }));
  if (key === undefined) throw new KeyStoreError("operation-not-supported", `${store.name} makes no keys`);
  return record(options, label, key, others);
}

/** Devices are shared between services, so the key has a label there that no other service's has. */
function plan({ randomBytes }: FileOptions, { label, algorithm, store }: WantedKey): PlannedKey {
  const suffix = hexOf(randomBytes(4));
  const shortened = label.slice(0, 54).replace(/[.-]+$/, "");
  return { label, algorithm, store: store.name, deviceLabel: `${shortened}-${suffix}` };
}

async function record(
  { file, randomBytes }: FileOptions,
  label: string,
  key: KeyDescription,
  entries: readonly DirectoryEntry[],
): Promise<KeyDescription> {
  const { algorithm, uri, publicKey } = key;
  const entry = { label, algorithm, uri, publicKey };
  const others = entries.filter((other) => other.label !== label);
  await writeDirectoryFile(file, [...others, entry], randomBytes);
  return describeRecorded(entry, key);
}
