import { KeyStoreError } from "../key-store/index.ts";
import { openPcscContext, pcscNumberOf, pcscNumbers, readerStates } from "../pcsc/index.ts";
import type { PcscCard, PcscContext, PcscLibrary } from "../pcsc/index.ts";
import type { CardChannel } from "./apdu.ts";
import { selectPiv } from "./card-identity.ts";
import { statusOf } from "./card-error.ts";
import { findCard } from "./find-card.ts";
import type { FoundCard, WantedCard } from "./find-card.ts";

/** Counts how often the card's state was lost; a session of another count is lost with it. */
export type CardEpoch = number;

/** How long the resource manager may take to notice that a card was pulled, after which a failed exchange had another reason. */
const noticeRemovalMilliseconds = 1_500;

/** Statuses that say that another program has selected another application on the card. */
const deselectedStatuses: readonly number[] = [0x6881, 0x6d00, 0x6e00];

/**
 * The connection to one card, shared with other programs. Whatever is done to the card is done within {@link exclusively}: one
 * body at a time, in a transaction, so that nobody's command comes between a PIN and a signature.
 */
export class CardConnection {
  readonly #library: PcscLibrary;
  #context: PcscContext;
  #card: PcscCard;
  #state: "attached" | "reset" | "deselected" | "gone" | "closed" = "attached";
  #epoch: CardEpoch = 0;
  #last: Promise<unknown> = Promise.resolve();
  readonly #serial: string;

  private constructor(library: PcscLibrary, context: PcscContext, { card, identity }: FoundCard) {
    this.#library = library;
    this.#context = context;
    this.#card = card;
    this.#serial = identity.serials[0] ?? "";
  }

  /** @throws KeyStoreError `token-not-found`, `device-unreachable`. */
  static async open(
    library: PcscLibrary,
    wanted: WantedCard,
  ): Promise<{ connection: CardConnection; found: FoundCard }> {
    const context = await openPcscContext(library);
    try {
      const found = await findCard(context, wanted);
      return { connection: new CardConnection(library, context, found), found };
    } catch (cause) {
      await context.release();
      throw cause;
    }
  }

  get epoch(): CardEpoch {
    return this.#epoch;
  }

  get reader(): string {
    return this.#card.reader;
  }

  /**
   * Runs a body alone on the card; takes the connection up again first if it was lost.
   *
   * @param epoch of the session that asks.
   * @throws KeyStoreError `session-lost` for a session of another epoch, `device-removed`, what the body throws.
   */
  exclusively<Value>(body: (channel: CardChannel) => Promise<Value>, epoch?: CardEpoch): Promise<Value> {
    return this.#alone(() => this.#run(body, epoch));
  }

  /** Resets the card, which makes it forget the PIN, for every program. */
  reset(): Promise<void> {
    return this.#alone(async () => {
      await this.#card.disconnect("reset");
      this.#lose("gone");
    });
  }

  /** Starts anew with the resource manager: every session is lost; the card keeps what it knows. */
  renew(): Promise<void> {
    return this.#alone(() => {
      this.#lose("gone");
      return this.#attach();
    });
  }

  /** @param leave `reset` makes the card forget the PIN. */
  async close(leave: "reset" | "as-it-is"): Promise<void> {
    await this.#last;
    if (this.#state === "closed") return;
    this.#state = "closed";
    await this.#card.disconnect(leave);
    await this.#context.release();
  }

  /** One after the other: what a failed turn did is for whoever asked for it. */
  #alone<Value>(turn: () => Promise<Value>): Promise<Value> {
    const outcome = this.#last.then(turn);
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  async #run<Value>(body: (channel: CardChannel) => Promise<Value>, epoch?: CardEpoch): Promise<Value> {
    if (epoch !== undefined && epoch !== this.#epoch) {
      if (this.#state === "gone") await this.#attach();
      throw new KeyStoreError("session-lost", "the card was reset or removed since this session was opened");
    }
    await this.#attach();
    try {
      await this.#card.beginTransaction();
      try {
        return await body(this.#card);
      } finally {
        // A transaction that cannot be ended has ended with the card; the next call finds out.
        await this.#card.endTransaction().catch(() => undefined);
      }
    } catch (cause) {
      throw await this.#noteLoss(cause);
    }
  }

  async #attach(): Promise<void> {
    if (this.#state === "attached") return;
    if (this.#state === "closed") throw new KeyStoreError("session-lost", "the card was closed");
    try {
      if (this.#state === "gone") await this.#findAgain();
      else await this.#selectAgain();
      this.#state = "attached";
    } catch (cause) {
      throw await this.#noteLoss(cause);
    }
  }

  /** After a removal nothing of the old connection is worth keeping: the resource manager may have been started anew. */
  async #findAgain(): Promise<void> {
    await this.#card.disconnect("as-it-is");
    await this.#context.release();
    this.#context = await openPcscContext(this.#library);
    try {
      const wanted = this.#serial === "" ? {} : { serial: this.#serial };
      const { card } = await findCard(this.#context, wanted);
      this.#card = card;
    } catch (cause) {
      if (!(cause instanceof KeyStoreError) || cause.code !== "token-not-found") throw cause;
      throw new KeyStoreError("device-removed", cause.message, { cause, facts: cause.facts });
    }
  }

  async #selectAgain(): Promise<void> {
    if (this.#state === "reset") await this.#card.reconnect();
    const identity = await selectPiv(this.#card);
    if (identity !== undefined && (this.#serial === "" || identity.serials.includes(this.#serial))) return;
    // Another card lies in the reader now.
    this.#state = "gone";
    throw new KeyStoreError("device-removed", `the card ${this.#serial} is not in its reader any more`);
  }

  /** What a failure says about the connection, and the refusal for it. */
  async #noteLoss(cause: unknown): Promise<unknown> {
    const number = pcscNumberOf(cause);
    if (number === pcscNumbers.notTransacted || number === pcscNumbers.commError) {
      return this.#noteFailedExchange(cause);
    }
    if (deselectedStatuses.includes(statusOf(cause) ?? 0)) this.#lose("deselected");
    else if (number !== undefined && cause instanceof KeyStoreError) {
      this.#lose(cause.code === "session-lost" ? "reset" : "gone");
    }
    return cause;
  }

  /** A card that is pulled during a command looks like one that does not answer, until the reader is asked. */
  async #noteFailedExchange(cause: unknown): Promise<unknown> {
    const known = { name: this.#card.reader, state: readerStates.present };
    const isGone = await this.#waitForRemoval(known).catch(() => true);
    this.#lose(isGone ? "gone" : "reset");
    if (!isGone) return cause;
    return new KeyStoreError("device-removed", "the card was pulled during a command", {
      cause,
      ...(cause instanceof KeyStoreError ? { facts: cause.facts } : {}),
    });
  }

  async #waitForRemoval(known: { name: string; state: number }): Promise<boolean> {
    let [now = known] = (await this.#context.waitForChange([{ ...known, state: 0 }], 0)) ?? [];
    if ((now.state & readerStates.present) !== 0) {
      [now = known] = (await this.#context.waitForChange([now], noticeRemovalMilliseconds)) ?? [];
    }
    return (now.state & readerStates.present) === 0;
  }

  #lose(state: "reset" | "deselected" | "gone"): void {
    this.#state = state;
    this.#epoch += 1;
  }
}
