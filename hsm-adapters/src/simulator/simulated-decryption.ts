import { createSoftwareDecryptor } from "@yinxin/crypto/enveloped";

import type { DecryptRequest } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";

/** What a device gives for a ciphertext; one that cannot be decrypted is the device's own error. */
export async function decryptPlain(pkcs8: Uint8Array, request: DecryptRequest): Promise<Uint8Array> {
  const plaintext = await decryptWith(createSoftwareDecryptor(pkcs8), request);
  if (plaintext !== undefined) return plaintext;
  throw new KeyStoreError("vendor-error", "the device cannot decrypt this", {
    facts: {
      vendor: { family: "pkcs11", number: 0x40, name: "CKR_ENCRYPTED_DATA_INVALID", call: "C_Decrypt" },
    },
  });
}

async function decryptWith(
  decryptor: ReturnType<typeof createSoftwareDecryptor>,
  request: DecryptRequest,
): Promise<Uint8Array | undefined> {
  if (decryptor.kind === "rsa" && request.kind === "rsa-oaep")
    return decryptor.decrypt(request.ciphertext, request.digest);
  if (decryptor.kind === "sm2" && request.kind === "sm2") return decryptor.decrypt(request.ciphertext);
  if (decryptor.kind === "ecdh-p256" && request.kind === "ecdh-p256") return decryptor.agree(request.peer);
  throw new KeyStoreError("algorithm-not-supported", "the key does not decrypt so");
}
