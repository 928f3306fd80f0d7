import { equalBytes, utf8Of } from "@yinxin/crypto/bytes";

import { checkOutput, createOutput, eccPublicKeyLayout } from "../device-profile/index.ts";
import type { DeviceKey, GenerateRequest } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import type { SkfHandle } from "./skf-calls.ts";
import type { SkfConnection } from "./skf-connection.ts";
import { describeKey, holdsKey, readPoint } from "./skf-keys.ts";
import { textOfName, terminated } from "./skf-names.ts";
import { readPublicKeyBlob } from "./skf-structures.ts";

/**
 * Makes a container with a signing key. If that fails half-way, the container, which is new, is deleted again.
 *
 * @throws KeyStoreError `key-exists`, `algorithm-not-supported`, what the device answers.
 */
export function generateKey(connection: SkfConnection, { label, algorithm }: GenerateRequest): DeviceKey {
  if (algorithm !== "SM2") {
    throw new KeyStoreError("algorithm-not-supported", `SKF devices make no keys for ${algorithm}`, {
      facts: { supported: ["SM2"] },
    });
  }
  // Asked before, because not every library refuses to create a container that is there.
  if (connection.listContainers().some((name) => textOfName(name) === label))
    throw new KeyStoreError("key-exists", `there is a container ${label}`);
  const container = utf8Of(label);
  const handle = connection.createContainer(container);
  refuseUsed(connection, container, handle);
  try {
    const point = generatePair(connection, handle);
    const stored = readPoint(connection, handle, "sign");
    const key = describeKey(connection, { container, use: "sign" });
    if (key !== undefined && stored !== undefined && equalBytes(stored, point)) return key;
    throw new KeyStoreError("device-error", "the key that was made is not the one that is in the container");
  } catch (cause) {
    connection.forgetContainer(container);
    connection.calls.answer("SKF_DeleteContainer", connection.application, terminated(container));
    throw cause;
  }
}

/**
 * Libraries that cut names off or do not tell cases apart open the container of another key when they are told to make one. That one is
 * left as it is.
 */
function refuseUsed(connection: SkfConnection, container: Uint8Array, handle: SkfHandle): void {
  if (!holdsKey(connection, handle)) return;
  connection.forgetContainer(container);
  throw new KeyStoreError("key-exists", "the device made no new container, but opened one that holds a key");
}

/** @returns x ‖ y, as SKF_GenECCKeyPair gave them. */
function generatePair(connection: SkfConnection, container: SkfHandle): Uint8Array {
  const { profile } = connection.calls;
  const output = createOutput(eccPublicKeyLayout(profile).size, "ulongOctets");
  try {
    connection.call("SKF_GenECCKeyPair", container, profile.algorithmIds.sm2Sign, output.memory);
  } catch (cause) {
    throw cause instanceof KeyStoreError ? withProfileField(cause) : cause;
  }
  checkOutput(profile, "SKF_GenECCKeyPair", output);
  return readPublicKeyBlob(profile, output.octets);
}

/** What such a device cannot do is SM2 by that number: others call it 0x00020100. */
function withProfileField(error: KeyStoreError): KeyStoreError {
  const isAboutNumber = ["algorithm-not-supported", "operation-not-supported"].includes(error.code);
  if (!isAboutNumber) return error;
  return new KeyStoreError("algorithm-not-supported", `${error.message}; is algorithmIds.sm2Sign right?`, {
    cause: error,
    facts: { ...error.facts, profileField: "algorithmIds" },
  });
}
