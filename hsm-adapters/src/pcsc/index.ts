/**
 * Readers and the cards in them, through the PC/SC library that the platform has: pcsc-lite, macOS's framework, or winscard.
 *
 * {@link loadPcsc} loads it, {@link openPcscContext} connects to the resource manager, and a {@link PcscContext} lists readers, waits
 * for cards to come and go, and connects to a {@link PcscCard}, which carries commands. What the commands mean is not
 * known here. Every call waits on the thread pool: a card may take a second to answer.
 */
export { loadPcsc } from "./pcsc-library.ts";
export type { PcscLibrary } from "./pcsc-library.ts";
export { openPcscContext, readerStates } from "./pcsc-context.ts";
export type { KnownReader, PcscContext } from "./pcsc-context.ts";
export type { PcscCard } from "./pcsc-card.ts";
export { pcscError, pcscNumberOf, pcscNumbers } from "./pcsc-error.ts";
