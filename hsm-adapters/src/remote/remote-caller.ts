import { setTimeout as pause } from "node:timers/promises";
import type { SecureContext } from "node:tls";

import { KeyStoreError } from "../key-store/index.ts";
import type { WireValue } from "../wire/index.ts";
import { connectRemote } from "./remote-connection.ts";
import type { RemoteAddress, RemoteConnection } from "./remote-connection.ts";

export interface RemoteCallerOptions {
  readonly address: RemoteAddress;
  readonly secureContext: SecureContext;
  readonly deadlineMilliseconds: number;
}

/** A signature is asked for this often at most, with a pause before the second time that doubles. */
const attempts = 4;
const firstPauseMilliseconds = 50;

/** Calls a server over one connection, which is made again when it is lost. */
export class RemoteCaller {
  readonly #options: RemoteCallerOptions;
  /** One attempt for all who wait. */
  #connecting: Promise<RemoteConnection> | undefined;
  #connection: RemoteConnection | undefined;
  #connections = 0;
  #isClosed = false;
  retries = 0;

  constructor(options: RemoteCallerOptions) {
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get reconnections(): number {
    return Math.max(0, this.#connections - 1);
  }

  /** Connects for the first time. @throws KeyStoreError `device-unreachable`, `not-permitted`. */
  async start(): Promise<void> {
    await this.#connect();
  }

  /** @throws KeyStoreError `key-store-closed`. */
  refuseIfClosed(): void {
    if (this.#isClosed) throw storeClosed();
  }

  /** Asks once. @throws KeyStoreError `deadline-exceeded`, `device-unreachable`, `key-store-closed`, what the server says. */
  call<Value>(operation: number, argument: unknown, read: (answer: WireValue) => Value): Promise<Value> {
    return this.#withinDeadline(() => this.#ask(operation, argument, read));
  }

  /** As {@link call}, and asks again where the connection was lost: for what does no harm when it is done twice. */
  callAgain<Value>(operation: number, argument: unknown, read: (answer: WireValue) => Value): Promise<Value> {
    return this.#withinDeadline(async (isLate) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await this.#ask(operation, argument, read);
        } catch (cause) {
          const isLost = cause instanceof KeyStoreError && cause.code === "device-unreachable";
          if (!isLost || attempt === attempts || this.#isClosed || isLate()) throw cause;
          this.retries += 1;
          await pause(firstPauseMilliseconds * 2 ** (attempt - 1), undefined, { ref: false });
        }
      }
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#connection?.channel.fail(storeClosed());
    this.#connection?.close();
    this.#connection = undefined;
  }

  async #ask<Value>(
    operation: number,
    argument: unknown,
    read: (answer: WireValue) => Value,
  ): Promise<Value> {
    this.refuseIfClosed();
    const connection = this.#connection?.isOpen() === true ? this.#connection : await this.#connect();
    this.refuseIfClosed();
    return connection.channel.call(operation, argument, read);
  }

  #connect(): Promise<RemoteConnection> {
    this.#connecting ??= this.#connectOnce().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connectOnce(): Promise<RemoteConnection> {
    const { address, secureContext, deadlineMilliseconds } = this.#options;
    const connection = await connectRemote(address, secureContext, deadlineMilliseconds);
    this.#connections += 1;
    if (this.#isClosed) connection.close();
    else this.#connection = connection;
    return connection;
  }

  /** A server that does not answer is left: what it answers later is nobody's. */
  async #withinDeadline<Value>(ask: (isLate: () => boolean) => Promise<Value>): Promise<Value> {
    const { deadlineMilliseconds, address } = this.#options;
    const startedAt = performance.now();
    let isLate = false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        isLate = true;
        this.#connection?.dropIfSilentSince(startedAt);
        const message = `${address.host} did not answer within ${String(deadlineMilliseconds)} ms`;
        reject(new KeyStoreError("deadline-exceeded", message));
      }, deadlineMilliseconds);
    });
    try {
      return await Promise.race([ask(() => isLate), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function storeClosed(): KeyStoreError {
  return new KeyStoreError("key-store-closed", "the key store was closed");
}
