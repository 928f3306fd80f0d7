import { checkOutput, createOutput } from "../device-profile/index.ts";
import type { DeviceDescription } from "../device-profile/index.ts";
import type {
  Device,
  DeviceInfo,
  DeviceKey,
  DeviceSession,
  MaybePromise,
  PinStatus,
} from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import { createAccessRights } from "./access-rights.ts";
import type { AccessRights, SessionRights } from "./access-rights.ts";
import { andThen } from "./call-pace.ts";
import { closeHandles, closeQuietly, openHandles, openSessionHandle, readDeviceInfo } from "./sdf-handles.ts";
import type { OpenHandles } from "./sdf-handles.ts";
import { placesOfIndex, readDeviceKey } from "./sdf-keys.ts";
import { placeOfUri } from "./sdf-key-uri.ts";
import type { SdfKeyPlace } from "./sdf-key-uri.ts";
import type { SdfHandle, SdfLibrary } from "./sdf-library.ts";
import { signWithSm2 } from "./sdf-operations.ts";
import { createSdfSession } from "./sdf-session.ts";
import { testLayouts } from "./layout-test.ts";
import { checkSignedInput, selfTestInput } from "./signature-test.ts";

/**
 * A device of GM/T 0018. It has no call that makes, imports or destroys a key inside: the vendor's console fills an index, and
 * {@link SdfDevice.refresh} or the next listing sees it. It has no login either: each session shows the password of a key before it
 * first uses the key; {@link SdfDevice.login} shows it once, signs once to test the profile, and keeps it.
 */
export class SdfDevice implements Device {
  readonly info: DeviceInfo;
  readonly #library: SdfLibrary;
  readonly #indexes: readonly number[];
  readonly #rights: AccessRights;
  readonly #sessions = new Map<SdfHandle, SessionRights>();
  #handles: OpenHandles | undefined;
  #control: SessionRights;
  /** The profile was tested with a signature; once is enough, since neither of the two changes. */
  #isSigningTested = false;
  #areLayoutsTested = false;
  /** At most three for each index. */
  readonly #places = new Map<KeyUri, SdfKeyPlace>();
  /** Calls on other threads: a library must not lose a session that it works on. */
  readonly #inFlight = new Set<Promise<unknown>>();

  constructor(
    library: SdfLibrary,
    handles: OpenHandles,
    options: { readonly description: DeviceDescription; readonly indexes: readonly number[] },
  ) {
    this.#library = library;
    this.#handles = handles;
    this.#control = { handle: handles.control, granted: new Set() };
    this.#indexes = options.indexes;
    this.#rights = createAccessRights(library);
    this.info = infoOf(library, options.description);
    this.#testLayouts(handles.control);
  }

  pinStatus(): PinStatus {
    const { isNeeded, isHeld, isLocked } = this.#rights;
    return {
      isNeeded,
      isLoggedIn: !isNeeded || isHeld,
      isLocked,
      // No call of the interface tells of tries or of a first password.
      isLastTry: false,
      isDefault: false,
      hasPinPad: false,
    };
  }

  async login(pin: Uint8Array | undefined): Promise<void> {
    const { control } = this.#open();
    this.#forgetRights();
    if (this.#rights.isNeeded) this.#rights.hold(pin);
    else pin?.fill(0);
    const [first] = this.#signingPlaces(control);
    if (first === undefined) return;
    try {
      await this.#rights.acquire(this.#control, first.index);
      await this.#testSigning(control, first);
    } catch (cause) {
      this.#forgetRights();
      this.#rights.forget();
      throw cause;
    }
  }

  async logout(): Promise<void> {
    this.#rights.forget();
    // A session that showed the password could go on using the key: only its end takes the right back everywhere.
    await this.refresh();
  }

  listKeys(): DeviceKey[] {
    const { control } = this.#open();
    this.#testLayouts(control);
    return this.#indexes
      .flatMap(placesOfIndex)
      .flatMap((place) => readDeviceKey(this.#library, control, this.info.serial, place) ?? []);
  }

  findKey(uri: KeyUri): DeviceKey | undefined {
    const place = this.#placeOf(uri);
    if (place === undefined) return undefined;
    const { control } = this.#open();
    this.#testLayouts(control);
    return readDeviceKey(this.#library, control, this.info.serial, place);
  }

  async refresh(): Promise<void> {
    await this.#closeAll();
    const handles = openHandles(this.#library);
    try {
      this.#refuseOther(readDeviceInfo(this.#library, handles.control).serial);
    } catch (cause) {
      closeHandles(this.#library, handles);
      throw cause;
    }
    this.#handles = handles;
    this.#control = { handle: handles.control, granted: new Set() };
  }

  /** The library opens whatever device its own configuration names: another one's keys are not those of these URIs. */
  #refuseOther(serial: string): void {
    if (serial === this.info.serial) return;
    throw new KeyStoreError(
      "device-removed",
      `the library opens the device ${serial} now, in the place of ${this.info.serial}`,
      { facts: { library: this.#library.path, seen: [serial] } },
    );
  }

  openSession(): DeviceSession {
    const rights = {
      handle: openSessionHandle(this.#library, this.#open().device),
      granted: new Set<number>(),
    };
    this.#sessions.set(rights.handle, rights);
    return createSdfSession(
      {
        library: this.#library,
        rights: this.#rights,
        placeOf: (uri) => this.#placeOf(uri) ?? keyNotFound(uri),
        track: (operation) => {
          this.#track(operation);
        },
        testSigning: (session, place) =>
          this.#isSigningTested ? undefined : this.#testSigning(session, place),
        checkOpen: () => {
          if (this.#sessions.get(rights.handle) !== rights) throw sessionLost();
        },
        close: () => {
          if (this.#sessions.get(rights.handle) === rights) this.#closeSession(rights.handle);
        },
      },
      rights,
    );
  }

  random(length: number): MaybePromise<Uint8Array> {
    const output = createOutput(length, "ulongOctets");
    const name = "SDF_GenerateRandom";
    const called = this.#library.callPaced(name, this.#open().control, length, output.memory);
    return andThen(called, () => {
      checkOutput(this.#library.profile, name, output);
      return output.octets.slice();
    });
  }

  async close(): Promise<void> {
    this.#rights.forget();
    await this.#closeAll();
  }

  /** Once there is a key to test with. */
  #testLayouts(session: SdfHandle): void {
    this.#areLayoutsTested ||= testLayouts(this.#library, session, this.#indexes);
  }

  async #testSigning(session: SdfHandle, place: SdfKeyPlace): Promise<void> {
    if (this.#isSigningTested) return;
    const key = readDeviceKey(this.#library, session, this.info.serial, place);
    if (key === undefined) return;
    const signature = await signWithSm2(this.#library, session, place.index, selfTestInput);
    checkSignedInput(this.#library.profile, key.publicKey, signature);
    this.#isSigningTested = true;
  }

  /** Where there are SM2 keys that sign, one after the other. */
  *#signingPlaces(control: SdfHandle): Generator<SdfKeyPlace> {
    for (const index of this.#indexes) {
      const place = { index, kind: "sm2", use: "sign" } as const;
      if (readDeviceKey(this.#library, control, this.info.serial, place) !== undefined) yield place;
    }
  }

  /** Undefined for a key of another device, or of an index that is not in use. */
  #placeOf(uri: KeyUri): SdfKeyPlace | undefined {
    const known = this.#places.get(uri);
    if (known !== undefined) return known;
    const place = placeOfUri(this.info.serial, uri);
    if (place === undefined || !this.#indexes.includes(place.index)) return undefined;
    this.#places.set(uri, place);
    return place;
  }

  #open(): OpenHandles {
    if (this.#handles === undefined)
      throw new KeyStoreError("device-error", "the device was closed, and could not be opened again");
    return this.#handles;
  }

  #forgetRights(): void {
    for (const { granted } of [this.#control, ...this.#sessions.values()]) granted.clear();
  }

  #closeSession(handle: SdfHandle): void {
    this.#sessions.delete(handle);
    this.#library.call("SDF_CloseSession", handle);
  }

  #track(operation: Promise<unknown>): void {
    const settled = operation.then(ignore, ignore).finally(() => this.#inFlight.delete(settled));
    this.#inFlight.add(settled);
  }

  async #closeAll(): Promise<void> {
    const sessions = [...this.#sessions.keys()];
    this.#sessions.clear();
    await Promise.all(this.#inFlight);
    for (const session of sessions) closeQuietly(this.#library, "SDF_CloseSession", session);
    if (this.#handles !== undefined) closeHandles(this.#library, this.#handles);
    this.#handles = undefined;
  }
}

const ignore = (): void => undefined;

function infoOf(library: SdfLibrary, description: DeviceDescription): DeviceInfo {
  const { profile } = library;
  return {
    family: "sdf",
    ...description,
    profile: profile.name,
    library: library.path,
    ...(profile.maximumSessions > 0 ? { maximumSessions: profile.maximumSessions } : {}),
    can: library.has("SDF_InternalDecrypt_ECC") ? ["decrypt", "random"] : ["random"],
    generates: [],
  };
}

function keyNotFound(uri: KeyUri): never {
  throw new KeyStoreError("key-not-found", `this device has no key ${uri}`, { facts: { uri } });
}

const sessionLost = (): KeyStoreError =>
  new KeyStoreError("session-lost", "the session ended when the device was closed or opened anew");
