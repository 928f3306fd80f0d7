/**
 * How one platform's PC/SC library lays out what crosses the border. The interface is PC/SC's part 5 in Microsoft's WinSCard form
 * everywhere, but pcsc-lite takes DWORD for `unsigned long`, and macOS packs the structure of reader states.
 */
export interface PcscLayout {
  /** As the loader finds it. */
  readonly library: string;
  /** Windows has each function with text twice; A takes bytes. */
  readonly textSuffix: "A" | "";
  /** Octets of a DWORD. */
  readonly word: 4 | 8;
  /** Octets of a context and of a card handle. */
  readonly handle: 4 | 8;
  /** Whether members of SCARD_READERSTATE follow each other without gaps. */
  readonly isPacked: boolean;
  /** Octets that SCARD_READERSTATE keeps for an answer to reset. */
  readonly atrRoom: number;
}

const layouts: Readonly<Record<string, PcscLayout>> = {
  linux: {
    library: "libpcsclite.so.1",
    textSuffix: "",
    word: 8,
    handle: 8,
    isPacked: false,
    atrRoom: 33,
  },
  darwin: {
    library: "/System/Library/Frameworks/PCSC.framework/PCSC",
    textSuffix: "",
    word: 4,
    handle: 4,
    isPacked: true,
    atrRoom: 33,
  },
  win32: { library: "winscard.dll", textSuffix: "A", word: 4, handle: 8, isPacked: false, atrRoom: 36 },
};

/** The layout on this platform (`process.platform`); undefined where there is no PC/SC that we know. */
export function pcscLayoutOf(platform: string): PcscLayout | undefined {
  return layouts[platform];
}

/** Only machines of 64 bits are supported. */
const pointerOctets = 8;

/** Where the members of SCARD_READERSTATE stand. */
export interface ReaderStateOffsets {
  readonly name: number;
  readonly current: number;
  readonly event: number;
  readonly size: number;
}

export function readerStateOffsets({ word, isPacked, atrRoom }: PcscLayout): ReaderStateOffsets {
  const current = 2 * pointerOctets;
  const event = current + word;
  const bare = event + 2 * word + atrRoom;
  const size = isPacked ? bare : Math.ceil(bare / pointerOctets) * pointerOctets;
  return { name: 0, current, event, size };
}

/** A DWORD in memory. */
export function writeWord(layout: PcscLayout, bytes: Uint8Array, offset: number, value: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (layout.word === 8) view.setBigUint64(offset, BigInt(value), true);
  else view.setUint32(offset, value, true);
}

/** The low 32 bits of a DWORD: there are never more in use. */
export function readWord(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);
}

/** A context or a card handle in memory of eight octets. */
export function readHandle(layout: PcscLayout, bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return layout.handle === 8 ? view.getBigUint64(0, true) : BigInt(view.getUint32(0, true));
}
