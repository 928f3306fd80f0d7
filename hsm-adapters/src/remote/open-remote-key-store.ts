import { createSecureContext } from "node:tls";

import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { SignerError } from "@yinxin/crypto/signer";
import type { Signer, SignInput } from "@yinxin/crypto/signer";

import { KeyStoreError } from "../key-store/index.ts";
import type { KeyDescription, KeyStore, KeyStoreHealth, KeyUri } from "../key-store/index.ts";
import { verifyInProcess } from "../verifier/index.ts";
import type { SignatureVerifier } from "../verifier/index.ts";
import { readBytes, readList, readNothing } from "../wire/index.ts";
import { keyUriAtServer, remoteKeyUri } from "./remote-key-uri.ts";
import {
  maximumRemoteInputOctets,
  readDescription,
  readHealth,
  readRemoteSigner,
  remoteOperations,
} from "./remote-protocol.ts";
import type { RemoteSigner } from "./remote-protocol.ts";
import { RemoteCaller } from "./remote-caller.ts";

export interface RemoteKeyStoreOptions {
  readonly host: string;
  readonly port: number;
  /** The name in the server's certificate, and in the URIs of its keys; the host if absent. */
  readonly server?: string;
  /** PEM: this client's certificate with its chain, and its private key. */
  readonly certificate: Uint8Array;
  readonly key: Uint8Array;
  /** PEM: the authority that issued the server's certificate. */
  readonly ca: Uint8Array;
  /** For each call, with all its retries; 10 seconds if absent. */
  readonly deadlineMilliseconds?: number;
  /** In this thread if absent. It stays the caller's to close. */
  readonly verifier?: SignatureVerifier;
}

const defaultDeadlineMilliseconds = 10_000;

/**
 * Opens the key store of another host, which signs with the keys that this client may use. A connection that is lost is made
 * again for the next call; only signatures are asked for a second time.
 *
 * @throws KeyStoreError `device-unreachable`; `not-permitted` if the server does not know this client's certificate;
 *   `configuration-malformed` if certificate, key and authority are not what they should be.
 */
export async function openRemoteKeyStore(options: RemoteKeyStoreOptions): Promise<KeyStore> {
  const { host, port, server = host, verifier = verifyInProcess } = options;
  const caller = new RemoteCaller({
    address: { host, port, server },
    secureContext: secureContextOf(options),
    deadlineMilliseconds: options.deadlineMilliseconds ?? defaultDeadlineMilliseconds,
  });
  await caller.start();
  return new RemoteKeyStore(server, caller, verifier);
}

function secureContextOf({ certificate, key, ca }: RemoteKeyStoreOptions) {
  try {
    return createSecureContext({
      cert: Buffer.from(certificate),
      key: Buffer.from(key),
      ca: Buffer.from(ca),
      minVersion: "TLSv1.3",
    });
  } catch {
    // The cause is dropped on purpose: it is about a private key.
    throw new KeyStoreError(
      "configuration-malformed",
      "certificate, key and ca of the remote key store are not PEM, or do not fit together",
    );
  }
}

class RemoteKeyStore implements KeyStore {
  readonly #server: string;
  readonly #caller: RemoteCaller;
  readonly #verifier: SignatureVerifier;
  #signatures = 0;
  #failures = 0;

  constructor(server: string, caller: RemoteCaller, verifier: SignatureVerifier) {
    this.#server = server;
    this.#caller = caller;
    this.#verifier = verifier;
  }

  async signer(uri: KeyUri, algorithm?: SignatureAlgorithmName): Promise<Signer> {
    this.#caller.refuseIfClosed();
    const atServer = keyUriAtServer(this.#server, uri);
    const opening = { uri: atServer, algorithm };
    const opened = await this.#caller.call(remoteOperations.open, opening, readRemoteSigner);
    if (algorithm !== undefined && opened.algorithm !== algorithm) {
      throw new KeyStoreError("algorithm-not-supported", `the server signs by ${opened.algorithm} instead`);
    }
    return { ...opened, sign: (input) => this.#sign(atServer, opened, input) };
  }

  async list(): Promise<readonly KeyDescription[]> {
    const keys = await this.#caller.call(remoteOperations.list, undefined, (answer) =>
      readList(answer, readDescription),
    );
    return keys
      .map((key) => ({ ...key, uri: remoteKeyUri(this.#server, key.uri) }))
      .sort((one, other) => (one.uri < other.uri ? -1 : 1));
  }

  refresh(): Promise<void> {
    return this.#caller.call(remoteOperations.refresh, undefined, readNothing);
  }

  async health(): Promise<KeyStoreHealth> {
    const device = `the key store of ${this.#server}`;
    const counters = {
      signatures: this.#signatures,
      failures: this.#failures,
      retries: this.#caller.retries,
      evictedSessions: 0,
      hostRestarts: this.#caller.reconnections,
    };
    if (this.#caller.isClosed) return { state: "closed", device, counters };
    try {
      const there = await this.#caller.call(remoteOperations.health, undefined, readHealth);
      return { state: there.state, device: `${device}: ${there.device}`, counters };
    } catch (cause) {
      if (!(cause instanceof KeyStoreError)) throw cause;
      const { code, message } = cause;
      return { state: "offline", device, counters, lastError: { code, message } };
    }
  }

  close(): Promise<void> {
    this.#caller.close();
    return Promise.resolve();
  }

  async #sign(uri: KeyUri, signer: RemoteSigner, input: SignInput): Promise<Uint8Array> {
    try {
      this.#caller.refuseIfClosed();
      const signature = await this.#askForSignature(uri, signer, input);
      this.#signatures += 1;
      return signature;
    } catch (cause) {
      this.#failures += 1;
      throw cause;
    }
  }

  async #askForSignature(uri: KeyUri, signer: RemoteSigner, input: SignInput): Promise<Uint8Array> {
    const { algorithm, publicKey, inputs } = signer;
    const kind = "message" in input ? "message" : "digest";
    const bytes = "message" in input ? input.message : input.digest;
    if (!inputs.includes(kind)) {
      throw new SignerError("input-not-supported", `this key does not sign a ${kind}`);
    }
    if (bytes.length > maximumRemoteInputOctets) {
      throw new KeyStoreError(
        "operation-not-supported",
        `a remote key signs at most ${String(maximumRemoteInputOctets)} octets: sign a digest`,
      );
    }
    const request = { uri, algorithm, kind, bytes };
    const signature = await this.#caller.callAgain(remoteOperations.sign, request, readBytes);
    if (await this.#verifier.verify({ algorithm, publicKey, input, signature })) return signature;
    throw new KeyStoreError("self-check-failed", `the server of ${uri} gave a signature that is wrong`);
  }
}
