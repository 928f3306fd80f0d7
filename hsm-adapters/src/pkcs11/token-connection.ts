import { textOfUtf8 } from "@yinxin/crypto/bytes";
import type { Handle } from "pkcs11js";

import type { MaybePromise, PinStatus } from "../driver/index.ts";
import { KeyStoreError, readKeyUri, writeKeyUri } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import type { Pkcs11Config } from "./config.ts";
import { sessionFlags, userStates, userTypes } from "./cryptoki.ts";
import type { CryptokiLibrary } from "./library.ts";
import type { OpenToken } from "./objects.ts";
import type { Pkcs11Profile } from "./profile.ts";
import { returnValueNumbers } from "./return-values.ts";
import type { SecretLogin } from "./secret-login.ts";
import { readTokenKeys } from "./token-keys.ts";
import type { KeyReading, TokenKey } from "./token-keys.ts";
import { findToken, pinStatusOf } from "./token.ts";
import type { FoundToken } from "./token.ts";

export interface TokenConnectionDeps {
  readonly library: CryptokiLibrary;
  readonly config: Pkcs11Config;
  readonly profile: Pkcs11Profile;
  readonly secretLogin: SecretLogin;
}

/**
 * The token as long as the driver has it open: its slot, its mechanisms, one session that keeps the login alive, and where its keys
 * are. When the token was away, all of that is found anew; the login is then lost, and who has the PIN logs in again.
 */
export class TokenConnection {
  readonly library: CryptokiLibrary;
  readonly profile: Pkcs11Profile;
  readonly #config: Pkcs11Config;
  readonly #secretLogin: SecretLogin;
  #token: FoundToken;
  #mechanisms: ReadonlySet<number>;
  #control: Handle | undefined;
  #keys = new Map<KeyUri, TokenKey>();
  readonly #inFlight = new Set<Promise<unknown>>();
  #untilShared: Promise<void> | undefined;
  #initialization = 0;

  /** @throws KeyStoreError `token-not-found`; what the library says. */
  constructor({ library, config, profile, secretLogin }: TokenConnectionDeps) {
    this.library = library;
    this.profile = profile;
    this.#config = config;
    this.#secretLogin = secretLogin;
    this.#token = findToken(library, config.token);
    this.#mechanisms = this.#readMechanisms();
  }

  get token(): FoundToken {
    return this.#token;
  }

  get mechanisms(): ReadonlySet<number> {
    return this.#mechanisms;
  }

  /** Another number after each {@link refresh}: sessions of before are gone. */
  get initialization(): number {
    return this.#initialization;
  }

  get calls(): Pkcs11Config["calls"] {
    return this.#config.calls;
  }

  /** The session in which objects are looked at; a new one if the token was away. @throws KeyStoreError what the library says. */
  control(): OpenToken {
    if (this.#control === undefined || !this.#isAlive(this.#control)) {
      this.#keys.clear();
      this.#token = findToken(this.library, this.#identity());
      this.#control = this.#openHandle(0);
    }
    return { library: this.library, session: this.#control };
  }

  /** Opens a session for an operation. @throws KeyStoreError what the library says. */
  openHandle(): Handle {
    this.control();
    return this.#openHandle(this.#config.readWrite ? sessionFlags.readWrite : 0);
  }

  /** Runs `body` with a session in which objects can be written. */
  writing<Value>(body: (token: KeyReading) => Value): Value {
    this.control();
    const session = this.#openHandle(sessionFlags.readWrite);
    try {
      return body(this.reading({ library: this.library, session }));
    } finally {
      this.#keys.clear();
      this.#closeQuietly(session);
    }
  }

  reading(open: OpenToken = this.control()): KeyReading {
    return {
      ...open,
      profile: this.profile,
      mechanisms: this.#mechanisms,
      uriOf: (id) => this.#uriOf(id),
    };
  }

  listKeys(): readonly TokenKey[] {
    const keys = readTokenKeys(this.reading());
    this.#keys = new Map(keys.map((key) => [key.description.uri, key]));
    return keys;
  }

  /** Looks in the token, whatever was known. */
  findKey(uri: KeyUri): TokenKey | undefined {
    this.#keys.delete(uri);
    const id = this.idOf(uri);
    if (id === undefined) return undefined;
    const key = readTokenKeys(this.reading(), id)[0];
    if (key !== undefined) this.#keys.set(uri, key);
    return key;
  }

  /** The key as it was found last, or found now. @throws KeyStoreError `key-not-found`. */
  keyOf(uri: KeyUri): TokenKey {
    const key = this.#keys.get(uri) ?? this.findKey(uri);
    if (key !== undefined) return key;
    throw new KeyStoreError("key-not-found", `the token "${this.#token.label}" has no key ${uri}`, {
      facts: { uri },
    });
  }

  /** The token said that it does not know the key's handle any more. */
  forgetKey(uri: KeyUri): void {
    this.#keys.delete(uri);
  }

  /** The CKA_ID in a URI; undefined if it names a key of another token. */
  idOf(uri: KeyUri): Uint8Array | undefined {
    const { scheme, attributes } = readKeyUri(uri);
    const id = attributes.get("id");
    return scheme === "pkcs11" && id !== undefined && this.#uriOf(id) === uri ? id : undefined;
  }

  pinStatus(): PinStatus {
    const { session } = this.control();
    const { slot } = this.#token;
    const { state } = this.library.call("C_GetSessionInfo", (module) => module.C_GetSessionInfo(session));
    const info = this.library.call("C_GetTokenInfo", (module) => module.C_GetTokenInfo(slot));
    return pinStatusOf(info, userStates.includes(state));
  }

  /** @param pin overwritten in any case. */
  async login(pin: Uint8Array | undefined): Promise<void> {
    try {
      await this.loginAs(this.control().session, userTypes.user, pin);
      // Private objects are seen from now on.
      this.#keys.clear();
    } finally {
      pin?.fill(0);
    }
  }

  /**
   * C_Login in a session, by PIN or on the device's own pad. An answer that does not say what became of the PIN counts as a refusal:
   * whoever gives it again because of that gives it until the token is locked.
   *
   * @throws KeyStoreError of a PIN.
   */
  loginAs(session: Handle, userType: number, pin: Uint8Array | undefined): void | Promise<void> {
    if (pin !== undefined) {
      // No octets at all would be the sign for the device's own pad.
      if (pin.length === 0) throw new KeyStoreError("pin-incorrect", "the PIN is empty; it was not tried");
      const answer = this.#secretLogin.now(session, userType, pin);
      if (answer === returnValueNumbers.cryptokiNotInitialized) this.#loginByText(session, userType, pin);
      else this.#checkLogin(answer);
      return;
    }
    if (!this.pinStatus().hasPinPad) {
      throw new KeyStoreError("pin-required", `the token "${this.#token.label}" wants its PIN`);
    }
    return this.#secretLogin.onPinPad(session, userType).then((answer) => {
      this.#checkLogin(answer);
    });
  }

  /** p11-kit's client is another one at each C_GetFunctionList: only pkcs11js has the right one, and takes nothing but text. */
  #loginByText(session: Handle, userType: number, pin: Uint8Array): void {
    try {
      this.library.call("C_Login", (module) => {
        module.C_Login(session, userType, textOfPin(pin));
      });
    } catch (cause) {
      const number = cause instanceof KeyStoreError ? cause.facts.vendor?.number : undefined;
      if (number === undefined) throw cause;
      this.#checkLogin(number);
    }
  }

  #checkLogin(answer: number): void {
    if (answer === 0 || answer === returnValueNumbers.userAlreadyLoggedIn) return;
    const refusal = this.library.refusal(answer, "C_Login");
    if (!["pin-incorrect", "vendor-error"].includes(refusal.code)) throw refusal;
    const { isLocked = false, remainingTries } = this.#pinStatusIfTold() ?? {};
    throw new KeyStoreError(isLocked ? "pin-locked" : "pin-incorrect", refusal.message, {
      facts: { ...refusal.facts, ...(remainingTries === undefined ? {} : { remainingTries }) },
    });
  }

  /** What happened to the PIN is said already; a token that is too upset to tell more must not make it unsaid. */
  #pinStatusIfTold(): PinStatus | undefined {
    try {
      return this.pinStatus();
    } catch (cause) {
      if (cause instanceof KeyStoreError) return undefined;
      throw cause;
    }
  }

  logout(): void {
    this.#keys.clear();
    const { session } = this.control();
    if (!this.pinStatus().isLoggedIn) return;
    this.library.call("C_Logout", (module) => {
      module.C_Logout(session);
    });
  }

  /** Remembers an operation on another thread until it is over: the library must not be finalised under it. */
  track<Value>(operation: Promise<Value>): Promise<Value> {
    this.#inFlight.add(operation);
    return operation.finally(() => this.#inFlight.delete(operation));
  }

  /** Resolves when whoever works {@link alone} is done; undefined if nobody does. */
  get untilShared(): Promise<void> | undefined {
    return this.#untilShared;
  }

  /**
   * Runs `body` while no other operation is on the way. A PIN given for one signature is a state of the whole card: another session's
   * operation in between would use it up, or undo it.
   */
  alone<Value>(body: () => MaybePromise<Value>): Promise<Value> {
    const before = this.#untilShared ?? Promise.resolve();
    const mine = before.then(() => Promise.allSettled(this.#inFlight)).then(body);
    const over = Promise.allSettled([mine]).then(() => {
      if (this.#untilShared === over) this.#untilShared = undefined;
    });
    this.#untilShared = over;
    return mine;
  }

  async refresh(): Promise<void> {
    await this.#settled();
    this.#control = undefined;
    this.#keys.clear();
    this.#initialization += 1;
    this.library.reinitialize();
    this.control();
    this.#mechanisms = this.#readMechanisms();
  }

  async close(): Promise<void> {
    await this.#settled();
    this.#keys.clear();
    if (this.#control !== undefined) this.#closeQuietly(this.#control);
    this.#control = undefined;
    this.library.release();
  }

  /** Closes a session that may be gone already. */
  closeHandle(session: Handle, initialization: number): void {
    if (initialization === this.#initialization) this.#closeQuietly(session);
  }

  async #settled(): Promise<void> {
    await this.#untilShared;
    await Promise.allSettled(this.#inFlight);
  }

  /** After the first time the very same token is looked for, not another with this label. */
  #identity(): Pkcs11Config["token"] {
    const { serial, label } = this.#token;
    return { serial, label };
  }

  /** Some libraries give every token the serial number zero or none: the label tells those apart. */
  #uriOf(id: Uint8Array): KeyUri {
    const { serial, label } = this.#token;
    const isShared = /^0*$/.test(serial);
    return writeKeyUri("pkcs11", { serial, id, ...(isShared && label !== "" ? { token: label } : {}) });
  }

  #readMechanisms(): ReadonlySet<number> {
    const { slot } = this.#token;
    return new Set(this.library.call("C_GetMechanismList", (module) => module.C_GetMechanismList(slot)));
  }

  #openHandle(flags: number): Handle {
    const { slot } = this.#token;
    return this.library.call("C_OpenSession", (module) =>
      module.C_OpenSession(slot, sessionFlags.serial | flags),
    );
  }

  #isAlive(session: Handle): boolean {
    try {
      this.library.call("C_GetSessionInfo", (module) => module.C_GetSessionInfo(session));
      return true;
    } catch (cause) {
      const codes = ["session-lost", "device-removed", "device-error"];
      if (cause instanceof KeyStoreError && codes.includes(cause.code)) return false;
      throw cause;
    }
  }

  #closeQuietly(session: Handle): void {
    try {
      this.library.call("C_CloseSession", (module) => {
        module.C_CloseSession(session);
      });
    } catch (cause) {
      // It is gone one way or another; what the operation answered counts.
      if (!(cause instanceof KeyStoreError)) throw cause;
    }
  }
}

/** @throws KeyStoreError `pin-incorrect` for what is no text: what is like it would be another PIN, and cost a try. */
function textOfPin(pin: Uint8Array): string {
  try {
    return textOfUtf8(pin);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new KeyStoreError(
      "pin-incorrect",
      "the PIN is no UTF-8, as this library wants it; it was not tried",
    );
  }
}
