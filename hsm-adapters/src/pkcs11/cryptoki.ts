/**
 * Numbers of the standard (PKCS#11 v2.40 and, for Ed25519, v3.0) that this driver uses, under the standard's names without their
 * prefixes. pkcs11js has most of them too, but is loaded late, if at all.
 */

/** CKO_: classes of objects. */
export const objectClasses = { certificate: 1, publicKey: 2, privateKey: 3, secretKey: 4 } as const;

/** CKA_: attributes of objects. */
export const attributes = {
  class: 0x000,
  token: 0x001,
  private: 0x002,
  label: 0x003,
  value: 0x011,
  certificateType: 0x080,
  issuer: 0x081,
  serialNumber: 0x082,
  keyType: 0x100,
  subject: 0x101,
  id: 0x102,
  sensitive: 0x103,
  encrypt: 0x104,
  decrypt: 0x105,
  sign: 0x108,
  verify: 0x10a,
  derive: 0x10c,
  modulus: 0x120,
  modulusBits: 0x121,
  publicExponent: 0x122,
  privateExponent: 0x123,
  prime1: 0x124,
  prime2: 0x125,
  exponent1: 0x126,
  exponent2: 0x127,
  coefficient: 0x128,
  publicKeyInfo: 0x129,
  valueLength: 0x161,
  extractable: 0x162,
  local: 0x163,
  neverExtractable: 0x164,
  alwaysSensitive: 0x165,
  ecParameters: 0x180,
  ecPoint: 0x181,
  alwaysAuthenticate: 0x202,
  allowedMechanisms: 0x4000_0600,
} as const;

/** CKK_: types of keys. */
export const keyTypes = { rsa: 0x00, ec: 0x03, genericSecret: 0x10, ecEdwards: 0x40 } as const;

/** CKM_: mechanisms. */
export const mechanisms = {
  rsaKeyPairGeneration: 0x0000,
  rsaPkcs: 0x0001,
  rsaOaep: 0x0009,
  rsaPss: 0x000d,
  sha256RsaPkcs: 0x0040,
  sha384RsaPkcs: 0x0041,
  sha512RsaPkcs: 0x0042,
  sha256RsaPss: 0x0043,
  sha384RsaPss: 0x0044,
  sha512RsaPss: 0x0045,
  sha1: 0x0220,
  sha256: 0x0250,
  sha384: 0x0260,
  sha512: 0x0270,
  ecKeyPairGeneration: 0x1040,
  ecdsa: 0x1041,
  ecdsaSha256: 0x1044,
  ecdsaSha384: 0x1045,
  ecdsaSha512: 0x1046,
  ecdh1Derive: 0x1050,
  ecEdwardsKeyPairGeneration: 0x1055,
  eddsa: 0x1057,
} as const;

/** CKG_MGF1_: mask generation functions. */
export const maskFunctions = { sha1: 1, sha256: 2, sha384: 3, sha512: 4 } as const;

/** CKF_ of a token: bits of CK_TOKEN_INFO.flags. */
export const tokenFlags = {
  writeProtected: 0x0000_0002,
  loginRequired: 0x0000_0004,
  userPinInitialized: 0x0000_0008,
  protectedAuthenticationPath: 0x0000_0100,
  tokenInitialized: 0x0000_0400,
  userPinFinalTry: 0x0002_0000,
  userPinLocked: 0x0004_0000,
  userPinToBeChanged: 0x0008_0000,
} as const;

/** CKF_ of a session. */
export const sessionFlags = { serial: 0x4, readWrite: 0x2 } as const;

/** CKS_: states of a session in which the user is logged in. */
export const userStates: readonly number[] = [1, 3];

/** CKU_: who logs in. */
export const userTypes = { user: 1, contextSpecific: 2 } as const;

/** CKF_OS_LOCKING_OK: this process has threads. */
export const osLocking = 0x2;
