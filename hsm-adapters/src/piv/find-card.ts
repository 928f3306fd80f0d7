import { KeyStoreError } from "../key-store/index.ts";
import { pcscNumberOf, pcscNumbers } from "../pcsc/index.ts";
import type { PcscCard, PcscContext } from "../pcsc/index.ts";
import { selectPiv } from "./card-identity.ts";
import type { CardIdentity } from "./card-identity.ts";

export interface FoundCard {
  readonly card: PcscCard;
  readonly identity: CardIdentity;
}

export interface WantedCard {
  readonly serial?: string;
  readonly reader?: string;
}

/**
 * The PIV card that is wanted, with its application selected.
 *
 * @throws KeyStoreError `token-not-found`, with what every reader holds in `seen`.
 */
export async function findCard(context: PcscContext, wanted: WantedCard): Promise<FoundCard> {
  const seen: string[] = [];
  const found: FoundCard[] = [];
  for (const reader of await context.listReaders()) {
    if (wanted.reader !== undefined && !reader.startsWith(wanted.reader)) {
      seen.push(`${reader}: not the reader that is configured`);
      continue;
    }
    const outcome = await lookInto(context, reader);
    if (typeof outcome === "string") {
      seen.push(`${reader}: ${outcome}`);
      continue;
    }
    seen.push(`${reader}: PIV card ${outcome.identity.serials[0] ?? "without a serial number"}`);
    if (isWanted(outcome.identity, wanted)) found.push(outcome);
    else await outcome.card.disconnect("as-it-is");
  }
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  for (const { card } of found) await card.disconnect("as-it-is");
  throw notFound(wanted, seen, found.length);
}

/** The card in a reader, or why there is none to use. */
async function lookInto(context: PcscContext, reader: string): Promise<FoundCard | string> {
  try {
    const card = await context.connect(reader);
    const identity = await selectPiv(card);
    if (identity !== undefined) return { card, identity };
    await card.disconnect("as-it-is");
    return "a card without PIV";
  } catch (cause) {
    if (!(cause instanceof KeyStoreError)) throw cause;
    // One card that is mute, in use or just being pulled must not hide the others.
    return pcscNumberOf(cause) === pcscNumbers.noSmartcard ? "no card" : cause.message;
  }
}

function isWanted({ serials }: CardIdentity, { serial }: WantedCard): boolean {
  return serial === undefined || serials.includes(serial);
}

function notFound({ serial }: WantedCard, seen: readonly string[], count: number): KeyStoreError {
  const which = serial === undefined ? "" : ` ${serial}`;
  const message =
    count > 1
      ? `there are ${String(count)} PIV cards${which}: name one by its serial number`
      : `there is no PIV card${which} in any reader`;
  const readers = seen.length === 0 ? ["no readers"] : seen;
  return new KeyStoreError("token-not-found", `${message} (${readers.join("; ")})`, {
    facts: { seen: readers },
  });
}
