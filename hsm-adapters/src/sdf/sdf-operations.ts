import { concatBytes } from "@yinxin/crypto/bytes";
import { rawOfCipher, Sm2CipherError } from "@yinxin/crypto/sm2";

import {
  checkOutput,
  createOutput,
  createUlong,
  eccSignatureLayout,
  readEccSignature,
  readUlong,
  writeEccCipher,
} from "../device-profile/index.ts";
import type { MaybePromise } from "../driver/index.ts";
import { KeyStoreError } from "../key-store/index.ts";
import { andThen } from "./call-pace.ts";
import { rsaSignatureBlock } from "./rsa-block.ts";
import type { RsaRow } from "./rsa-block.ts";
import type { SdfHandle, SdfLibrary } from "./sdf-library.ts";

/**
 * r ‖ s over e or the message, as the profile says (GM/T 0018-2012 §6.4). A device that writes nothing gives zeros: whoever verifies
 * notices.
 *
 * @throws KeyStoreError `profile-wrong` if it wrote behind the structure or before the numbers; what the device says.
 */
export function signWithSm2(
  library: SdfLibrary,
  session: SdfHandle,
  index: number,
  input: Uint8Array,
): MaybePromise<Uint8Array> {
  const { profile } = library;
  const name = "SDF_InternalSign_ECC";
  const output = createOutput(eccSignatureLayout(profile).size, "eccMaximumBits");
  const called = library.callPaced(name, session, index, input, input.length, output.memory);
  return andThen(called, () => {
    checkOutput(profile, name, output);
    return readEccSignature(profile, output.octets);
  });
}

/** A signature by PKCS #1 v1.5, padded here (GM/T 0018-2012 §6.4). */
export function signWithRsa(
  library: SdfLibrary,
  session: SdfHandle,
  index: number,
  request: { readonly row: RsaRow; readonly digest: Uint8Array; readonly modulusOctets: number },
): MaybePromise<Uint8Array> {
  const { profile } = library;
  const name = "SDF_InternalPrivateKeyOperation_RSA";
  const block = rsaSignatureBlock(request.row, request.digest, request.modulusOctets);
  const output = createOutput(profile.rsaMaximumBits / 8, "rsaMaximumBits");
  const length = createUlong(output.octets.length);
  const called = library.callPaced(name, session, index, block, block.length, output.memory, length);
  return andThen(called, () => {
    checkOutput(profile, name, output);
    return output.octets.slice(0, readUlong(profile, name, length));
  });
}

/**
 * Opens an SM2Cipher in DER with the encryption pair of an index (GM/T 0018-2012 §6.4).
 *
 * @throws KeyStoreError `vendor-error` for what cannot be decrypted, here or by the device: whoever sends bad ciphertexts must not get
 *   the device restarted; what else the device says.
 */
export function decryptWithSm2(
  library: SdfLibrary,
  session: SdfHandle,
  index: number,
  ciphertext: Uint8Array,
): MaybePromise<Uint8Array> {
  const { profile } = library;
  const name = "SDF_InternalDecrypt_ECC";
  const { struct, textOctets } = structOfCipher(library, ciphertext);
  const output = createOutput(textOctets, "cipherLayout");
  const length = createUlong(textOctets);
  const algorithm = profile.algorithmIds.sm2Encrypt;
  const called = library.callPaced(name, session, index, algorithm, struct, output.memory, length);
  return andThen(called, () => {
    checkOutput(profile, name, output);
    const text = output.octets.slice(0, readUlong(profile, name, length));
    output.memory.fill(0);
    return text;
  });
}

function structOfCipher(
  library: SdfLibrary,
  ciphertext: Uint8Array,
): { struct: Uint8Array; textOctets: number } {
  try {
    const raw = rawOfCipher(ciphertext);
    const cipher = { point: raw.subarray(1, 65), hash: raw.subarray(65, 97), text: raw.subarray(97) };
    const struct = writeEccCipher(library.profile, cipher);
    // A library that was compiled for longer ciphertexts than the profile says reads behind the structure.
    return { struct: concatBytes(struct, new Uint8Array(roomBehind)), textOctets: cipher.text.length };
  } catch (cause) {
    if (cause instanceof Sm2CipherError || cause instanceof RangeError)
      throw new KeyStoreError("vendor-error", `this cannot be decrypted: ${cause.message}`, { cause });
    throw cause;
  }
}

const roomBehind = 256;
