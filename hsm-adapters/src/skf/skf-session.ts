import { concatBytes } from "@yinxin/crypto/bytes";
import { rawOfCipher, Sm2CipherError } from "@yinxin/crypto/sm2";

import {
  checkOutput,
  createOutput,
  eccSignatureLayout,
  readEccSignature,
  writeEccCipher,
} from "../device-profile/index.ts";
import type { DeviceProfile } from "../device-profile/index.ts";
import type { DecryptRequest, DeviceSession, SignRequest } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import { readSized } from "./skf-calls.ts";
import type { SkfHandle } from "./skf-calls.ts";
import type { SkfConnection } from "./skf-connection.ts";
import { placeOf } from "./skf-keys.ts";
import type { KeyPlace } from "./skf-keys.ts";

/**
 * One signature by the key in an open container, r ‖ s; no more than what the device wrote, right or not.
 *
 * @throws KeyStoreError what the device answers; `profile-wrong`.
 */
export function signInContainer(
  connection: SkfConnection,
  container: SkfHandle,
  input: Uint8Array,
): Uint8Array {
  const { profile } = connection.calls;
  const output = createOutput(eccSignatureLayout(profile).size, "eccMaximumBits");
  connection.call("SKF_ECCSignData", container, input, input.length, output.memory);
  checkOutput(profile, "SKF_ECCSignData", output);
  return readEccSignature(profile, output.octets);
}

/**
 * Sessions share the handles of the connection, because the interface has none of its own and its calls are made one after the other;
 * what a session adds is where its keys are.
 */
export function createSkfSession(connection: SkfConnection): DeviceSession {
  const places = new Map<KeyUri, KeyPlace>();
  const placeKnown = (uri: KeyUri): KeyPlace => {
    const place = places.get(uri) ?? placeOf(connection, uri);
    if (place === undefined)
      throw new KeyStoreError("key-not-found", `there is no key ${uri}`, { facts: { uri } });
    places.set(uri, place);
    return place;
  };
  return {
    sign: (request) => sign(connection, placeKnown(request.key), request),
    ...(connection.calls.has("SKF_ECCDecrypt")
      ? { decrypt: (request: DecryptRequest) => decrypt(connection, placeKnown(request.key), request) }
      : {}),
    validate: () => {
      connection.checkAlive();
    },
    close: () => {
      places.clear();
    },
  };
}

function sign(connection: SkfConnection, { container, use }: KeyPlace, request: SignRequest): Uint8Array {
  if (request.algorithm !== "SM2" || use !== "sign") {
    throw new KeyStoreError("algorithm-not-supported", `this key does not sign with ${request.algorithm}`, {
      facts: { uri: request.key, supported: use === "sign" ? ["SM2"] : [] },
    });
  }
  return connection.exclusively(() =>
    withFreshHandle(connection, container, () =>
      signInContainer(connection, connection.openContainer(container), request.input),
    ),
  );
}

/** A handle that the device does not take is not kept: the next attempt opens the container again. */
function withFreshHandle<Value>(connection: SkfConnection, container: Uint8Array, use: () => Value): Value {
  try {
    return use();
  } catch (cause) {
    const isStale =
      cause instanceof KeyStoreError &&
      ["session-lost", "key-handle-stale", "key-not-found"].includes(cause.code);
    if (isStale) connection.forgetContainer(container);
    throw cause;
  }
}

/** The longest text that SM2 is used for is a key; some devices take a few KB. */
const textRoom = 8_192;

function decrypt(
  connection: SkfConnection,
  { container, use }: KeyPlace,
  request: DecryptRequest,
): Uint8Array {
  if (request.kind !== "sm2" || use !== "encrypt") {
    throw new KeyStoreError("algorithm-not-supported", "this key does not decrypt that", {
      facts: { uri: request.key, supported: use === "encrypt" ? ["SM2"] : [] },
    });
  }
  const blob = blobOf(connection.calls.profile, request.ciphertext);
  const reading = { name: "SKF_ECCDecrypt", room: textRoom, field: "cipherLayout" } as const;
  return connection.exclusively(() =>
    withFreshHandle(connection, container, () => {
      const handle = connection.openContainer(container);
      const text = connection.noticeLoss(() => readSized(connection.calls, reading, handle, blob));
      const copy = text.slice();
      text.fill(0);
      return copy;
    }),
  );
}

/** A library that was compiled for longer ciphertexts than the profile says reads behind the structure. */
const roomBehind = 256;

/**
 * ECCCIPHERBLOB of an SM2Cipher, with room behind it.
 *
 * @throws KeyStoreError `vendor-error`, as for a ciphertext that the device does not open.
 */
function blobOf(profile: DeviceProfile, ciphertext: Uint8Array): Uint8Array {
  try {
    const raw = rawOfCipher(ciphertext);
    const parts = { point: raw.subarray(1, 65), hash: raw.subarray(65, 97), text: raw.subarray(97) };
    return concatBytes(writeEccCipher(profile, parts), new Uint8Array(roomBehind));
  } catch (cause) {
    if (!(cause instanceof Sm2CipherError || cause instanceof RangeError)) throw cause;
    throw new KeyStoreError("vendor-error", `this cannot be decrypted: ${cause.message}`, { cause });
  }
}
