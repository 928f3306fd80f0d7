import { parseCertificate, X509Error } from "@yinxin/crypto/x509";

import type {
  DecryptRequest,
  Device,
  DeviceEvent,
  DeviceInfo,
  DeviceKey,
  DeviceSession,
  GenerateRequest,
  PinStatus,
  SignRequest,
} from "../driver/index.ts";
import { checkKeyLabel, KeyStoreError, readKeyUri } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import type { PcscLibrary } from "../pcsc/index.ts";
import type { CardChannel } from "./apdu.ts";
import type { CardConnection, CardEpoch } from "./card-connection.ts";
import { ensureSelected, tellsMetadata } from "./card-identity.ts";
import type { CardIdentity } from "./card-identity.ts";
import { canSign, isFor, readContents } from "./card-keys.ts";
import type { CardContents, CardKey } from "./card-keys.ts";
import { forgetPin, readPinStatus, verifyPin } from "./card-pin.ts";
import { decryptWith, signWith } from "./key-operations.ts";
import { makeKey, writeCertificate } from "./make-key.ts";
import { authenticateManagement } from "./management-key.ts";
import type { ManagementKeyConfig } from "./management-key.ts";
import { algorithmForRow } from "./piv-algorithms.ts";
import type { PivConfig } from "./piv-config.ts";
import { slotOf, slotsForNewKeys } from "./piv-slots.ts";
import type { PivSlot } from "./piv-slots.ts";
import { watchReader } from "./watch-reader.ts";
import type { ReaderWatch } from "./watch-reader.ts";

export interface PivDeviceParts {
  readonly library: PcscLibrary;
  readonly config: PivConfig;
  readonly connection: CardConnection;
  readonly identity: CardIdentity;
  readonly info: DeviceInfo;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** One PIV card. What is on it is read once, and again after it was changed, refreshed, reset or pulled. */
export class PivDevice implements Device {
  readonly info: DeviceInfo;
  readonly generateKey?: (request: GenerateRequest) => Promise<DeviceKey>;
  readonly writeCertificate?: (uri: KeyUri, certificate: Uint8Array) => Promise<void>;
  readonly #parts: PivDeviceParts;
  #contents: { readonly epoch: CardEpoch; readonly contents: CardContents } | undefined;
  #watch: ReaderWatch | undefined;

  constructor(parts: PivDeviceParts) {
    this.#parts = parts;
    this.info = parts.info;
    const { managementKey } = parts.config;
    if (managementKey !== undefined) {
      this.generateKey = (request) => this.#generate(managementKey, request);
      this.writeCertificate = (uri, certificate) => this.#write(managementKey, uri, certificate);
    }
  }

  pinStatus(): Promise<PinStatus> {
    return this.#exclusively(readPinStatus);
  }

  login(pin: Uint8Array | undefined): Promise<void> {
    return this.#inPiv((channel) => verifyPin(channel, pin)).finally(() => pin?.fill(0));
  }

  async logout(): Promise<void> {
    const isForgotten = await this.#exclusively(forgetPin);
    if (!isForgotten) await this.#parts.connection.reset();
  }

  async listKeys(): Promise<readonly DeviceKey[]> {
    const { keys } = await this.#exclusively((channel) => this.#read(channel));
    return keys.map(({ key }) => key);
  }

  async findKey(uri: KeyUri): Promise<DeviceKey | undefined> {
    const found = await this.#exclusively((channel) => this.#find(channel, uri));
    return found?.key;
  }

  async refresh(): Promise<void> {
    this.#contents = undefined;
    await this.#parts.connection.renew();
  }

  async openSession(): Promise<DeviceSession> {
    const { connection, randomBytes } = this.#parts;
    await connection.exclusively(() => Promise.resolve());
    const { epoch } = connection;
    const use = <Value>(
      request: SignRequest | DecryptRequest,
      operation: (channel: CardChannel, card: CardKey) => Promise<Value>,
    ): Promise<Value> =>
      connection
        .exclusively(async (channel) => {
          const card = await this.#need(channel, request.key);
          if ("algorithm" in request) refuseRow(card, request);
          // Last before the operation, or the card wants it again.
          if (card.key.attributes.alwaysAuthenticate === true) {
            await ensureSelected(channel);
            await verifyPin(channel, request.contextPin);
          }
          return operation(channel, card);
        }, epoch)
        .finally(() => request.contextPin?.fill(0));
    return {
      sign: (request) => use(request, (channel, card) => signWith(channel, card, request, randomBytes)),
      decrypt: (request) => use(request, (channel, card) => decryptWith(channel, card, request)),
      validate: async () => {
        await connection.exclusively(readPinStatus, epoch);
      },
      close: () => Promise.resolve(),
    };
  }

  async readCertificate(uri: KeyUri): Promise<Uint8Array | undefined> {
    const card = await this.#exclusively((channel) => this.#need(channel, uri));
    return card.certificate;
  }

  onEvent(listener: (event: DeviceEvent) => void): void {
    const { library, connection } = this.#parts;
    this.#watch ??= watchReader(library, connection.reader, listener);
  }

  async close(): Promise<void> {
    await this.#watch?.stop();
    // Otherwise any program could go on signing with the PIN that was given here.
    await this.#parts.connection.close("reset");
  }

  #exclusively<Value>(body: (channel: CardChannel) => Promise<Value>): Promise<Value> {
    return this.#parts.connection.exclusively(body);
  }

  /** For whoever gives a secret or changes the card: another program may have selected its own application meanwhile. */
  #inPiv<Value>(body: (channel: CardChannel) => Promise<Value>): Promise<Value> {
    return this.#exclusively(async (channel) => {
      await ensureSelected(channel);
      return body(channel);
    });
  }

  async #read(channel: CardChannel): Promise<CardContents> {
    const { epoch } = this.#parts.connection;
    if (this.#contents?.epoch !== epoch) {
      let contents = await readContents(channel, this.#parts.identity);
      if (contents.keys.length === 0) {
        // An empty card, or another application that has none of this.
        await ensureSelected(channel);
        contents = await readContents(channel, this.#parts.identity);
      }
      this.#contents = { epoch, contents };
    }
    return this.#contents.contents;
  }

  /** As the card is now, whatever another program has changed since. */
  #readAnew(channel: CardChannel): Promise<CardContents> {
    this.#contents = undefined;
    return this.#read(channel);
  }

  async #find(channel: CardChannel, uri: KeyUri): Promise<CardKey | undefined> {
    const { scheme, attributes } = readKeyUri(uri);
    const [serial, slot] = ["serial", "slot"].map((name) => textIn(attributes.get(name)));
    const { serials } = this.#parts.identity;
    const isThisCard = serials.length === 0 ? serial === "" : serials.includes(serial ?? "");
    if (scheme !== "piv" || !isThisCard) return undefined;
    const { keys } = await this.#read(channel);
    return keys.find((known) => known.slot.name === slot);
  }

  async #need(channel: CardChannel, uri: KeyUri): Promise<CardKey> {
    const card = await this.#find(channel, uri);
    if (card === undefined)
      throw new KeyStoreError("key-not-found", `there is no key ${uri}`, { facts: { uri } });
    return card;
  }

  #generate(
    managementKey: ManagementKeyConfig,
    { label, algorithm: row }: GenerateRequest,
  ): Promise<DeviceKey> {
    checkKeyLabel(label);
    const algorithm = algorithmForRow(row);
    if (algorithm === undefined) {
      const facts = { supported: this.info.generates };
      throw new KeyStoreError("algorithm-not-supported", `no key is made for ${row} on a PIV card`, {
        facts,
      });
    }
    return this.#inPiv(async (channel) => {
      const slot = this.#slotFor(await this.#readAnew(channel), label);
      await authenticateManagement(channel, managementKey, this.#parts.randomBytes);
      await makeKey(channel, slot, algorithm, label);
      const { keys } = await this.#readAnew(channel);
      const made = keys.find((known) => known.slot === slot);
      if (made === undefined) throw new KeyStoreError("device-error", "the card does not show the new key");
      return made.key;
    });
  }

  #slotFor({ keys, freeSlots }: CardContents, label: string): PivSlot {
    if (keys.some(({ key }) => key.label === label)) {
      throw new KeyStoreError("key-exists", `there is already a key ${label} on the card`);
    }
    const { config, identity } = this.#parts;
    if (config.newKeySlots === undefined && !tellsMetadata(identity)) {
      throw new KeyStoreError(
        "operation-not-supported",
        "this card does not say which of its slots hold keys: name the slots for new keys (newKeySlots)",
      );
    }
    const named = config.newKeySlots ?? slotsForNewKeys;
    const slots = named.filter((name) => freeSlots.includes(name)).map(slotOf);
    const slot = slots.find((known) => known !== undefined && canSign(identity, known));
    if (slot !== undefined) return slot;
    throw new KeyStoreError("operation-not-supported", "no slot of the card is free for a new key", {
      facts: { seen: keys.map(({ key }) => `${key.uri} ${key.label}`) },
    });
  }

  #write(managementKey: ManagementKeyConfig, uri: KeyUri, certificate: Uint8Array): Promise<void> {
    return this.#inPiv(async (channel) => {
      await this.#readAnew(channel);
      const card = await this.#need(channel, uri);
      refuseForeign(card, certificate);
      await authenticateManagement(channel, managementKey, this.#parts.randomBytes);
      this.#contents = undefined;
      await writeCertificate(channel, card.slot, {
        certificate,
        isOurs: card.key.attributes.local === true,
        label: card.key.label,
      });
    });
  }
}

function refuseRow({ key }: CardKey, { algorithm, key: uri }: SignRequest): void {
  const rows = key.mechanisms.map((mechanism) => mechanism.algorithm);
  if (rows.includes(algorithm)) return;
  throw new KeyStoreError("algorithm-not-supported", `${uri} does not sign by ${algorithm}`, {
    facts: { uri, supported: rows },
  });
}

function refuseForeign(card: CardKey, certificate: Uint8Array): void {
  try {
    if (isFor(card, parseCertificate(certificate))) return;
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
    throw new KeyStoreError("configuration-malformed", cause.message, { cause });
  }
  throw new KeyStoreError("configuration-malformed", `the certificate is not for the key ${card.key.uri}`);
}

function textIn(octets: Uint8Array | undefined): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(octets);
}
