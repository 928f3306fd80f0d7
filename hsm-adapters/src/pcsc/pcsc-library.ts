import { KeyStoreError } from "../key-store/index.ts";
import { openLibrary } from "../native/index.ts";
import type { NativeArgument, NativeFunction } from "../native/index.ts";
import { pcscError, pcscNumbers } from "./pcsc-error.ts";
import { pcscLayoutOf } from "./pcsc-layout.ts";
import type { PcscLayout } from "./pcsc-layout.ts";

const functionNames = [
  "SCardEstablishContext",
  "SCardReleaseContext",
  "SCardListReaders",
  "SCardGetStatusChange",
  "SCardCancel",
  "SCardConnect",
  "SCardReconnect",
  "SCardDisconnect",
  "SCardBeginTransaction",
  "SCardEndTransaction",
  "SCardTransmit",
] as const;
type FunctionName = (typeof functionNames)[number];

const withText: readonly FunctionName[] = ["SCardListReaders", "SCardGetStatusChange", "SCardConnect"];

/** The functions of PC/SC by name, and how this platform lays out their arguments. */
export interface PcscLibrary {
  readonly path: string;
  readonly layout: PcscLayout;
  readonly call: Readonly<Record<FunctionName, NativeFunction>>;
  /** Of bytes that a structure points to. */
  addressOf(bytes: Uint8Array): bigint;
}

/**
 * Loads the platform's PC/SC library: pcsc-lite on Linux, the framework on macOS, winscard on Windows.
 *
 * @param path of another library with the same layout, if it does not stand where the loader looks.
 * @throws KeyStoreError `native-module-missing`, `library-not-loadable`.
 */
export async function loadPcsc(path?: string, platform: string = process.platform): Promise<PcscLibrary> {
  const layout = pcscLayoutOf(platform);
  if (layout === undefined) {
    throw new KeyStoreError("library-not-loadable", `there is no PC/SC for ${platform}`);
  }
  const library = await openLibrary(path ?? layout.library);
  const parameters = parametersFor(layout);
  const declared = functionNames.map((name) => {
    const symbol = withText.includes(name) ? `${name}${layout.textSuffix}` : name;
    return [name, library.declare(symbol, layout.word === 8 ? "long" : "i32", parameters[name])] as const;
  });
  return {
    path: library.path,
    layout,
    call: Object.fromEntries(declared) as Record<FunctionName, NativeFunction>,
    addressOf: (bytes) => library.addressOf(bytes),
  };
}

/** The prototypes of PC/SC part 5, as WinSCard.h has them. */
function parametersFor(layout: PcscLayout): Readonly<Record<FunctionName, readonly NativeArgument[]>> {
  const word: NativeArgument = layout.word === 8 ? "u64" : "u32";
  const handle: NativeArgument = layout.handle === 8 ? "u64" : "u32";
  return {
    SCardEstablishContext: [word, "bytes", "bytes", "bytes"],
    SCardReleaseContext: [handle],
    SCardListReaders: [handle, "bytes", "bytes", "bytes"],
    SCardGetStatusChange: [handle, word, "bytes", word],
    SCardCancel: [handle],
    SCardConnect: [handle, "bytes", word, word, "bytes", "bytes"],
    SCardReconnect: [handle, word, word, word, "bytes"],
    SCardDisconnect: [handle, word],
    SCardBeginTransaction: [handle],
    SCardEndTransaction: [handle, word],
    SCardTransmit: [handle, "bytes", "bytes", word, "bytes", "bytes", "bytes"],
  };
}

/** @throws KeyStoreError for every answer but SCARD_S_SUCCESS. */
export function checkAnswer(call: string, answer: number): void {
  // LONG is signed, and as wide as the machine's words in pcsc-lite.
  const number = answer >>> 0;
  if (number !== pcscNumbers.success) throw pcscError(call, number);
}
