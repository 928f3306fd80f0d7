import { curveOids, keyOids } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { concatBytes, utf8Of } from "@yinxin/crypto/bytes";
import { oid, printableString } from "@yinxin/crypto/der";
import type { Attribute, Handle, KeyPair, Template } from "pkcs11js";

import type { DeviceKey, GenerateRequest } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import { attributes, keyTypes, mechanisms, objectClasses } from "./cryptoki.ts";
import { identifierOctets, identifierOf } from "./key-identifier.ts";
import { destroyObject, factIn, findObjects, readAttributes } from "./objects.ts";
import type { Pkcs11Profile } from "./profile.ts";
import { publicKeyAttributes, publicKeyOfAttributes } from "./public-key.ts";
import type { TokenConnection } from "./token-connection.ts";
import { readTokenKeys, templateOf } from "./token-keys.ts";
import type { KeyReading } from "./token-keys.ts";

/** How keys of one row are made. */
interface GenerationPlan {
  readonly mechanism: number;
  readonly keyType: number;
  /** What says which key, in the public template; tokens differ, so what one refuses is followed by the next. */
  readonly parameters: readonly Template[];
  /** What tokens would let the key do as well, and it is not to: one key, one purpose. */
  readonly unwanted?: number;
}

/** A size that all devices of today make quickly; the same as that of keys in software. */
const rsaModulusBits = 2048;

const ecParameters = (value: Uint8Array): Attribute => ({
  type: attributes.ecParameters,
  value: Buffer.from(value),
});
const namedCurve = (curve: string): Template => [ecParameters(oid(curve))];

const ec = (curve: string): GenerationPlan => ({
  mechanism: mechanisms.ecKeyPairGeneration,
  keyType: keyTypes.ec,
  parameters: [namedCurve(curve)],
});

const plans: Readonly<Partial<Record<SignatureAlgorithmName, GenerationPlan>>> = {
  ES256: ec(curveOids["P-256"]),
  ES384: ec(curveOids["P-384"]),
  RS256: {
    mechanism: mechanisms.rsaKeyPairGeneration,
    keyType: keyTypes.rsa,
    unwanted: attributes.decrypt,
    parameters: [
      [
        { type: attributes.modulusBits, value: rsaModulusBits },
        { type: attributes.publicExponent, value: Buffer.of(1, 0, 1) },
      ],
    ],
  },
  Ed25519: {
    mechanism: mechanisms.ecEdwardsKeyPairGeneration,
    keyType: keyTypes.ecEdwards,
    // PKCS#11 v3.0 §2.3.10 has both.
    parameters: [[ecParameters(printableString("edwards25519"))], [ecParameters(oid(keyOids.ed25519))]],
  },
};

/** In the order in which a token's rows are told. */
const signingMechanisms = {
  SM2: [],
  ES256: [mechanisms.ecdsa, mechanisms.ecdsaSha256],
  ES384: [mechanisms.ecdsa, mechanisms.ecdsaSha384],
  RS256: [mechanisms.rsaPkcs, mechanisms.sha256RsaPkcs],
  ES512: [mechanisms.ecdsa, mechanisms.ecdsaSha512],
  Ed25519: [mechanisms.eddsa],
} as const satisfies Partial<Record<SignatureAlgorithmName, readonly number[]>>;

function planFor(algorithm: SignatureAlgorithmName, { sm2 }: Pkcs11Profile): GenerationPlan | undefined {
  if (algorithm !== "SM2") return plans[algorithm];
  if (sm2?.keyGeneration === undefined) return undefined;
  // Some vendors want the curve said although the mechanism makes no other.
  return { mechanism: sm2.keyGeneration, keyType: sm2.keyType, parameters: [[], namedCurve(curveOids.sm2)] };
}

/** The rows of keys that sign on this token, wherever they were made. */
export function signedRows(
  has: ReadonlySet<number>,
  { sm2 }: Pkcs11Profile,
): readonly SignatureAlgorithmName[] {
  const rows = Object.entries({
    ...signingMechanisms,
    SM2: sm2?.signing.map(({ mechanism }) => mechanism) ?? [],
  });
  return rows.flatMap(([row, signing]) =>
    signing.some((mechanism) => has.has(mechanism)) ? [row as SignatureAlgorithmName] : [],
  );
}

/** The rows that the token makes keys for, and signs by. */
export function generatedRows(
  has: ReadonlySet<number>,
  profile: Pkcs11Profile,
): readonly SignatureAlgorithmName[] {
  return signedRows(has, profile).filter((row) => {
    const plan = planFor(row, profile);
    return plan !== undefined && has.has(plan.mechanism);
  });
}

/** The begin of a CKA_ID that a key has while it is being made: one that is found later was left by a crash. */
export const unfinishedIdStart = "yinxin:new:";

/**
 * Makes a key pair that cannot be taken out. Its CKA_ID is known only afterwards, so until then it has one that says that it is
 * unfinished; tokens that do not let an identifier be changed keep that one, which is as unique.
 *
 * @throws KeyStoreError `key-exists`, `algorithm-not-supported`, `self-check-failed`; what the token says.
 */
export function generateKey(connection: TokenConnection, request: GenerateRequest): DeviceKey {
  const { profile } = connection;
  const plan = planFor(request.algorithm, profile);
  const supported = generatedRows(connection.mechanisms, profile);
  if (plan === undefined || !supported.includes(request.algorithm)) {
    throw new KeyStoreError("algorithm-not-supported", `this token makes no keys for ${request.algorithm}`, {
      facts: { supported },
    });
  }
  return connection.writing((token) => {
    refuseTakenLabel(token, request.label);
    const pair = makePair(token, plan, request.label);
    return undoneByFailure(token, [pair.privateKey, pair.publicKey], () => finishPair(token, pair));
  });
}

/** @throws KeyStoreError `key-exists`. */
export function refuseTakenLabel(token: KeyReading, label: string): void {
  const named = { type: attributes.label, value: Buffer.from(utf8Of(label)) };
  if (findObjects(token, [...templateOf(objectClasses.privateKey), named]).length === 0) return;
  const taken = readTokenKeys(token).find(({ description }) => description.label === label);
  if (taken === undefined) return;
  const { uri } = taken.description;
  throw new KeyStoreError("key-exists", `the token has a key labelled "${label}" already`, {
    facts: { uri },
  });
}

function makePair(token: KeyReading, plan: GenerationPlan, label: string): KeyPair {
  const { library, session } = token;
  const id = library.call("C_GenerateRandom", (module) =>
    module.C_GenerateRandom(session, Buffer.alloc(identifierOctets - unfinishedIdStart.length)),
  );
  const named = namesOf(label, concatBytes(utf8Of(unfinishedIdStart), id), plan.keyType);
  const refusals: unknown[] = [];
  for (const [parameters, further] of attemptsOf(plan)) {
    try {
      return library.call("C_GenerateKeyPair", (module) =>
        module.C_GenerateKeyPair(
          session,
          { mechanism: plan.mechanism },
          [...named, ...publicUse, ...parameters],
          [...named, ...privateUse, { type: attributes.sign, value: true }, ...further],
        ),
      );
    } catch (cause) {
      // tpm2-pkcs11 calls a template that it cannot follow a general error.
      const codes = ["algorithm-not-supported", "device-error"];
      if (!(cause instanceof KeyStoreError && codes.includes(cause.code))) throw cause;
      refusals.push(cause);
    }
  }
  throw refusals[0];
}

function attemptsOf({ parameters, unwanted }: GenerationPlan): readonly (readonly [Template, Template])[] {
  const furthers: Template[] = unwanted === undefined ? [[]] : [[{ type: unwanted, value: false }], []];
  return furthers.flatMap((further) => parameters.map((each) => [each, further] as const));
}

/** What both objects of a key have. */
export function namesOf(label: string, id: Uint8Array, keyType: number): Template {
  return [
    { type: attributes.token, value: true },
    { type: attributes.keyType, value: keyType },
    { type: attributes.label, value: Buffer.from(utf8Of(label)) },
    { type: attributes.id, value: Buffer.from(id) },
  ];
}

export const publicUse: Template = [
  { type: attributes.private, value: false },
  { type: attributes.verify, value: true },
];

/** Whoever asks for a key gets one that stays inside. */
export const privateUse: Template = [
  { type: attributes.private, value: true },
  { type: attributes.sensitive, value: true },
  { type: attributes.extractable, value: false },
];

function finishPair(token: KeyReading, { privateKey, publicKey }: KeyPair): DeviceKey {
  refuseExtractable(token, privateKey);
  const spki = publicKeyOf(token, publicKey);
  const id = identifierOf(spki);
  if (setIdentifier(token, privateKey, id)) setIdentifier(token, publicKey, id);
  return descriptionOf(token, privateKey);
}

/** Whatever the template said: what counts is what the token did. @throws KeyStoreError `self-check-failed`. */
export function refuseExtractable(token: KeyReading, privateKey: Handle): void {
  const value = readAttributes(token, privateKey, [attributes.extractable]).get(attributes.extractable);
  if (factIn(value) !== true) return;
  throw new KeyStoreError(
    "self-check-failed",
    "the token holds a key that can be taken out, though told not to let it",
  );
}

function publicKeyOf(token: KeyReading, handle: Handle): Uint8Array {
  const wanted = [attributes.keyType, ...publicKeyAttributes(token.profile.sm2)];
  const spki = publicKeyOfAttributes(readAttributes(token, handle, wanted), token.profile.sm2);
  if (spki === undefined)
    throw new KeyStoreError("profile-wrong", "the new key's public point cannot be read");
  return spki;
}

/** Whether the token let it be changed. */
function setIdentifier({ library, session }: KeyReading, handle: Handle, id: Uint8Array): boolean {
  try {
    library.call("C_SetAttributeValue", (module) => {
      module.C_SetAttributeValue(session, handle, [{ type: attributes.id, value: Buffer.from(id) }]);
    });
    return true;
  } catch (cause) {
    const codes = ["not-permitted", "operation-not-supported", "algorithm-not-supported"];
    if (cause instanceof KeyStoreError && codes.includes(cause.code)) return false;
    throw cause;
  }
}

/** The key as everybody finds it, so that what is answered is what will be listed. */
export function descriptionOf(token: KeyReading, privateKey: Handle): DeviceKey {
  const id = readAttributes(token, privateKey, [attributes.id]).get(attributes.id);
  const [key] = id === undefined ? [] : readTokenKeys(token, id);
  if (key === undefined) {
    throw new KeyStoreError("device-error", "the key was made, but the token does not show it", {
      facts: { outcomeUnknown: true },
    });
  }
  return key.description;
}

/** Destroys what was made if the rest of it fails, as far as the token is still there. */
export function undoneByFailure<Value>(token: KeyReading, made: readonly Handle[], body: () => Value): Value {
  try {
    return body();
  } catch (cause) {
    for (const handle of made) {
      try {
        destroyObject(token, handle);
      } catch (problem) {
        // The identifier says that it is unfinished; the first failure is what is told.
        if (!(problem instanceof KeyStoreError)) throw problem;
      }
    }
    throw cause;
  }
}
