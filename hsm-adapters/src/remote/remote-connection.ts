import { connect } from "node:tls";
import type { SecureContext, TLSSocket } from "node:tls";

import { KeyStoreError } from "../key-store/index.ts";
import { CallChannel, readNothing, WireError } from "../wire/index.ts";
import { protocolName, remoteOperations } from "./remote-protocol.ts";

export interface RemoteAddress {
  readonly host: string;
  readonly port: number;
  /** The name in the server's certificate. */
  readonly server: string;
}

/** One connection to a server that has said that it knows this client. */
export interface RemoteConnection {
  readonly channel: CallChannel;
  isOpen(): boolean;
  /** Gives it up if nothing came since then: a network that swallows everything does not say so. */
  dropIfSilentSince(time: number): void;
  close(): void;
}

/**
 * Connects and greets: with TLS 1.3 a client learns only from the first answer whether its certificate was accepted (RFC 8446 §4.4.2).
 *
 * @throws KeyStoreError `device-unreachable` with the reason; `not-permitted`.
 */
export async function connectRemote(
  address: RemoteAddress,
  secureContext: SecureContext,
  limitMilliseconds: number,
): Promise<RemoteConnection> {
  const { host, port, server } = address;
  const socket = connect({
    host,
    port,
    secureContext,
    ...(isName(server) && { servername: server }),
    minVersion: "TLSv1.3",
    ALPNProtocols: [protocolName],
  });
  const connection = new OpenConnection(socket, `${host}:${String(port)}`);
  const limit = setTimeout(() => {
    connection.fail(`no answer within ${String(limitMilliseconds)} ms`);
  }, limitMilliseconds);
  try {
    await connection.channel.call(remoteOperations.greet, undefined, readNothing);
    return connection;
  } catch (cause) {
    connection.close();
    throw cause;
  } finally {
    clearTimeout(limit);
  }
}

/** The name of a server in TLS is never an address (RFC 6066 §3). */
function isName(server: string): boolean {
  return !server.includes(":") && !/^[0-9.]+$/.test(server);
}

class OpenConnection implements RemoteConnection {
  readonly channel: CallChannel;
  readonly #socket: TLSSocket;
  readonly #where: string;
  #isOpen = true;
  #receivedAt = 0;

  constructor(socket: TLSSocket, where: string) {
    this.#socket = socket;
    this.#where = where;
    this.channel = new CallChannel(
      (octets, sent) => socket.write(octets, sent),
      () => undefined,
    );
    socket.setNoDelay(true).setKeepAlive(true, 30_000);
    socket.on("data", (chunk: Buffer) => {
      this.#receivedAt = performance.now();
      try {
        this.channel.receive(chunk);
      } catch (cause) {
        if (!(cause instanceof WireError)) throw cause;
        this.fail(`it broke the protocol: ${cause.message}`);
      }
    });
    socket.on("error", (cause: Error) => {
      this.fail(cause.message);
    });
    socket.on("close", () => {
      this.fail("it closed the connection");
    });
  }

  isOpen(): boolean {
    return this.#isOpen;
  }

  dropIfSilentSince(time: number): void {
    if (this.#receivedAt < time) this.fail("it went silent");
  }

  fail(reason: string): void {
    this.#isOpen = false;
    this.#socket.destroy();
    const message = `the remote key store at ${this.#where} cannot be reached: ${reason}`;
    this.channel.fail(new KeyStoreError("device-unreachable", message));
  }

  close(): void {
    this.fail("the connection was closed");
  }
}
