import { SignerError } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";

import { describeKeyStoreError, KeyStoreError } from "../key-store/index.ts";
import type { KeyDescription, KeyStoreHealth, KeyUri } from "../key-store/index.ts";
import { decodeWireValue, present, WireError } from "../wire/index.ts";
import type { WireValue } from "../wire/index.ts";
import { readOpening, readSigning, remoteOperations } from "./remote-protocol.ts";
import type { RemoteSigner } from "./remote-protocol.ts";
import type { SharedStore } from "./shared-store.ts";

/** Of one connection, waiting for their signatures: a document is some of these, and nobody may make this process set aside more. */
const maximumOctetsInFlight = 16 * 1024 * 1024;

/**
 * The calls of one client on a store.
 *
 * @param allowedKeys of this client, now. @throws KeyStoreError `not-permitted`.
 */
export function answerRemoteCalls(
  store: SharedStore,
  allowedKeys: () => readonly KeyUri[],
): (operation: number, body: Buffer) => unknown {
  const signers = new Map<string, Promise<Signer>>();
  const withRoom = createRoom();
  const signerOf = (uri: KeyUri, algorithm: Signer["algorithm"] | undefined): Promise<Signer> => {
    if (!allowedKeys().includes(uri)) {
      // The same as for a key that does not exist: who may not use it does not learn of it.
      throw new KeyStoreError("key-not-found", `there is no key ${uri}`);
    }
    const name = `${uri} ${algorithm ?? ""}`;
    const known = signers.get(name);
    if (known !== undefined) return known;
    const opening = store.signer(uri, algorithm);
    signers.set(name, opening);
    // The key may come later.
    opening.catch(() => signers.delete(name));
    return opening;
  };
  const open = async (argument: WireValue): Promise<RemoteSigner> => {
    const { uri, algorithm } = readOpening(argument);
    const signer = await signerOf(uri, algorithm);
    return { algorithm: signer.algorithm, publicKey: signer.publicKey, inputs: signer.inputs };
  };
  const sign = async (argument: WireValue): Promise<Uint8Array> => {
    const { uri, algorithm, kind, bytes } = readSigning(argument);
    return withRoom(bytes.length, async () => {
      const signer = await signerOf(uri, algorithm);
      try {
        return await signer.sign(kind === "message" ? { message: bytes } : { digest: bytes });
      } catch (cause) {
        // The key may be another one by now, which this signer does not stand for.
        signers.clear();
        throw cause;
      }
    });
  };
  const list = async (): Promise<readonly KeyDescription[]> => {
    const allowed = allowedKeys();
    return (await store.list()).filter(({ uri }) => allowed.includes(uri));
  };
  // Not its counters, and nothing of its last error: these are its operator's.
  const health = async (): Promise<Pick<KeyStoreHealth, "state" | "device">> => {
    const { state, device } = await store.health();
    return { state, device };
  };
  const operations = new Map<number, (argument: WireValue) => unknown>([
    [remoteOperations.greet, () => undefined],
    [remoteOperations.list, list],
    [remoteOperations.open, open],
    [remoteOperations.sign, sign],
    [remoteOperations.refresh, () => store.refresh()],
    [remoteOperations.health, health],
  ]);
  return (operation, body) => {
    const answer = operations.get(operation);
    if (answer === undefined) throw new WireError("a call that cannot be made");
    // Whoever has no keys is not answered anything.
    allowedKeys();
    return answer(decodeWireValue(new Uint8Array(body)));
  };
}

/** Does work that keeps so many octets, unless there are too many already. @throws KeyStoreError `device-busy`. */
function createRoom(): <Value>(octets: number, work: () => Promise<Value>) => Promise<Value> {
  let inFlight = 0;
  return async (octets, work) => {
    if (inFlight + octets > maximumOctetsInFlight) {
      throw new KeyStoreError("device-busy", "this client already waits for so much");
    }
    inFlight += octets;
    try {
      return await work();
    } finally {
      inFlight -= octets;
    }
  };
}

/** What a client is told: which class of error it is and what that means, but no path, no library and no vendor's words. */
export function remoteErrorOf(cause: unknown): KeyStoreError {
  if (cause instanceof WireError) throw cause;
  if (cause instanceof SignerError) return new KeyStoreError("operation-not-supported", cause.message);
  const error = cause instanceof KeyStoreError ? cause : new KeyStoreError("device-error", "");
  const { supported, remainingTries, outcomeUnknown } = error.facts;
  const facts = present({ supported, remainingTries, outcomeUnknown });
  const told = new KeyStoreError(error.code, "", { facts });
  return new KeyStoreError(error.code, describeKeyStoreError(told).title.en, { facts });
}
