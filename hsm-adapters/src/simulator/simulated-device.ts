import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { createSoftwareDecryptor, EnvelopeError } from "@yinxin/crypto/enveloped";
import { createSoftwareSigner, generateKey, SignerError } from "@yinxin/crypto/signer";

import type {
  Device,
  DeviceEvent,
  DeviceInfo,
  DeviceKey,
  DeviceSession,
  GenerateRequest,
  ImportRequest,
  PinStatus,
} from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import type { SimulatedKey } from "./simulated-keys.ts";
import { SimulatedSession } from "./simulated-session.ts";
import { mechanismsOf } from "./simulated-signature.ts";
import type { SimulatedState } from "./simulated-state.ts";

const generated: readonly SignatureAlgorithmName[] = ["SM2", "ES256", "Ed25519", "RS256"];
const defaultMaximumSessions = 64;

/** Often enough to be noticed while a person watches; each look costs one call of the system. */
const eventMilliseconds = 25;

export class SimulatedDevice implements Device {
  readonly info: DeviceInfo;
  readonly #state: SimulatedState;
  #watch: NodeJS.Timeout | undefined;

  constructor(state: SimulatedState) {
    this.#state = state;
    const { config } = state;
    this.info = {
      family: "simulator",
      manufacturer: "Yinxin",
      model: "simulator",
      serial: state.serial,
      label: "simulated device",
      firmware: "1.0",
      profile: "simulator",
      library: "none",
      maximumSessions: config.maximumSessions ?? defaultMaximumSessions,
      can: [
        ...(config.cannotGenerate === true ? [] : (["generate"] as const)),
        "import",
        "destroy",
        "decrypt",
        "random",
        ...(config.tellsEvents === true ? (["events"] as const) : []),
      ],
      generates: config.cannotGenerate === true ? [] : generated,
    };
  }

  async pinStatus(): Promise<PinStatus> {
    await this.#state.meet("pin-status");
    return this.#state.pinStatus();
  }

  async login(pin: Uint8Array | undefined): Promise<void> {
    try {
      this.#state.statistics.logins += 1;
      await this.#state.meet("login");
      this.#state.checkPin(pin);
      this.#state.isLoggedIn = true;
    } finally {
      pin?.fill(0);
    }
  }

  logout(): void {
    this.#state.isLoggedIn = false;
  }

  async listKeys(): Promise<readonly DeviceKey[]> {
    await this.#state.meet("list-keys");
    return [...this.#state.keys().values()].map(deviceKeyOf);
  }

  async findKey(uri: KeyUri): Promise<DeviceKey | undefined> {
    await this.#state.meet("find-key");
    const key = this.#state.keys().get(uri);
    return key && deviceKeyOf(key);
  }

  async refresh(): Promise<void> {
    await this.#state.meet("refresh");
    this.#state.dropSessions();
    this.#state.rereadKeys();
  }

  async openSession(): Promise<DeviceSession> {
    await this.#state.meet("open-session");
    const { maximumSessions = defaultMaximumSessions } = this.info;
    if (this.#state.openSessions >= maximumSessions) {
      throw new KeyStoreError("device-busy", "CKR_SESSION_COUNT", {
        facts: {
          vendor: { family: "pkcs11", number: 0xb1, name: "CKR_SESSION_COUNT", call: "C_OpenSession" },
        },
      });
    }
    return new SimulatedSession(this.#state);
  }

  random(length: number): Uint8Array {
    return crypto.getRandomValues(new Uint8Array(length));
  }

  async generateKey({ label, algorithm }: GenerateRequest): Promise<DeviceKey> {
    this.#state.statistics.generations += 1;
    await this.#state.meet("generate");
    this.#state.checkLogin();
    if (!this.info.generates.includes(algorithm)) throw unsupported(this.info.generates);
    const { pkcs8, spki } = generateKey(algorithm);
    return this.#keep({ label, algorithm, pkcs8, publicKey: spki, isLocal: true });
  }

  importKey({ label, algorithm, pkcs8 }: ImportRequest): DeviceKey {
    this.#state.checkLogin();
    const publicKey = publicKeyOf(pkcs8, algorithm);
    const kept = this.#keep({ label, algorithm, pkcs8: pkcs8.slice(), publicKey, isLocal: false });
    pkcs8.fill(0);
    return kept;
  }

  destroyKey(uri: KeyUri): void {
    this.#state.checkLogin();
    const key = this.#state.keys().get(uri);
    if (key === undefined) throw new KeyStoreError("key-not-found", "there is no such key");
    this.#state.keyFolder.remove(key);
    this.#state.rereadKeys();
  }

  onEvent(listener: (event: DeviceEvent) => void): void {
    this.#state.tell = listener;
    if (this.#state.config.tellsEvents !== true || this.#watch !== undefined) return;
    this.#watch = setInterval(() => {
      this.#state.obeyControl();
    }, eventMilliseconds);
    this.#watch.unref();
  }

  close(): void {
    clearInterval(this.#watch);
    this.#state.dropSessions();
  }

  #keep(key: Omit<SimulatedKey, "uri" | "alwaysAuthenticate">): DeviceKey {
    const alwaysAuthenticate = this.#state.config.alwaysAuthenticate === true;
    const kept = this.#state.keyFolder.add({ ...key, alwaysAuthenticate });
    this.#state.rereadKeys();
    return deviceKeyOf(kept);
  }
}

function deviceKeyOf({ uri, label, algorithm, publicKey, pkcs8, ...key }: SimulatedKey): DeviceKey {
  return {
    uri,
    label,
    publicKey,
    attributes: {
      local: key.isLocal,
      extractable: false,
      neverExtractable: key.isLocal,
      alwaysSensitive: key.isLocal,
      ...(key.alwaysAuthenticate && { alwaysAuthenticate: true }),
    },
    mechanisms: mechanismsOf(algorithm),
    decrypts: canDecrypt(pkcs8),
  };
}

function canDecrypt(pkcs8: Uint8Array): boolean {
  try {
    createSoftwareDecryptor(pkcs8);
    return true;
  } catch (cause) {
    if (cause instanceof EnvelopeError) return false;
    throw cause;
  }
}

function publicKeyOf(pkcs8: Uint8Array, algorithm: SignatureAlgorithmName): Uint8Array {
  try {
    return createSoftwareSigner(pkcs8, algorithm).publicKey;
  } catch (cause) {
    if (cause instanceof SignerError) throw unsupported(generated);
    throw cause;
  }
}

function unsupported(supported: readonly string[]): KeyStoreError {
  return new KeyStoreError("algorithm-not-supported", "the simulator makes no such keys", {
    facts: { supported },
  });
}
