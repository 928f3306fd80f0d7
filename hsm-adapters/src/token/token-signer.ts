import { digestAlgorithms, signatureAlgorithms } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { equalBytes } from "@yinxin/crypto/bytes";
import { SignerError } from "@yinxin/crypto/signer";
import type { Signer, SignInput } from "@yinxin/crypto/signer";

import type { DeviceKey, SigningMechanism } from "../driver/index.ts";
import type { SignatureVerifier } from "../verifier/index.ts";
import type { DeviceCaller } from "./device-caller.ts";
import { keyNotFound } from "./key-finder.ts";
import type { KeyFinder } from "./key-finder.ts";
import type { PinLatch } from "./pin-latch.ts";
import type { SessionOperations } from "./session-operations.ts";
import type { PooledSession } from "./session-pool.ts";
import { checkSignature } from "./signature-check.ts";
import { inputFor, inputsOf, zOf } from "./signing-request.ts";
import type { SigningRequest } from "./signing-request.ts";
import type { TokenCounters } from "./token-counters.ts";
import { asKeyStoreError } from "./token-errors.ts";

export interface TokenSignerDeps {
  readonly operations: SessionOperations;
  readonly finder: KeyFinder;
  readonly caller: DeviceCaller;
  readonly latch: PinLatch;
  readonly verifier: SignatureVerifier;
  readonly counters: TokenCounters;
  /** @throws KeyStoreError `key-store-closed`. */
  readonly checkOpen: () => void;
}

/** A signer whose key is on the device; what it gives has been verified. */
export function createTokenSigner(
  deps: TokenSignerDeps,
  { uri, publicKey: given }: DeviceKey,
  mechanism: SigningMechanism,
): Signer {
  const { algorithm } = mechanism;
  // The caller's own copy is the caller's to change.
  const publicKey = given.slice();
  const inputs = inputsOf(mechanism);
  const z = zOf(algorithm, publicKey);
  const sign = async (input: SignInput): Promise<Uint8Array> => {
    deps.checkOpen();
    const kind = "message" in input ? "message" : "digest";
    if (!inputs.includes(kind)) {
      throw new SignerError("input-not-supported", `this ${algorithm} key is given no ${kind}`);
    }
    if ("digest" in input) checkDigest(algorithm, input.digest);
    // Awaited here: a promise that is handed through costs more than one that is waited for.
    return await signCounted(deps, { uri, algorithm, publicKey, input: inputFor(mechanism, z, input) });
  };
  return { algorithm, publicKey: given.slice(), inputs, sign };
}

/** @throws SignerError `input-not-supported` for a digest of another length than the row's. */
function checkDigest(algorithm: SignatureAlgorithmName, { length }: Uint8Array): void {
  const { digest: name } = signatureAlgorithms[algorithm];
  if (name !== undefined && length === digestAlgorithms[name].lengthBytes) return;
  throw new SignerError("input-not-supported", `${String(length)} octets are no digest for ${algorithm}`);
}

async function signCounted(deps: TokenSignerDeps, request: SigningRequest): Promise<Uint8Array> {
  const { counters, operations, verifier } = deps;
  let answeredAt = 0;
  try {
    const signature = await operations.run({
      uri: request.uri,
      use: (session) => signOn(deps, session, request),
      finish: (plain) => {
        answeredAt = counters.now();
        return checkSignature(verifier, request, plain);
      },
    });
    counters.signed(answeredAt);
    return signature;
  } catch (cause) {
    const error = asKeyStoreError(cause);
    counters.failed(error);
    throw error;
  }
}

/** Mostly the key is known, and nothing has to be waited for before the device is asked. */
function signOn(deps: TokenSignerDeps, session: PooledSession, request: SigningRequest): Promise<Uint8Array> {
  const { connection } = session;
  const known = deps.finder.knownOn(connection, request.uri);
  if (known !== undefined) return signWith(deps, session, request, known);
  return deps.finder.findOn(connection, request.uri).then((found) => signWith(deps, session, request, found));
}

/** @throws KeyStoreError `key-not-found` if it is another key by now. */
function signWith(
  { latch, caller }: TokenSignerDeps,
  { connection, number }: PooledSession,
  { uri, algorithm, publicKey, input }: SigningRequest,
  key: DeviceKey,
): Promise<Uint8Array> {
  // Devices that name keys by place (a container, a slot) give the name of a destroyed key to the next one.
  if (!equalBytes(key.publicKey, publicKey)) throw keyNotFound(uri);
  const octets = "message" in input ? input.message : input.digest;
  const request = { key: uri, algorithm, input: octets };
  if (key.attributes.alwaysAuthenticate !== true) {
    return caller.answered(connection, connection.sign(number, request));
  }
  return latch.withContextPin(connection, (contextPin) => {
    const secret = contextPin === undefined ? {} : { contextPin };
    return caller.answered(connection, connection.sign(number, { ...request, ...secret }));
  });
}
