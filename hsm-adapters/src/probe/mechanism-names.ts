/** Mechanisms that say what a token is good for (PKCS#11 Current Mechanisms v2.40 §2, v3.0 §2); the hundreds of others are shown by number. */
const names: ReadonlyMap<number, string> = new Map([
  [0x0000, "CKM_RSA_PKCS_KEY_PAIR_GEN"],
  [0x0001, "CKM_RSA_PKCS"],
  [0x0003, "CKM_RSA_X_509"],
  [0x0006, "CKM_SHA1_RSA_PKCS"],
  [0x0009, "CKM_RSA_PKCS_OAEP"],
  [0x000a, "CKM_RSA_X9_31_KEY_PAIR_GEN"],
  [0x000d, "CKM_RSA_PKCS_PSS"],
  [0x000e, "CKM_SHA1_RSA_PKCS_PSS"],
  [0x0040, "CKM_SHA256_RSA_PKCS"],
  [0x0041, "CKM_SHA384_RSA_PKCS"],
  [0x0042, "CKM_SHA512_RSA_PKCS"],
  [0x0043, "CKM_SHA256_RSA_PKCS_PSS"],
  [0x0044, "CKM_SHA384_RSA_PKCS_PSS"],
  [0x0045, "CKM_SHA512_RSA_PKCS_PSS"],
  [0x0220, "CKM_SHA_1"],
  [0x0250, "CKM_SHA256"],
  [0x0260, "CKM_SHA384"],
  [0x0270, "CKM_SHA512"],
  [0x0350, "CKM_GENERIC_SECRET_KEY_GEN"],
  [0x1040, "CKM_EC_KEY_PAIR_GEN"],
  [0x1041, "CKM_ECDSA"],
  [0x1042, "CKM_ECDSA_SHA1"],
  [0x1044, "CKM_ECDSA_SHA256"],
  [0x1045, "CKM_ECDSA_SHA384"],
  [0x1046, "CKM_ECDSA_SHA512"],
  [0x1050, "CKM_ECDH1_DERIVE"],
  [0x1051, "CKM_ECDH1_COFACTOR_DERIVE"],
  [0x1055, "CKM_EC_EDWARDS_KEY_PAIR_GEN"],
  [0x1057, "CKM_EDDSA"],
  [0x1080, "CKM_AES_KEY_GEN"],
  [0x1081, "CKM_AES_ECB"],
  [0x1082, "CKM_AES_CBC"],
  [0x1085, "CKM_AES_CBC_PAD"],
  [0x1087, "CKM_AES_GCM"],
  [0x2109, "CKM_AES_KEY_WRAP"],
  [0x210a, "CKM_AES_KEY_WRAP_PAD"],
]);

/** Undefined for a vendor's own, and for what says little about signing. */
export function nameOfMechanism(number: number): string | undefined {
  return names.get(number);
}
