import { KeyStoreError } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import type { SessionNumber } from "./device-connection.ts";
import type {
  DecryptRequest,
  Device,
  DeviceAbility,
  DeviceEvent,
  DeviceInfo,
  DeviceKey,
  DeviceSession,
  GenerateRequest,
  ImportRequest,
  MaybePromise,
  PinStatus,
  SignRequest,
} from "./driver.ts";

/** Sessions that may be open at once, whatever the device says: each costs the library memory. */
const maximumSessions = 1024;

/**
 * The calls of a `DeviceConnection` on a device in this process, with its sessions by number. What a driver answers at once is
 * passed on at once, so that a host can answer a whole batch in one go.
 *
 * @throws KeyStoreError `operation-not-supported` for a member that the device lacks, `session-lost` for a session that is not
 *   open (any more), what the driver says.
 */
export class DeviceCalls {
  readonly #device: Device;
  readonly #sessions = new Map<SessionNumber, DeviceSession>();
  #lastSession = 0;

  constructor(device: Device) {
    this.#device = device;
  }

  get device(): DeviceInfo {
    return this.#device.info;
  }

  pinStatus(): MaybePromise<PinStatus> {
    return this.#device.pinStatus();
  }

  /** @param pin overwritten once the driver is done with it, if the driver has not done so. */
  login(pin: Uint8Array | undefined): MaybePromise<void> {
    return wipedAfterwards(pin, () => this.#device.login(pin));
  }

  logout(): MaybePromise<void> {
    return this.#device.logout();
  }

  listKeys(): MaybePromise<readonly DeviceKey[]> {
    return this.#device.listKeys();
  }

  findKey(uri: KeyUri): MaybePromise<DeviceKey | undefined> {
    return this.#device.findKey(uri);
  }

  refresh(): MaybePromise<void> {
    this.#sessions.clear();
    return this.#device.refresh();
  }

  async openSession(): Promise<SessionNumber> {
    if (this.#sessions.size >= maximumSessions) {
      throw new KeyStoreError("device-busy", `${String(maximumSessions)} sessions are open`);
    }
    const session = await this.#device.openSession();
    this.#lastSession += 1;
    this.#sessions.set(this.#lastSession, session);
    return this.#lastSession;
  }

  sign(session: SessionNumber, request: SignRequest): MaybePromise<Uint8Array> {
    const open = this.#session(session);
    if (request.contextPin === undefined) return open.sign(request);
    return wipedAfterwards(request.contextPin, () => open.sign(request));
  }

  decrypt(session: SessionNumber, request: DecryptRequest): MaybePromise<Uint8Array> {
    const open = this.#session(session);
    return wipedAfterwards(request.contextPin, () =>
      open.decrypt === undefined ? this.#refuse("decrypt") : open.decrypt(request),
    );
  }

  validateSession(session: SessionNumber): MaybePromise<void> {
    return this.#session(session).validate();
  }

  closeSession(session: SessionNumber): MaybePromise<void> {
    const open = this.#sessions.get(session);
    this.#sessions.delete(session);
    return open?.close();
  }

  random(length: number): MaybePromise<Uint8Array> {
    return this.#device.random === undefined ? this.#refuse("random") : this.#device.random(length);
  }

  generateKey(request: GenerateRequest): MaybePromise<DeviceKey> {
    return this.#device.generateKey === undefined
      ? this.#refuse("generate")
      : this.#device.generateKey(request);
  }

  importKey(request: ImportRequest): MaybePromise<DeviceKey> {
    return wipedAfterwards(request.pkcs8, () =>
      this.#device.importKey === undefined ? this.#refuse("import") : this.#device.importKey(request),
    );
  }

  destroyKey(uri: KeyUri): MaybePromise<void> {
    return this.#device.destroyKey === undefined ? this.#refuse("destroy") : this.#device.destroyKey(uri);
  }

  readCertificate(uri: KeyUri): MaybePromise<Uint8Array | undefined> {
    return this.#device.readCertificate === undefined
      ? this.#refuse("read-certificate")
      : this.#device.readCertificate(uri);
  }

  writeCertificate(uri: KeyUri, certificate: Uint8Array): MaybePromise<void> {
    return this.#device.writeCertificate === undefined
      ? this.#refuse("write-certificate")
      : this.#device.writeCertificate(uri, certificate);
  }

  onEvent(listener: (event: DeviceEvent) => void): void {
    this.#device.onEvent?.(listener);
  }

  close(): MaybePromise<void> {
    this.#sessions.clear();
    return this.#device.close();
  }

  #session(session: SessionNumber): DeviceSession {
    const open = this.#sessions.get(session);
    if (open === undefined) throw new KeyStoreError("session-lost", "the session is not open any more");
    return open;
  }

  #refuse(ability: DeviceAbility): never {
    const { can, family } = this.#device.info;
    throw new KeyStoreError("operation-not-supported", `this ${family} device does not ${words[ability]}`, {
      facts: { supported: can },
    });
  }
}

const words: Readonly<Record<DeviceAbility, string>> = {
  generate: "make keys",
  import: "take in keys",
  destroy: "destroy keys",
  "read-certificate": "give out certificates",
  "write-certificate": "keep certificates",
  decrypt: "decrypt",
  random: "give random bytes",
  events: "tell of events",
};

/** Overwrites a secret when the call is over, however it ends: drivers do so too, but a vendor's library may throw in between. */
function wipedAfterwards<Value>(
  secret: Uint8Array | undefined,
  call: () => MaybePromise<Value>,
): MaybePromise<Value> {
  let isPending = false;
  try {
    const answer = call();
    if (!(answer instanceof Promise)) return answer;
    isPending = true;
    return answer.finally(() => secret?.fill(0));
  } finally {
    if (!isPending) secret?.fill(0);
  }
}
