import { signatureAlgorithmNames } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import type { Signer } from "@yinxin/crypto/signer";

import type { KeyDescription, KeyStoreHealth, KeyUri } from "../key-store/index.ts";
import {
  readBytes,
  readKeyAttributes,
  readKeyUri,
  readList,
  readOneOf,
  readOptional,
  readRecord,
  readText,
} from "../wire/index.ts";
import type { WireValue } from "../wire/index.ts";

/** What client and server speak inside TLS; another version would have another name (RFC 7301 §3.1). */
export const protocolName = "yinxin-keys/1";

/** What a server can be asked. */
export const remoteOperations = { greet: 1, list: 2, open: 3, sign: 4, refresh: 5, health: 6 } as const;

/**
 * What is signed through a network is a digest or a short structure. A server has many clients, and each can make it set this much
 * aside.
 */
export const maximumRemoteInputOctets = 1024 * 1024;

/** The longest frame: an input and what stands around it. */
export const maximumRemoteFrameOctets = maximumRemoteInputOctets + 8 * 1024;

export type RemoteSigner = Pick<Signer, "algorithm" | "publicKey" | "inputs">;

export interface RemoteSigning {
  readonly uri: KeyUri;
  readonly algorithm: SignatureAlgorithmName;
  readonly kind: "message" | "digest";
  readonly bytes: Uint8Array;
}

/** The readers of what goes over. @throws WireError. */
export function readRemoteSigner(value: WireValue): RemoteSigner {
  const { algorithm, publicKey, inputs } = readRecord(value);
  return {
    algorithm: readOneOf(algorithm, signatureAlgorithmNames),
    publicKey: readBytes(publicKey),
    inputs: readList(inputs, readInputKind),
  };
}

export function readOpening(value: WireValue): {
  readonly uri: KeyUri;
  readonly algorithm: SignatureAlgorithmName | undefined;
} {
  const { uri, algorithm } = readRecord(value);
  return {
    uri: readKeyUri(uri),
    algorithm: readOptional(algorithm, (name) => readOneOf(name, signatureAlgorithmNames)),
  };
}

export function readSigning(value: WireValue): RemoteSigning {
  const { uri, algorithm, kind, bytes } = readRecord(value);
  return {
    uri: readKeyUri(uri),
    algorithm: readOneOf(algorithm, signatureAlgorithmNames),
    kind: readInputKind(kind),
    bytes: readBytes(bytes),
  };
}

export function readDescription(value: WireValue): KeyDescription {
  const { uri, label, algorithm, publicKey, attributes } = readRecord(value);
  return {
    uri: readKeyUri(uri),
    label: readText(label),
    algorithm: readOneOf(algorithm, signatureAlgorithmNames),
    publicKey: readBytes(publicKey),
    attributes: readKeyAttributes(attributes),
  };
}

export function readHealth(value: WireValue): Pick<KeyStoreHealth, "state" | "device"> {
  const { state, device } = readRecord(value);
  return {
    state: readOneOf(state, ["ready", "degraded", "offline", "latched", "closed"]),
    device: readText(device),
  };
}

function readInputKind(value: WireValue): "message" | "digest" {
  return readOneOf(value, ["message", "digest"]);
}
