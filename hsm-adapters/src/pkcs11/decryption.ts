import { parsePublicKey } from "@yinxin/crypto/algorithms";
import { cipherOfRaw, rawOfCipher, Sm2CipherError } from "@yinxin/crypto/sm2";
import { octetString } from "@yinxin/crypto/der";
import type { Handle, Mechanism } from "pkcs11js";

import type { DecryptRequest } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import { attributes, keyTypes, maskFunctions, mechanisms, objectClasses } from "./cryptoki.ts";
import { destroyObject, readAttributes } from "./objects.ts";
import { returnValueNumbers } from "./return-values.ts";
import type { TokenConnection } from "./token-connection.ts";
import type { TokenKey } from "./token-keys.ts";

/** CK_PARAMS_RSA_OAEP and CK_PARAMS_EC_DH of pkcs11js. */
const parameterTypes = { oaep: 4, ecdh: 6 } as const;
/** CKZ_DATA_SPECIFIED and CKD_NULL. */
const dataSpecified = 1;
const noDerivation = 1;

type Decrypt<Kind extends DecryptRequest["kind"]> = Extract<DecryptRequest, { readonly kind: Kind }>;

/** Begins an operation with a key; a promise if the PIN is typed on the device first. */
type Begin = (init: (key: Handle) => void) => Promise<void> | undefined;

/**
 * Decrypts or agrees in a session. What cannot be decrypted is refused as the token refuses it.
 *
 * @throws KeyStoreError `algorithm-not-supported`; `vendor-error` for a ciphertext that is none.
 */
export function decryptInSession(
  connection: TokenConnection,
  session: Handle,
  key: TokenKey,
  request: DecryptRequest,
  begin: Begin,
): Promise<Uint8Array> {
  if (!key.description.decrypts || kindOf(connection, key) !== request.kind) {
    throw new KeyStoreError("algorithm-not-supported", `the key ${key.description.uri} does not decrypt so`, {
      facts: { uri: key.description.uri },
    });
  }
  switch (request.kind) {
    case "rsa-oaep":
      return decrypt(connection, session, oaep(request), request.ciphertext, begin);
    case "ecdh-p256":
      return Promise.resolve(agree(connection, session, key, request));
    case "sm2":
      return decryptSm2(connection, session, request, begin);
  }
}

function kindOf(connection: TokenConnection, { description, keyType }: TokenKey): DecryptRequest["kind"] {
  if (parsePublicKey(description.publicKey).kind === "rsa") return "rsa-oaep";
  const isSm2 = parsePublicKey(description.publicKey).algorithm === "SM2";
  return isSm2 && keyType === connection.profile.sm2?.keyType ? "sm2" : "ecdh-p256";
}

async function decrypt(
  { library }: TokenConnection,
  session: Handle,
  mechanism: Mechanism,
  ciphertext: Uint8Array,
  begin: Begin,
): Promise<Uint8Array> {
  await begin((key) => {
    library.call("C_DecryptInit", (module) => {
      module.C_DecryptInit(session, mechanism, key);
    });
  });
  const input = Buffer.from(ciphertext);
  const output = Buffer.alloc(ciphertext.length + 256);
  const plain = await library.callLater("C_Decrypt", (module) =>
    module.C_DecryptAsync(session, input, output),
  );
  const copy = new Uint8Array(plain);
  output.fill(0);
  input.fill(0);
  return copy;
}

const oaepDigests = {
  "SHA-1": [mechanisms.sha1, maskFunctions.sha1],
  "SHA-256": [mechanisms.sha256, maskFunctions.sha256],
  "SHA-384": [mechanisms.sha384, maskFunctions.sha384],
  "SHA-512": [mechanisms.sha512, maskFunctions.sha512],
} as const;

function oaep({ digest }: Decrypt<"rsa-oaep">): Mechanism {
  const [hashAlg, mgf] = oaepDigests[digest];
  const parameter = { type: parameterTypes.oaep, hashAlg, mgf, source: dataSpecified };
  return { mechanism: mechanisms.rsaOaep, parameter };
}

async function decryptSm2(
  connection: TokenConnection,
  session: Handle,
  { ciphertext }: Decrypt<"sm2">,
  begin: Begin,
): Promise<Uint8Array> {
  const decryption = connection.profile.sm2?.decryption;
  if (decryption === undefined) throw new KeyStoreError("algorithm-not-supported", "no SM2 decryption here");
  const raw = rawOf(connection, ciphertext);
  const input = decryption.form === "der" ? cipherOfRaw(raw) : raw;
  return decrypt(connection, session, { mechanism: decryption.mechanism }, input, begin);
}

function rawOf({ library }: TokenConnection, ciphertext: Uint8Array): Uint8Array {
  try {
    return rawOfCipher(ciphertext);
  } catch (cause) {
    if (cause instanceof Sm2CipherError)
      throw library.refusal(returnValueNumbers.encryptedDataInvalid, "C_Decrypt");
    throw cause;
  }
}

/**
 * The shared secret as an object of the session, read and destroyed (PKCS#11 v2.40 §2.3.8). At once, not on another thread: there
 * pkcs11js never frees the template.
 */
function agree(
  { library }: TokenConnection,
  session: Handle,
  { handle }: TokenKey,
  { peer }: Decrypt<"ecdh-p256">,
): Uint8Array {
  const secret = [
    { type: attributes.class, value: objectClasses.secretKey },
    { type: attributes.keyType, value: keyTypes.genericSecret },
    { type: attributes.token, value: false },
    { type: attributes.sensitive, value: false },
    { type: attributes.extractable, value: true },
    { type: attributes.valueLength, value: 32 },
  ];
  const derive = (publicData: Buffer): Handle => {
    const parameter = { type: parameterTypes.ecdh, kdf: noDerivation, publicData };
    return library.call("C_DeriveKey", (module) =>
      module.C_DeriveKey(session, { mechanism: mechanisms.ecdh1Derive, parameter }, handle, secret),
    );
  };
  const derived = eitherForm(derive, peer);
  const token = { library, session };
  let value: Uint8Array | undefined;
  try {
    value = readAttributes(token, derived, [attributes.value]).get(attributes.value);
  } finally {
    destroyObject(token, derived);
  }
  if (value === undefined)
    throw new KeyStoreError("not-permitted", "the token does not give out the shared secret");
  return value;
}

/** The standard lets a token want the point bare or as CKA_EC_POINT has it. */
function eitherForm(derive: (point: Buffer) => Handle, peer: Uint8Array): Handle {
  try {
    return derive(Buffer.from(peer));
  } catch (cause) {
    const codes = ["algorithm-not-supported", "vendor-error"];
    if (!(cause instanceof KeyStoreError && codes.includes(cause.code))) throw cause;
    return derive(Buffer.from(octetString(peer)));
  }
}
