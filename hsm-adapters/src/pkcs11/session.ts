import type { Handle } from "pkcs11js";

import type { DecryptRequest, DeviceSession, MaybePromise, SignRequest } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import { CallPace } from "./call-pace.ts";
import { userStates, userTypes } from "./cryptoki.ts";
import { decryptInSession } from "./decryption.ts";
import type { SigningWay } from "./signing-ways.ts";
import type { TokenConnection } from "./token-connection.ts";
import type { TokenKey } from "./token-keys.ts";

/** Room for the signature of an RSA key with 16384 bits. */
const signatureOctets = 2048;

/** The longest digest is SHA-512. */
const digestOctets = 64;

/** How fast each way of signing is; shared by the sessions of a device. */
export type CallPaces = WeakMap<SigningWay, CallPace>;

/** A PKCS#11 session: one operation at a time (PKCS#11 v2.40 §2.6.7), which the caller sees to. */
export class Pkcs11Session implements DeviceSession {
  readonly #connection: TokenConnection;
  readonly #paces: CallPaces;
  readonly #handle: Handle;
  readonly #initialization: number;
  /** Lives as long as the session: another thread writes into it while this one goes on. */
  readonly #output = Buffer.alloc(signatureOctets);
  /** As `#output`: what another thread reads. Digests all have one place. */
  readonly #digest = Buffer.alloc(digestOctets);
  #input: Buffer = this.#digest;
  #isPoisoned = false;

  constructor(connection: TokenConnection, paces: CallPaces) {
    this.#connection = connection;
    this.#paces = paces;
    this.#handle = connection.openHandle();
    this.#initialization = connection.initialization;
  }

  sign(request: SignRequest): MaybePromise<Uint8Array> {
    this.#refuseIfLost();
    const key = this.#connection.keyOf(request.key);
    const way = wayOf(key, request);
    if (key.description.attributes.alwaysAuthenticate === true) {
      return this.#connection.alone(() => this.#signAuthenticated(key, way, request));
    }
    const { untilShared } = this.#connection;
    if (untilShared !== undefined) return untilShared.then(() => this.sign(request));
    this.#beginSignature(key, way, request.input);
    const pace = this.#paceOf(way);
    return pace.nextIsSynchronous() ? this.#signNow(way, pace) : this.#signLater(way);
  }

  /** All at once, so that nothing of this process comes between the PIN and the signature. */
  #signAuthenticated(
    key: TokenKey,
    way: SigningWay,
    { input, contextPin }: SignRequest,
  ): MaybePromise<Uint8Array> {
    this.#refuseIfLost();
    this.#beginSignature(key, way, input);
    const ready = this.#authenticate(contextPin);
    return ready === undefined ? this.#signNow(way) : ready.then(() => this.#signNow(way));
  }

  async decrypt(request: DecryptRequest): Promise<Uint8Array> {
    this.#refuseIfLost();
    const key = this.#connection.keyOf(request.key);
    if (key.description.attributes.alwaysAuthenticate !== true) {
      await this.#connection.untilShared;
      return this.#connection.track(this.#decryptWith(key, request));
    }
    return this.#connection.alone(() => this.#decryptWith(key, request));
  }

  async #decryptWith(key: TokenKey, request: DecryptRequest): Promise<Uint8Array> {
    this.#refuseIfLost();
    const operation = decryptInSession(this.#connection, this.#handle, key, request, (init) => {
      this.#forgettingStale(key.description.uri, () => {
        init(key.handle);
      });
      const isAsked = key.description.attributes.alwaysAuthenticate === true;
      return isAsked ? this.#authenticate(request.contextPin) : undefined;
    });
    return this.#poisonedByFailure(operation);
  }

  validate(): void {
    this.#refuseIfLost();
    const { library } = this.#connection;
    const { state } = library.call("C_GetSessionInfo", (module) => module.C_GetSessionInfo(this.#handle));
    if (!userStates.includes(state) && this.#connection.pinStatus().isNeeded) {
      throw new KeyStoreError("login-lost", "the session is open, but nobody is logged in any more");
    }
  }

  close(): void {
    this.#connection.closeHandle(this.#handle, this.#initialization);
  }

  #beginSignature(key: TokenKey, way: SigningWay, input: Uint8Array): void {
    this.#keepInput(way.prepare(input));
    this.#forgettingStale(key.description.uri, () => {
      this.#connection.library.call("C_SignInit", (module) => {
        module.C_SignInit(this.#handle, way.mechanism, key.handle);
      });
    });
  }

  #keepInput(input: Uint8Array): void {
    if (input.length > digestOctets) {
      this.#input = bufferOf(input);
      return;
    }
    // Views of a few octets are dear for a library: each gets memory of its own at the first call.
    if (this.#input.buffer !== this.#digest.buffer || this.#input.length !== input.length) {
      this.#input = this.#digest.subarray(0, input.length);
    }
    this.#input.set(input);
  }

  /** The PIN once more, after the operation has begun (CKA_ALWAYS_AUTHENTICATE); a promise if it is typed on the device. */
  #authenticate(contextPin: Uint8Array | undefined): Promise<void> | undefined {
    try {
      const login = this.#connection.loginAs(this.#handle, userTypes.contextSpecific, contextPin);
      return login instanceof Promise ? this.#poisonedByFailure(login) : undefined;
    } catch (cause) {
      // The operation stays begun, and every later one in this session would be refused.
      this.#isPoisoned = true;
      throw cause;
    } finally {
      contextPin?.fill(0);
    }
  }

  #signNow(way: SigningWay, pace?: CallPace): Uint8Array {
    const started = performance.now();
    try {
      const signature = this.#connection.library.call("C_Sign", (module) =>
        module.C_Sign(this.#handle, this.#input, this.#output),
      );
      pace?.note(performance.now() - started);
      return way.finish(new Uint8Array(signature));
    } catch (cause) {
      // A failed C_Sign leaves libraries in the middle of the operation: CKR_OPERATION_ACTIVE for ever after.
      this.#isPoisoned = true;
      throw cause;
    }
  }

  async #signLater(way: SigningWay): Promise<Uint8Array> {
    const signature = await this.#poisonedByFailure(
      this.#connection.track(
        this.#connection.library.callLater("C_Sign", (module) =>
          module.C_SignAsync(this.#handle, this.#input, this.#output),
        ),
      ),
    );
    return way.finish(new Uint8Array(signature));
  }

  async #poisonedByFailure<Value>(operation: Promise<Value>): Promise<Value> {
    try {
      return await operation;
    } catch (cause) {
      this.#isPoisoned = true;
      throw cause;
    }
  }

  #forgettingStale(uri: KeyUri, body: () => void): void {
    try {
      body();
    } catch (cause) {
      if (cause instanceof KeyStoreError && cause.code === "key-handle-stale")
        this.#connection.forgetKey(uri);
      throw cause;
    }
  }

  #paceOf(way: SigningWay): CallPace {
    const known = this.#paces.get(way) ?? new CallPace(this.#connection.calls);
    this.#paces.set(way, known);
    return known;
  }

  #refuseIfLost(): void {
    if (this.#isPoisoned || this.#initialization !== this.#connection.initialization) {
      throw new KeyStoreError(
        "session-lost",
        "the session is of no use any more: another one is to be opened",
      );
    }
  }
}

function wayOf({ ways, description }: TokenKey, { algorithm }: SignRequest): SigningWay {
  const way = ways.find((each) => each.algorithm === algorithm);
  if (way !== undefined) return way;
  const supported = ways.map((each) => each.algorithm);
  throw new KeyStoreError(
    "algorithm-not-supported",
    `on this token the key ${description.uri} signs by ${supported.join(", ") || "nothing"}, not by ${algorithm}`,
    { facts: { uri: description.uri, supported } },
  );
}

/** The same memory, as pkcs11js wants it. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
