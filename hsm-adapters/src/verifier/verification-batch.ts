import { signatureAlgorithmNames } from "@yinxin/crypto/algorithms";

import type { VerificationRequest } from "./signature-verifier.ts";

/** What a verifying thread is told at its start. */
export interface VerifierData {
  readonly nativeEngine: string | undefined;
}

/**
 * Requests in one block of memory, which changes hands between threads without being copied. Before each: the row's place in the
 * table and whether the input is a digest, an octet each, and the lengths of key, input and signature in four octets each.
 */
const headOctets = 2 + 3 * 4;

export function encodeVerificationBatch(requests: readonly VerificationRequest[]): ArrayBuffer {
  let length = 0;
  for (const { publicKey, input, signature } of requests) {
    length += headOctets + publicKey.length + bytesOf(input).length + signature.length;
  }
  const buffer = new ArrayBuffer(length);
  const octets = new Uint8Array(buffer);
  const view = new DataView(buffer);
  let at = 0;
  for (const { algorithm, publicKey, input, signature } of requests) {
    const bytes = bytesOf(input);
    view.setUint8(at, signatureAlgorithmNames.indexOf(algorithm));
    view.setUint8(at + 1, "digest" in input ? 1 : 0);
    view.setUint32(at + 2, publicKey.length);
    view.setUint32(at + 6, bytes.length);
    view.setUint32(at + 10, signature.length);
    at += headOctets;
    octets.set(publicKey, at);
    at += publicKey.length;
    octets.set(bytes, at);
    at += bytes.length;
    octets.set(signature, at);
    at += signature.length;
  }
  return buffer;
}

/** @throws RangeError for anything else than what {@link encodeVerificationBatch} writes. */
export function decodeVerificationBatch(buffer: ArrayBuffer): VerificationRequest[] {
  const view = new DataView(buffer);
  const requests: VerificationRequest[] = [];
  let at = 0;
  while (at < buffer.byteLength) {
    const algorithm = signatureAlgorithmNames[view.getUint8(at)];
    if (algorithm === undefined) throw new RangeError("no such algorithm");
    const isDigest = view.getUint8(at + 1) === 1;
    const inputAt = at + headOctets + view.getUint32(at + 2);
    const signatureAt = inputAt + view.getUint32(at + 6);
    const end = signatureAt + view.getUint32(at + 10);
    const publicKey = new Uint8Array(buffer, at + headOctets, inputAt - at - headOctets);
    const input = new Uint8Array(buffer, inputAt, signatureAt - inputAt);
    const signature = new Uint8Array(buffer, signatureAt, end - signatureAt);
    at = end;
    requests.push({
      algorithm,
      publicKey,
      input: isDigest ? { digest: input } : { message: input },
      signature,
    });
  }
  return requests;
}

function bytesOf(input: VerificationRequest["input"]): Uint8Array {
  return "digest" in input ? input.digest : input.message;
}
