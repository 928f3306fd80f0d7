import { curveOids, keyOids, parsePublicKey } from "@yinxin/crypto/algorithms";
import {
  DerError,
  octetString,
  oid,
  parseDer,
  printableString,
  readChildren,
  readInteger,
  tags,
} from "@yinxin/crypto/der";
import type { DerElement } from "@yinxin/crypto/der";
import { parsePrivateKey, Pkcs8Error, publicKeyOf } from "@yinxin/crypto/pkcs8";
import type { PrivateKeyInfo } from "@yinxin/crypto/pkcs8";
import type { Attribute, Handle, Template } from "pkcs11js";

import type { DeviceKey, ImportRequest } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import { attributes, keyTypes, objectClasses } from "./cryptoki.ts";
import {
  descriptionOf,
  namesOf,
  privateUse,
  publicUse,
  refuseExtractable,
  refuseTakenLabel,
  signedRows,
  undoneByFailure,
} from "./generation.ts";
import { identifierOf } from "./key-identifier.ts";
import { findObjects } from "./objects.ts";
import type { Sm2Profile } from "./profile.ts";
import type { TokenConnection } from "./token-connection.ts";
import { templateOf } from "./token-keys.ts";
import type { KeyReading } from "./token-keys.ts";

/** The two objects of a key that comes from outside. */
interface ImportedKey {
  readonly keyType: number;
  readonly publicPart: Template;
  /** Overwritten after use. */
  readonly privatePart: readonly (Attribute & { readonly value: Buffer })[];
  /** What its owner may have used it for besides signing. */
  readonly furtherUse: number;
}

/**
 * Brings a private key in: not to be taken out again, though it was outside.
 *
 * @param request its `pkcs8` is overwritten.
 * @throws KeyStoreError `algorithm-not-supported` if the key is not one for the row, `key-exists`; what the token says.
 */
export function importKey(connection: TokenConnection, request: ImportRequest): DeviceKey {
  const { pkcs8, label, algorithm } = request;
  try {
    const info = privateKeyOf(pkcs8);
    const half = publicKeyOf(info);
    if (half.result !== "known")
      throw notSupported("the private key is damaged, or of a kind that is not known");
    const own = parsePublicKey(half.publicKey).algorithm;
    const isRsa = own === "RS256" && /^[RP]S(256|384|512)$/.test(algorithm);
    if (own === undefined || (own !== algorithm && !isRsa))
      throw notSupported(`the private key is none for ${algorithm}`);
    if (!signedRows(connection.mechanisms, connection.profile).includes(own)) {
      throw notSupported(`the token has no mechanism that signs by ${own}`);
    }
    const key = keyObjects(info, half.publicKey, connection.profile.sm2);
    try {
      return connection.writing((token) => createPair(token, key, label, half.publicKey));
    } finally {
      for (const { value } of key.privatePart) value.fill(0);
    }
  } finally {
    pkcs8.fill(0);
  }
}

function privateKeyOf(pkcs8: Uint8Array): PrivateKeyInfo {
  try {
    return parsePrivateKey(pkcs8);
  } catch (cause) {
    if (cause instanceof Pkcs8Error) throw notSupported("this is no private key in PKCS #8");
    throw cause;
  }
}

function createPair(token: KeyReading, key: ImportedKey, label: string, publicKey: Uint8Array): DeviceKey {
  refuseTakenLabel(token, label);
  const id = identifierOf(publicKey);
  if (findObjects(token, templateOf(objectClasses.privateKey, id)).length > 0) {
    throw new KeyStoreError("key-exists", "the token has this very key already", {
      facts: { uri: token.uriOf(id) },
    });
  }
  const names = namesOf(label, id, key.keyType);
  const publicObject = createObject(token, [
    { type: attributes.class, value: objectClasses.publicKey },
    ...names,
    ...publicUse,
    ...key.publicPart,
  ]);
  return undoneByFailure(token, [publicObject], () => {
    const template = [...names, ...privateUse, ...key.privatePart];
    const privateObject = createPrivate(token, template, key.furtherUse);
    return undoneByFailure(token, [privateObject], () => {
      refuseExtractable(token, privateObject);
      return descriptionOf(token, privateObject);
    });
  });
}

function createPrivate(token: KeyReading, template: Template, furtherUse: number): Handle {
  const object = [
    { type: attributes.class, value: objectClasses.privateKey },
    ...template,
    { type: attributes.sign, value: true },
  ];
  try {
    return createObject(token, [...object, { type: furtherUse, value: true }]);
  } catch (cause) {
    // Strict tokens let a key do one thing only.
    if (!(cause instanceof KeyStoreError && cause.code === "algorithm-not-supported")) throw cause;
    return createObject(token, object);
  }
}

function createObject({ library, session }: KeyReading, template: Template): Handle {
  return library.call("C_CreateObject", (module) => module.C_CreateObject(session, template));
}

function keyObjects(info: PrivateKeyInfo, publicKey: Uint8Array, sm2: Sm2Profile | undefined): ImportedKey {
  const { key: point, curveOid } = parsePublicKey(publicKey);
  try {
    if (info.keyOid === keyOids.rsa) return rsaObjects(info);
    if (info.keyOid === keyOids.ed25519) return edwardsObjects(info, point);
    if (info.keyOid === keyOids.ec && curveOid !== undefined) return ecObjects(info, point, curveOid, sm2);
  } catch (cause) {
    // The cause stays away: it says where in a secret something stands.
    if (cause instanceof DerError) throw notSupported("the private key is damaged");
    throw cause;
  }
  throw notSupported("a key of this kind cannot be brought in");
}

function ecObjects(
  info: PrivateKeyInfo,
  point: Uint8Array,
  curve: string,
  sm2: Sm2Profile | undefined,
): ImportedKey {
  const [, secret] = readChildren(parseDer(info.key));
  const number = octetsIn(secret);
  if (curve === curveOids.sm2 && sm2 !== undefined) return sm2Objects(number, point, sm2);
  const parameters = { type: attributes.ecParameters, value: Buffer.from(oid(curve)) };
  return {
    keyType: keyTypes.ec,
    publicPart: [parameters, { type: attributes.ecPoint, value: Buffer.from(octetString(point)) }],
    privatePart: [parameters, { type: attributes.value, value: Buffer.from(number) }],
    furtherUse: attributes.derive,
  };
}

/** As the vendor has them: the curve is said only where the point is where the standard has it. */
function sm2Objects(number: Uint8Array, point: Uint8Array, sm2: Sm2Profile): ImportedKey {
  const value = { type: sm2.privateValue ?? attributes.value, value: Buffer.from(number) };
  const { keyType } = sm2;
  const furtherUse = attributes.decrypt;
  if (sm2.point === undefined) {
    const parameters = { type: attributes.ecParameters, value: Buffer.from(oid(curveOids.sm2)) };
    const inside = { type: attributes.ecPoint, value: Buffer.from(octetString(point)) };
    return { keyType, publicPart: [parameters, inside], privatePart: [parameters, value], furtherUse };
  }
  const publicPart = [
    { type: sm2.point.x, value: Buffer.from(point.subarray(1, 33)) },
    { type: sm2.point.y, value: Buffer.from(point.subarray(33)) },
  ];
  return { keyType, publicPart, privatePart: [value], furtherUse };
}

/** CurvePrivateKey ::= OCTET STRING (RFC 8410 §7). */
function edwardsObjects(info: PrivateKeyInfo, point: Uint8Array): ImportedKey {
  const parameters = { type: attributes.ecParameters, value: Buffer.from(printableString("edwards25519")) };
  const value = Buffer.from(octetsIn(parseDer(info.key)));
  return {
    keyType: keyTypes.ecEdwards,
    publicPart: [parameters, { type: attributes.ecPoint, value: Buffer.from(octetString(point)) }],
    privatePart: [parameters, { type: attributes.value, value }],
    furtherUse: attributes.derive,
  };
}

/** RSAPrivateKey (RFC 8017 §A.1.2): version, then these in this order. */
const rsaNumbers = [
  attributes.modulus,
  attributes.publicExponent,
  attributes.privateExponent,
  attributes.prime1,
  attributes.prime2,
  attributes.exponent1,
  attributes.exponent2,
  attributes.coefficient,
];

function rsaObjects(info: PrivateKeyInfo): ImportedKey {
  const [, ...numbers] = readChildren(parseDer(info.key));
  if (numbers.length !== rsaNumbers.length)
    throw notSupported("an RSA key of several primes cannot be brought in");
  const privatePart = rsaNumbers.map((type, at) => ({ type, value: unsignedOctets(numbers[at]) }));
  return {
    keyType: keyTypes.rsa,
    publicPart: privatePart.slice(0, 2).map(({ type, value }) => ({ type, value: Buffer.from(value) })),
    privatePart,
    furtherUse: attributes.decrypt,
  };
}

/** Without the zero octet that keeps a DER number positive. */
function unsignedOctets(element: DerElement | undefined): Buffer {
  if (element === undefined || readInteger(element) < 0n) throw notSupported("the private key is damaged");
  const { contents } = element;
  return Buffer.from(contents[0] === 0 ? contents.subarray(1) : contents);
}

function octetsIn(element: DerElement | undefined): Uint8Array {
  if (element?.tag === tags.octetString) return element.contents;
  throw notSupported("the private key is damaged");
}

function notSupported(problem: string): KeyStoreError {
  return new KeyStoreError("algorithm-not-supported", problem);
}
