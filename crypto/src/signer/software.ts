import { createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

import {
  keyOids,
  parsePublicKey,
  signatureAlgorithmNames,
  signatureAlgorithms,
} from "../algorithms/index.ts";
import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { DerError, parseDer, readChildren, readOid, tags } from "../der/index.ts";
import { es256Signing, sm2Signing } from "./ec-private.ts";
import { mlDsaSpki, openMlDsaKey, signWithMlDsaKey } from "./ml-dsa-key.ts";
import type { MlDsaName } from "./ml-dsa-key.ts";
import { signRsa } from "./rsa-private.ts";
import type { RsaName } from "./rsa-private.ts";
import { SignerError } from "./signer.ts";
import type { Signer, SignInput } from "./signer.ts";

/**
 * A signer over a private key in this process's memory.
 *
 * @param pkcs8 PrivateKeyInfo (RFC 5208), DER, unencrypted.
 * @param algorithm the row to sign by; an RSA key has several and needs it, for others it must be the key's own.
 * @throws SignerError `key-not-supported` if it is not a private key, or does not sign by that row.
 */
export function createSoftwareSigner(pkcs8: Uint8Array, algorithm?: SignatureAlgorithmName): Signer {
  const name = chooseAlgorithm(pkcs8, algorithm);
  const { publicKey, inputs, signNow } = openKey(name, pkcs8);
  return {
    algorithm: name,
    publicKey,
    inputs,
    sign: (input) => {
      if (inputs.includes("message" in input ? "message" : "digest")) return settled(() => signNow(input));
      const refusal = new SignerError("input-not-supported", `${name} in software signs messages only`);
      return Promise.reject(refusal);
    },
  };
}

interface OpenKey {
  readonly publicKey: Uint8Array;
  readonly inputs: Signer["inputs"];
  /** Gets only what is listed in `inputs`. */
  readonly signNow: (input: SignInput) => Uint8Array;
}

function settled(work: () => Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

function openKey(name: SignatureAlgorithmName, pkcs8: Uint8Array): OpenKey {
  const open = openers[name];
  return open(pkcs8);
}

const messageOnly = ["message"] as const;
const messageOrDigest = ["message", "digest"] as const;

const openers: Readonly<Record<SignatureAlgorithmName, (pkcs8: Uint8Array) => OpenKey>> = {
  SM2: openSm2Key,
  ES256: openEs256Key,
  ES384: (pkcs8) => openNodeKey(pkcs8, (key, message) => new Uint8Array(sign("sha384", message, key))),
  ES512: (pkcs8) => openNodeKey(pkcs8, (key, message) => new Uint8Array(sign("sha512", message, key))),
  Ed25519: (pkcs8) => openNodeKey(pkcs8, (key, message) => new Uint8Array(sign(null, message, key))),
  RS256: (pkcs8) => openRsaKey("RS256", pkcs8),
  RS384: (pkcs8) => openRsaKey("RS384", pkcs8),
  RS512: (pkcs8) => openRsaKey("RS512", pkcs8),
  PS256: (pkcs8) => openRsaKey("PS256", pkcs8),
  PS384: (pkcs8) => openRsaKey("PS384", pkcs8),
  PS512: (pkcs8) => openRsaKey("PS512", pkcs8),
  "ML-DSA-44": (pkcs8) => openMlDsa("ML-DSA-44", pkcs8),
  "ML-DSA-65": (pkcs8) => openMlDsa("ML-DSA-65", pkcs8),
};

function openNodeKey(
  pkcs8: Uint8Array,
  signMessage: (key: KeyObject, message: Uint8Array) => Uint8Array,
): OpenKey {
  const key = importPrivateKey(pkcs8);
  return {
    publicKey: spkiOf(key),
    inputs: messageOnly,
    signNow: (input) => signMessage(key, messageOf(input)),
  };
}

function openSm2Key(pkcs8: Uint8Array): OpenKey {
  const publicKey = spkiOf(importPrivateKey(pkcs8));
  const signNow = readOrRefuse(() => sm2Signing(pkcs8, publicKey));
  return { publicKey, inputs: messageOrDigest, signNow };
}

function openEs256Key(pkcs8: Uint8Array): OpenKey {
  const key = importPrivateKey(pkcs8);
  const signNow = readOrRefuse(() => es256Signing(pkcs8, key));
  return { publicKey: spkiOf(key), inputs: messageOrDigest, signNow };
}

function openRsaKey(name: RsaName, pkcs8: Uint8Array): OpenKey {
  const key = importPrivateKey(pkcs8);
  const publicKey = spkiOf(key);
  const { algorithm, restrictedTo } = parsePublicKey(publicKey);
  if (algorithm === undefined || (restrictedTo !== undefined && restrictedTo.name !== name)) {
    throw new SignerError("key-not-supported", `this RSA key does not sign by ${name}`);
  }
  return { publicKey, inputs: messageOrDigest, signNow: (input) => signRsa(name, key, input) };
}

function openMlDsa(name: MlDsaName, pkcs8: Uint8Array): OpenKey {
  const key = readOrRefuse(() => openMlDsaKey(pkcs8, name));
  return {
    publicKey: mlDsaSpki(name, key.publicKey),
    inputs: messageOnly,
    signNow: (input) => signWithMlDsaKey(name, key, messageOf(input), new Uint8Array(randomBytes(32))),
  };
}

function messageOf(input: SignInput): Uint8Array {
  if ("message" in input) return input.message;
  throw new SignerError("input-not-supported", "this key signs messages only");
}

function chooseAlgorithm(
  pkcs8: Uint8Array,
  wanted: SignatureAlgorithmName | undefined,
): SignatureAlgorithmName {
  const possible = readOrRefuse(() => algorithmsOf(pkcs8));
  const [first, ...others] = possible;
  if (wanted === undefined && others.length > 0) {
    throw new SignerError("key-not-supported", `say by which of ${possible.join(", ")} the key shall sign`);
  }
  const chosen = wanted ?? first;
  if (chosen === undefined || !possible.includes(chosen)) {
    throw new SignerError("key-not-supported", "this kind of key does not sign here");
  }
  return chosen;
}

/** Every row that a key of this PrivateKeyInfo may sign by. */
function algorithmsOf(pkcs8: Uint8Array): SignatureAlgorithmName[] {
  const [, algorithm] = readChildren(parseDer(pkcs8));
  const [id, curve] = algorithm === undefined ? [] : readChildren(algorithm);
  if (id === undefined) return [];
  const keyOid = readOid(id);
  const curveOid = curve?.tag === tags.oid ? readOid(curve) : undefined;
  return signatureAlgorithmNames.filter((name) => {
    const row = signatureAlgorithms[name];
    if (keyOid === keyOids.rsaPss) return row.kind === "rsa-pss";
    return row.keyOid === keyOid && row.curveOid === curveOid;
  });
}

function readOrRefuse<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof DerError || cause instanceof RangeError)) throw cause;
    // The cause is dropped on purpose: it may quote the key.
    throw new SignerError("key-not-supported", "the private key cannot be read");
  }
}

function importPrivateKey(pkcs8: Uint8Array): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  } catch {
    // The cause is dropped on purpose: it may quote the key.
    throw new SignerError("key-not-supported", "the private key cannot be read");
  }
}

function spkiOf(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" }));
}
