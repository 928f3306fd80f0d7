import { constants, X509Certificate } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import type { TLSSocket } from "node:tls";

import { KeyStoreError } from "../key-store/index.ts";
import type { KeyStore, KeyUri } from "../key-store/index.ts";
import { AnswerChannel, WireError } from "../wire/index.ts";
import { maximumRemoteFrameOctets, protocolName } from "./remote-protocol.ts";
import { checkServerIdentity } from "./server-identity.ts";
import type { ServerIdentity } from "./server-identity.ts";
import { answerRemoteCalls, remoteErrorOf } from "./answer-remote-calls.ts";
import { sharedStore } from "./shared-store.ts";
import type { SharedStore } from "./shared-store.ts";

export interface ServeKeyStoreOptions extends ServerIdentity {
  /** What is served. It stays the caller's to close. */
  readonly store: KeyStore;
  readonly listen: { readonly host: string; readonly port: number };
  /**
   * Which keys a client may use, by the SHA-256 fingerprint of its certificate (64 lower-case hex digits). Looked at anew for each
   * call. Whoever is not in it is refused.
   */
  readonly allow: ReadonlyMap<string, readonly KeyUri[]>;
  readonly log?: (event: RemoteServerEvent) => void;
}

export type RemoteServerEvent =
  | { readonly event: "client-connected" | "client-gone"; readonly client: string }
  | {
      readonly event: "client-refused";
      /** Its fingerprint, as far as it showed a certificate. */
      readonly client?: string;
      readonly reason: string;
    };

export interface RemoteServer {
  readonly port: number;
  /** Stops listening and ends all connections. */
  close(): Promise<void>;
}

/** A service has one connection; a few more while it is restarted, or runs twice. */
const connectionsPerClient = 8;
const connectionsInAll = 256;
/** More than a service signs at once with one device. */
const callsInFlightPerConnection = 1_024;
/** Answers that a client does not read: it asks and asks, and takes nothing. */
const maximumUnreadOctets = 4 * 1024 * 1024;
const handshakeMilliseconds = 10_000;

/**
 * Lets other hosts sign with keys of this store, over TLS 1.3 with certificates on both sides (RFC 8446 §4.4.2). A client sees
 * the keys that it may use and no others, and learns nothing of the store's files and devices.
 *
 * @throws KeyStoreError `configuration-malformed` if certificate, key and authority are not what they should be; Error of the system
 *   if the address is taken.
 */
export async function serveKeyStore(options: ServeKeyStoreOptions): Promise<RemoteServer> {
  const { listen, certificate, key, clientCa, log } = options;
  checkServerIdentity(options);
  const connections = new Map<TLSSocket, string>();
  const server = createServer({
    cert: Buffer.from(certificate),
    key: Buffer.from(key),
    ca: Buffer.from(clientCa),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.3",
    ALPNProtocols: [protocolName],
    handshakeTimeout: handshakeMilliseconds,
    // A session that is resumed shows no certificate again: one that has expired or lost its authority would go on.
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  const shared = sharedStore(options.store);
  server.maxConnections = connectionsInAll;
  server.on("tlsClientError", (cause) => log?.({ event: "client-refused", reason: cause.message }));
  server.on("secureConnection", (socket) => {
    const client = fingerprintOf(socket);
    const ofClient = [...connections.values()].filter((other) => other === client).length;
    if (client === undefined || ofClient >= connectionsPerClient || socket.alpnProtocol !== protocolName) {
      log?.({
        event: "client-refused",
        ...(client !== undefined && { client }),
        reason: "no certificate, another protocol, or too many connections",
      });
      socket.destroy();
      return;
    }
    connections.set(socket, client);
    socket.once("close", () => {
      connections.delete(socket);
      log?.({ event: "client-gone", client });
    });
    serveClient(socket, client, { ...options, store: shared });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(listen.port, listen.host, resolve);
  });
  // Too many open files, and the like: whoever came is not let in, and the others are served.
  server.on("error", (cause: Error) => log?.({ event: "client-refused", reason: cause.message }));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of connections.keys()) socket.destroy();
      }),
  };
}

function serveClient(
  socket: TLSSocket,
  client: string,
  { store, allow, log }: Omit<ServeKeyStoreOptions, "store"> & { readonly store: SharedStore },
): void {
  socket.setNoDelay(true).setKeepAlive(true, 30_000);
  const isAllowed = (): boolean => allow.has(client);
  if (isAllowed()) log?.({ event: "client-connected", client });
  else log?.({ event: "client-refused", client, reason: "it is allowed no keys" });
  const end = (): void => {
    socket.destroy();
  };
  // Whoever has no keys and does not even ask takes a place from others.
  const limit = isAllowed() ? undefined : setTimeout(end, handshakeMilliseconds);
  socket.once("close", () => {
    clearTimeout(limit);
  });
  const answer = answerRemoteCalls(store, () => {
    const keys = allow.get(client);
    if (keys !== undefined) return keys;
    // It is told why, and is gone then.
    setImmediate(end);
    throw new KeyStoreError("not-permitted", "this certificate may not use any key here");
  });
  const channel = new AnswerChannel({
    write: (octets, sent) => {
      if (socket.writableLength > maximumUnreadOctets) end();
      else socket.write(octets, sent);
    },
    answer,
    errorOf: remoteErrorOf,
    onFailure: end,
    callsInFlight: callsInFlightPerConnection,
    frameOctets: maximumRemoteFrameOctets,
  });
  socket.on("data", (chunk: Buffer) => {
    try {
      channel.receive(chunk);
    } catch (cause) {
      if (!(cause instanceof WireError)) throw cause;
      log?.({ event: "client-refused", client, reason: cause.message });
      end();
    }
  });
  socket.on("error", end);
}

/** What a client is known by in {@link ServeKeyStoreOptions.allow}. @param certificate PEM or DER @throws Error if it is none */
export function clientFingerprint(certificate: Uint8Array): string {
  return plainHex(new X509Certificate(certificate).fingerprint256);
}

function fingerprintOf(socket: TLSSocket): string | undefined {
  const { fingerprint256 } = socket.getPeerCertificate() as { readonly fingerprint256?: string };
  return fingerprint256 === undefined ? undefined : plainHex(fingerprint256);
}

function plainHex(fingerprint: string): string {
  return fingerprint.replaceAll(":", "").toLowerCase();
}
