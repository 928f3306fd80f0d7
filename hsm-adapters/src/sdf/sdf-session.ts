import { readRsaPublicKey } from "../device-profile/index.ts";
import type { DecryptRequest, DeviceSession, MaybePromise, SignRequest } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyStoreErrorCode, KeyUri } from "../key-store/index.ts";
import type { AccessRights, SessionRights } from "./access-rights.ts";
import { andThen } from "./call-pace.ts";
import { isRsaRow } from "./rsa-block.ts";
import { askSession } from "./sdf-handles.ts";
import { exportPublicKey } from "./sdf-keys.ts";
import type { SdfKeyPlace } from "./sdf-key-uri.ts";
import type { SdfHandle, SdfLibrary } from "./sdf-library.ts";
import { decryptWithSm2, signWithRsa, signWithSm2 } from "./sdf-operations.ts";

/** What a session needs of its device. */
export interface SessionSurroundings {
  readonly library: SdfLibrary;
  readonly rights: AccessRights;
  /** Where the key of that name is. @throws KeyStoreError `key-not-found`. */
  placeOf(uri: KeyUri): SdfKeyPlace;
  /** @throws KeyStoreError `session-lost` once the device was closed or opened anew. */
  checkOpen(session: SdfHandle): void;
  /** Nothing of the library may be closed before this settled. */
  track(operation: Promise<unknown>): void;
  /** Tests the profile with a signature, unless that was done; undefined if so. @throws KeyStoreError `profile-wrong`, `self-check-failed`. */
  testSigning(session: SdfHandle, place: SdfKeyPlace): Promise<void> | undefined;
  /** The session is closed, in the library too. */
  close(session: SdfHandle): void;
}

/** A right that the device took back has to be asked for again, after a new login. */
const endsRight: readonly KeyStoreErrorCode[] = ["login-lost", "pin-required"];

export function createSdfSession(surroundings: SessionSurroundings, rights: SessionRights): DeviceSession {
  const { library } = surroundings;
  const { handle } = rights;

  /** Runs with the right to the key's index, which is asked for when the session first uses the key. */
  const withRight = <Value>(index: number, body: () => MaybePromise<Value>): MaybePromise<Value> => {
    surroundings.checkOpen(handle);
    const right = surroundings.rights.acquire(rights, index);
    if (right !== undefined) surroundings.track(right);
    const run = (): MaybePromise<Value> => {
      const forgotten = (cause: unknown): never => {
        if (cause instanceof KeyStoreError && endsRight.includes(cause.code)) rights.granted.delete(index);
        throw cause;
      };
      try {
        const value = body();
        if (!(value instanceof Promise)) return value;
        surroundings.track(value);
        return value.catch(forgotten);
      } catch (cause) {
        return forgotten(cause);
      }
    };
    return andThen(right, run);
  };

  return {
    sign: (request) => {
      const place = surroundings.placeOf(request.key);
      return withRight(place.index, () => {
        const tested = place.kind === "sm2" ? surroundings.testSigning(handle, place) : undefined;
        return andThen(tested, () => sign(library, handle, place, request));
      });
    },
    decrypt: (request) => {
      const place = surroundings.placeOf(request.key);
      return withRight(place.index, () => decrypt(library, handle, place, request));
    },
    validate: () => {
      surroundings.checkOpen(handle);
      askSession(library, handle);
    },
    close: () => {
      surroundings.close(handle);
    },
  };
}

function sign(
  library: SdfLibrary,
  session: SdfHandle,
  place: SdfKeyPlace,
  { algorithm, input }: SignRequest,
): MaybePromise<Uint8Array> {
  if (place.use === "sign" && place.kind === "sm2" && algorithm === "SM2")
    return signWithSm2(library, session, place.index, input);
  if (place.use === "sign" && place.kind === "rsa" && isRsaRow(algorithm)) {
    const modulusOctets = modulusOctetsOf(library, session, place);
    return signWithRsa(library, session, place.index, { row: algorithm, digest: input, modulusOctets });
  }
  throw new KeyStoreError("algorithm-not-supported", `this key does not sign by ${algorithm}`, {
    facts: { supported: supportedBy(place) },
  });
}

const supportedBy = ({ kind, use }: SdfKeyPlace): string[] => {
  if (use === "encrypt") return [];
  return kind === "sm2" ? ["SM2"] : ["RS256", "RS384", "RS512"];
};

function modulusOctetsOf(library: SdfLibrary, session: SdfHandle, place: SdfKeyPlace): number {
  const output = exportPublicKey(library, session, place);
  if (output === undefined) throw new KeyStoreError("key-not-found", "the index is empty");
  return readRsaPublicKey(library.profile, output.octets).modulus.length;
}

function decrypt(
  library: SdfLibrary,
  session: SdfHandle,
  place: SdfKeyPlace,
  request: DecryptRequest,
): MaybePromise<Uint8Array> {
  if (request.kind !== "sm2" || place.use !== "encrypt")
    throw new KeyStoreError("algorithm-not-supported", `this key does not decrypt ${request.kind}`);
  return decryptWithSm2(library, session, place.index, request.ciphertext);
}
