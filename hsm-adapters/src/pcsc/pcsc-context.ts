import { utf8Of } from "@yinxin/crypto/bytes";

import { connectCard } from "./pcsc-card.ts";
import type { PcscCard } from "./pcsc-card.ts";
import { pcscNumberOf, pcscNumbers } from "./pcsc-error.ts";
import { readerStateOffsets, readHandle, readWord, writeWord } from "./pcsc-layout.ts";
import { checkAnswer } from "./pcsc-library.ts";
import type { PcscLibrary } from "./pcsc-library.ts";

/** One connection to the resource manager. Its calls wait on the thread pool; one at a time, but for `cancel`. */
export interface PcscContext {
  /** Names of all readers, with and without cards; none if there is no reader. */
  listReaders(): Promise<readonly string[]>;
  /** Connects, shared with other programs, to the card in a reader. @throws KeyStoreError `device-removed` if there is none. */
  connect(reader: string): Promise<PcscCard>;
  /**
   * Waits until a reader's state differs from what is known of it.
   *
   * @param known states as this function gave them before; 0 for one that was not asked yet.
   * @returns the states now; undefined after the time, or once it was cancelled.
   */
  waitForChange(
    known: readonly KnownReader[],
    milliseconds: number,
  ): Promise<readonly KnownReader[] | undefined>;
  /** Ends a {@link waitForChange} that is under way; from the same thread, since it does not wait. */
  cancel(): void;
  release(): Promise<void>;
}

export interface KnownReader {
  readonly name: string;
  /** Flags and a counter of changes; compared as a whole by the resource manager. */
  readonly state: number;
}

/** Flags of {@link KnownReader}'s state. */
export const readerStates = { changed: 0x2, present: 0x20 } as const;

const scopeSystem = 2;

/** More than every reader of a machine with a long name comes to. */
const maximumReaderListOctets = 16_384;

/** @throws KeyStoreError `device-unreachable` if no resource manager runs. */
export async function openPcscContext(library: PcscLibrary): Promise<PcscContext> {
  const { call, layout } = library;
  const out = new Uint8Array(8);
  checkAnswer("SCardEstablishContext", await call.SCardEstablishContext.later(scopeSystem, null, null, out));
  const context = readHandle(layout, out);
  return {
    listReaders: () => listReaders(library, context),
    connect: (reader) => connectCard(library, context, reader),
    waitForChange: (known, milliseconds) => waitForChange(library, context, known, milliseconds),
    cancel: () => {
      call.SCardCancel(context);
    },
    release: async () => {
      // What it answers changes nothing: the context is not used again.
      await call.SCardReleaseContext.later(context);
    },
  };
}

async function listReaders(library: PcscLibrary, context: bigint): Promise<readonly string[]> {
  const names = new Uint8Array(maximumReaderListOctets);
  const length = new Uint8Array(8);
  writeWord(library.layout, length, 0, names.length);
  try {
    checkAnswer("SCardListReaders", await library.call.SCardListReaders.later(context, null, names, length));
  } catch (cause) {
    if (pcscNumberOf(cause) === pcscNumbers.noReaders) return [];
    throw cause;
  }
  // Strings one after the other, each with a zero octet at its end, and an empty one at the end of all.
  // A name that is no UTF-8 has replacement characters here and is not found again; the other readers are.
  return new TextDecoder()
    .decode(names.subarray(0, readWord(length, 0)))
    .split("\0")
    .filter((name) => name !== "");
}

async function waitForChange(
  library: PcscLibrary,
  context: bigint,
  known: readonly KnownReader[],
  milliseconds: number,
): Promise<readonly KnownReader[] | undefined> {
  const { layout, call } = library;
  const offsets = readerStateOffsets(layout);
  // The structures only point to the names: they stay in a variable until the call is over.
  const readers = known.map((reader) => ({ ...reader, text: utf8Of(`${reader.name}\0`) }));
  const states = new Uint8Array(offsets.size * known.length);
  readers.forEach(({ state, text }, index) => {
    const start = index * offsets.size;
    new DataView(states.buffer).setBigUint64(start + offsets.name, library.addressOf(text), true);
    writeWord(layout, states, start + offsets.current, state);
  });
  const answer = await call.SCardGetStatusChange.later(context, milliseconds, states, known.length);
  const number = answer >>> 0;
  if (number === pcscNumbers.timeout || number === pcscNumbers.cancelled) return undefined;
  checkAnswer("SCardGetStatusChange", answer);
  return readers.map(({ name }, index) => ({
    name,
    state: readWord(states, index * offsets.size + offsets.event) & ~readerStates.changed,
  }));
}
