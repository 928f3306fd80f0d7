import type { Decryptor } from "@yinxin/crypto/enveloped";
import { parsePublicKey } from "@yinxin/crypto/algorithms";

import type { DecryptRequest, DeviceKey } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { DeviceCaller } from "./device-caller.ts";
import type { KeyFinder } from "./key-finder.ts";
import type { PinLatch } from "./pin-latch.ts";
import type { SessionOperations } from "./session-operations.ts";

export interface TokenDecryptorDeps {
  readonly operations: SessionOperations;
  readonly finder: KeyFinder;
  readonly caller: DeviceCaller;
  readonly latch: PinLatch;
  /** @throws KeyStoreError `key-store-closed`. */
  readonly checkOpen: () => void;
}

type Ciphertext = DecryptRequest extends infer Request
  ? Request extends DecryptRequest
    ? Omit<Request, "key" | "contextPin">
    : never
  : never;

/** @throws KeyStoreError `algorithm-not-supported` for a key that does not decrypt. */
export function createTokenDecryptor(deps: TokenDecryptorDeps, key: DeviceKey): Decryptor {
  const { publicKey, uri } = key;
  const { kind, algorithm } = parsePublicKey(publicKey);
  const ask = (ciphertext: Ciphertext): Promise<Uint8Array | undefined> => decrypt(deps, key, ciphertext);
  if (key.decrypts && kind === "rsa") {
    return {
      kind: "rsa",
      publicKey,
      decrypt: (ciphertext, digest) => ask({ kind: "rsa-oaep", ciphertext, digest }),
    };
  }
  if (key.decrypts && algorithm === "SM2") {
    return { kind: "sm2", publicKey, decrypt: (ciphertext) => ask({ kind: "sm2", ciphertext }) };
  }
  if (key.decrypts && algorithm === "ES256") {
    return { kind: "ecdh-p256", publicKey, agree: (peer) => ask({ kind: "ecdh-p256", peer }) };
  }
  throw new KeyStoreError("algorithm-not-supported", `${uri} does not decrypt`, { facts: { uri } });
}

/** What cannot be decrypted is undefined: a device says so with a number that no class of errors is for. */
async function decrypt(
  { operations, finder, caller, latch, checkOpen }: TokenDecryptorDeps,
  { uri }: DeviceKey,
  ciphertext: Ciphertext,
): Promise<Uint8Array | undefined> {
  checkOpen();
  try {
    return await operations.run({
      uri,
      finish: (plaintext: Uint8Array) => Promise.resolve(plaintext),
      use: async ({ connection, number }) => {
        const key = finder.knownOn(connection, uri) ?? (await finder.findOn(connection, uri));
        const request = { key: uri, ...ciphertext };
        if (key.attributes.alwaysAuthenticate !== true) {
          return caller.answered(connection, connection.decrypt(number, request));
        }
        return latch.withContextPin(connection, (contextPin) => {
          const secret = contextPin === undefined ? {} : { contextPin };
          return caller.answered(connection, connection.decrypt(number, { ...request, ...secret }));
        });
      },
    });
  } catch (cause) {
    if (cause instanceof KeyStoreError && cause.code === "vendor-error") return undefined;
    throw cause;
  }
}
