import { createUlong, readUlong, sm2PublicKeyOfPoint } from "../device-profile/index.ts";
import type { DeviceKey } from "../driver/index.ts";
import { KeyStoreError, readKeyUri, writeKeyUri } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import { readSized } from "./skf-calls.ts";
import type { SkfHandle } from "./skf-calls.ts";
import type { SkfConnection } from "./skf-connection.ts";
import { textOfName } from "./skf-names.ts";
import { readPublicKeyBlob } from "./skf-structures.ts";

/** A container has two key pairs: the owner's, which signs, and one that an authority made, which decrypts. */
export type KeyUse = "sign" | "encrypt";
const uses = ["sign", "encrypt"] as const;

/** Where a key is: its pair of its container. */
export interface KeyPlace {
  readonly container: Uint8Array;
  readonly use: KeyUse;
}

/** RSA in a container, as SKF_GetContainerType says it (GM/T 0016-2012 §7.5). */
const rsaContainer = 1;
/** The largest ECCPUBLICKEYBLOB has 136 octets; what is larger is an RSA key in a library that does not tell containers apart. */
const largestEccBlob = 136;
const publicKeyRoom = 2_048;

/** All keys on the SM2 curve. @throws KeyStoreError `profile-wrong`, what the device answers. */
export function listKeys(connection: SkfConnection): DeviceKey[] {
  const containers = connection.listContainers();
  checkDistinct(containers);
  return containers.flatMap((container) =>
    uses.flatMap((use) => describeKey(connection, { container, use }) ?? []),
  );
}

/** Two containers whose names read the same in two encodings would be one key to everybody. */
function checkDistinct(containers: readonly Uint8Array[]): void {
  const texts = containers.map(textOfName);
  const twice = texts.find((text, at) => texts.indexOf(text) !== at);
  if (twice !== undefined)
    throw new KeyStoreError("vendor-error", `two containers are called ${twice}, each in another encoding`);
}

/**
 * Where the key of a URI is on this device, or undefined if it is not on it.
 *
 * @throws KeyStoreError `vendor-error` if two containers have that name.
 */
export function placeOf(connection: SkfConnection, uri: KeyUri): KeyPlace | undefined {
  if (readKeyUri(uri).scheme !== "skf") return undefined;
  const containers = connection.listContainers();
  // By the whole URI, so that there is one for each key and none that is only like it.
  const places = containers
    .flatMap((container) => uses.map((use) => ({ container, use })))
    .filter((place) => uriOf(connection, place) === uri);
  if (places.length > 1) checkDistinct(containers);
  return places[0];
}

/** A key with its public half, or undefined if its container has no such pair. */
export function describeKey(connection: SkfConnection, { container, use }: KeyPlace): DeviceKey | undefined {
  const { calls } = connection;
  const handle = connection.openContainer(container);
  if (isRsa(connection, handle)) return undefined;
  const point = readPoint(connection, handle, use);
  if (point === undefined) return undefined;
  return {
    uri: uriOf(connection, { container, use }),
    label: textOfName(container),
    publicKey: sm2PublicKeyOfPoint(calls.profile, point),
    // A pair for encryption comes in an envelope from an authority, which has a copy.
    attributes: use === "sign" ? { local: true, extractable: false } : { local: false, extractable: false },
    mechanisms: use === "sign" ? [{ algorithm: "SM2", takes: calls.profile.signInput }] : [],
    decrypts: use === "encrypt" && calls.has("SKF_ECCDecrypt"),
  };
}

function uriOf(connection: SkfConnection, { container, use }: KeyPlace): KeyUri {
  return writeKeyUri("skf", {
    serial: connection.description.serial,
    application: connection.applicationName,
    container: textOfName(container),
    ...(use === "encrypt" ? { use } : {}),
  });
}

/** Whether any pair is in a container. */
export function holdsKey(connection: SkfConnection, container: SkfHandle): boolean {
  return (
    isRsa(connection, container) || uses.some((use) => readPoint(connection, container, use) !== undefined)
  );
}

function isRsa(connection: SkfConnection, container: SkfHandle): boolean {
  const { calls } = connection;
  if (!calls.has("SKF_GetContainerType")) return false;
  const type = createUlong();
  const number = calls.answer("SKF_GetContainerType", container, type);
  // Libraries are around that have the function and say that they do not support it.
  return number === 0 && readUlong(calls.profile, "SKF_GetContainerType", type) === rsaContainer;
}

/** x ‖ y of a pair, or undefined if there is none on the SM2 curve. */
export function readPoint(
  connection: SkfConnection,
  container: SkfHandle,
  use: KeyUse,
): Uint8Array | undefined {
  const { calls } = connection;
  const isSigning = use === "sign" ? 1 : 0;
  const reading = { name: "SKF_ExportPublicKey", room: publicKeyRoom, field: "eccMaximumBits" } as const;
  const blob = unlessAbsent(() =>
    connection.noticeLoss(() => readSized(calls, reading, container, isSigning)),
  );
  if (blob === undefined || blob.length === 0 || blob.length > largestEccBlob) return undefined;
  return readPublicKeyBlob(calls.profile, blob);
}

/** What was read, or undefined where the device says that there is no such thing. */
export function unlessAbsent<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof KeyStoreError && cause.code === "key-not-found") return undefined;
    throw cause;
  }
}
