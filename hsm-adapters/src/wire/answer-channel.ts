import type { KeyStoreError } from "../key-store/index.ts";
import { answerKinds } from "./answer-kinds.ts";
import { maximumCallsInFlight } from "./call-channel.ts";
import { FrameReader, maximumFrameOctets } from "./frame-reader.ts";
import { FrameWriter } from "./frame-writer.ts";
import type { WriteOctets } from "./frame-writer.ts";
import { WireError } from "./wire-error.ts";
import { encodeKeyStoreError } from "./wire-key-store-error.ts";
import { encodeWireValue } from "./wire-value.ts";

/**
 * While a synchronous driver works through a batch, answers that are ready leave when they are so many, so that the other side goes
 * on meanwhile; fewer, and system calls would take more than they give.
 */
const answersTogether = 16;

/** Of a slow driver they leave sooner. */
const flushIntervalMilliseconds = 3;

export interface AnswerChannelOptions {
  readonly write: WriteOctets;
  /**
   * Answers one call: with bytes, with plain data, or by throwing.
   *
   * @param body overwritten once this returned: what is kept has to be copied.
   */
  readonly answer: (operation: number, body: Buffer) => unknown;
  /** What a caller is told of an error. @throws what is not for callers, such as a WireError. */
  readonly errorOf: (cause: unknown) => KeyStoreError;
  /** Called when answering went wrong later on, so that nothing can be told to the caller: end the connection. */
  readonly onFailure: (cause: unknown) => void;
  readonly callsInFlight?: number;
  readonly frameOctets?: number;
}

/** The answering side of a connection. */
export class AnswerChannel {
  readonly #options: AnswerChannelOptions;
  readonly #writer: FrameWriter;
  readonly #reader: FrameReader;
  readonly #limit: number;
  #callsInFlight = 0;
  #flushedAt = 0;
  #unflushed = 0;

  constructor(options: AnswerChannelOptions) {
    this.#options = options;
    this.#limit = options.callsInFlight ?? maximumCallsInFlight;
    this.#writer = new FrameWriter(options.write);
    this.#reader = new FrameReader((call, operation, body) => {
      this.#answer(call, operation, body);
    }, options.frameOctets ?? maximumFrameOctets);
  }

  /** @throws WireError for what is no call, and for too many: end the connection. */
  receive(chunk: Buffer): void {
    this.#flushedAt = performance.now();
    this.#unflushed = 0;
    this.#reader.feed(chunk);
  }

  /** Tells the other side something that it did not ask for. */
  tell(event: unknown): void {
    this.#send(0, answerKinds.event, encodeWireValue(event));
  }

  #answer(call: number, operation: number, body: Buffer): void {
    let answer: unknown;
    try {
      answer = this.#options.answer(operation, body);
    } catch (cause) {
      this.#sendError(call, cause);
      return;
    }
    if (answer instanceof Promise) this.#answerLater(call, answer);
    else this.#sendAnswer(call, answer);
    this.#unflushed += 1;
    const now = performance.now();
    if (this.#unflushed < answersTogether && now - this.#flushedAt < flushIntervalMilliseconds) return;
    this.#writer.flush();
    this.#unflushed = 0;
    this.#flushedAt = now;
  }

  #answerLater(call: number, answer: Promise<unknown>): void {
    this.#callsInFlight += 1;
    if (this.#callsInFlight > this.#limit) throw new WireError("too many calls at once");
    answer
      .then(
        (value) => {
          this.#sendAnswer(call, value);
        },
        (cause: unknown) => {
          this.#sendError(call, cause);
        },
      )
      .catch(this.#options.onFailure)
      .finally(() => (this.#callsInFlight -= 1));
  }

  #sendAnswer(call: number, answer: unknown): void {
    if (answer instanceof Uint8Array) this.#send(call, answerKinds.bytes, answer);
    else this.#send(call, answerKinds.value, encodeWireValue(answer));
  }

  #sendError(call: number, cause: unknown): void {
    this.#send(call, answerKinds.error, encodeKeyStoreError(this.#options.errorOf(cause)));
  }

  #send(call: number, kind: number, body: Uint8Array): void {
    this.#writer.frame(call, kind, body.length).set(body);
  }
}
