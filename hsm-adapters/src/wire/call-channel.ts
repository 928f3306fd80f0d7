import { KeyStoreError } from "../key-store/index.ts";
import { secretCopy } from "../pin/index.ts";
import { answerKinds } from "./answer-kinds.ts";
import { FrameReader } from "./frame-reader.ts";
import { FrameWriter } from "./frame-writer.ts";
import type { WriteOctets } from "./frame-writer.ts";
import { WireError } from "./wire-error.ts";
import { readKeyStoreError } from "./wire-key-store-error.ts";
import { decodeWireValue, encodeWireValue } from "./wire-value.ts";
import type { WireValue } from "./wire-value.ts";

/** More than any pool of sessions asks at once; what is above waits in the caller's own queue. */
export const maximumCallsInFlight = 4_096;

interface PendingCall {
  /** @throws WireError for an answer of another type. */
  readonly read: (answer: WireValue) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (reason: Error) => void;
}

export interface CallOptions {
  /** The arguments hold a secret: everything they are copied into is overwritten once it is sent. */
  readonly isSecret?: boolean;
}

/**
 * The asking side of a connection: numbers calls and settles each by its answer, in whatever order they come, or by the end of the
 * connection. An answer to a call that was not made, or was answered before, is a {@link WireError}.
 */
export class CallChannel {
  readonly #writer: FrameWriter;
  readonly #reader: FrameReader;
  readonly #onEvent: (event: WireValue) => void;
  readonly #pending = new Map<number, PendingCall>();
  #lastCall = 0;
  #failure: KeyStoreError | undefined;

  constructor(write: WriteOctets, onEvent: (event: WireValue) => void) {
    this.#writer = new FrameWriter(write);
    this.#onEvent = onEvent;
    this.#reader = new FrameReader((call, kind, body) => {
      this.#settle(call, kind, body);
    });
  }

  get callsInFlight(): number {
    return this.#pending.size;
  }

  /**
   * Calls with plain data.
   *
   * @throws KeyStoreError `device-busy` above {@link maximumCallsInFlight}; how the connection ended; what the other side says.
   */
  call<Value>(
    operation: number,
    argument: unknown,
    read: (answer: WireValue) => Value,
    { isSecret = false }: CallOptions = {},
  ): Promise<Value> {
    let encoded: Uint8Array;
    try {
      encoded = encodeWireValue(argument);
    } catch (cause) {
      if (cause instanceof WireError) return Promise.reject(notSendable(cause));
      throw cause;
    }
    const answer = this.callWithBody(operation, encoded.length, read, isSecret, (body) => {
      body.set(encoded);
    });
    if (isSecret) encoded.fill(0);
    return answer;
  }

  /** As {@link call}, with a body that is written in place: for the calls that are many. */
  callWithBody<Value>(
    operation: number,
    length: number,
    read: (answer: WireValue) => Value,
    isSecret: boolean,
    fill: (body: Buffer) => void,
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#pending.size >= maximumCallsInFlight) {
        throw new KeyStoreError("device-busy", `${String(maximumCallsInFlight)} calls are not answered yet`);
      }
      this.#lastCall = (this.#lastCall + 1) % 0x1_0000_0000;
      try {
        fill(this.#writer.frame(this.#lastCall, operation, length, isSecret));
      } catch (cause) {
        throw cause instanceof WireError ? notSendable(cause) : cause;
      }
      this.#pending.set(this.#lastCall, { read, resolve, reject });
    });
  }

  /** @throws WireError for what is no answer; the connection is of no use any more then. */
  receive(chunk: Buffer): void {
    this.#reader.feed(chunk);
  }

  /** Rejects all calls that wait, and all that come. */
  fail(failure: KeyStoreError): void {
    this.#failure ??= failure;
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of waiting) reject(this.#failure);
  }

  #settle(call: number, kind: number, body: Uint8Array): void {
    if (kind === answerKinds.event) {
      this.#onEvent(decodeWireValue(secretCopy(body)));
      return;
    }
    const pending = this.#pending.get(call);
    if (pending === undefined) throw new WireError("an answer to no call");
    if (kind === answerKinds.bytes) settle(pending, new Uint8Array(body));
    else if (kind === answerKinds.value) settle(pending, decodeWireValue(secretCopy(body)));
    else if (kind === answerKinds.error) pending.reject(readKeyStoreError(decodeWireValue(secretCopy(body))));
    else throw new WireError("an answer of no kind that is known");
    this.#pending.delete(call);
  }
}

function settle({ read, resolve }: PendingCall, answer: WireValue): void {
  // Both are of the same call, and of the type that it asked for.
  resolve(read(answer) as never);
}

function notSendable(cause: WireError): KeyStoreError {
  return new KeyStoreError("configuration-malformed", `this cannot be sent: ${cause.message}`, { cause });
}
