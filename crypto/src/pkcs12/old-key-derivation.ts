import { createHash, hash } from "node:crypto";

import forge from "node-forge";

import { bytesOfLatin1, latin1Of, utf8Of } from "../bytes/index.ts";
import { octetString, sequence, smallInteger } from "../der/index.ts";
import type { PasswordSession, PbeParameters } from "../pkcs8/index.ts";

/** What the derived octets are for; each purpose has other ones (RFC 7292 §B.3). */
const purposes = { key: 1, iv: 2, mac: 3 } as const;

/** Digests of RFC 7292 §B.2, by the name that node:crypto has for them, and the octets of a block of each. */
const blockBytes = { sha1: 64, sha224: 64, sha256: 64, sha384: 128, sha512: 128, sm3: 64 } as const;
export type OldDerivationDigest = keyof typeof blockBytes;

/** How a password becomes a BMPString; files without a password are met in both forms: "" and none at all. */
export type PasswordForm = "text" | "none";

/** One round takes as long as this many iterations of PBKDF2, which runs outside JavaScript. */
const roundCost = 4;

/**
 * The key derivation of PKCS #12 (RFC 7292 appendix B), by node-forge.
 *
 * @throws Pkcs8Error `limit-exceeded`.
 */
export function deriveOld(
  session: PasswordSession,
  { salt, iterations }: PbeParameters,
  wanted: {
    readonly purpose: keyof typeof purposes;
    readonly bytes: number;
    readonly digest: OldDerivationDigest;
    readonly form: PasswordForm;
  },
): Uint8Array {
  const { purpose, bytes, digest, form } = wanted;
  const name = sequence(
    octetString(utf8Of(`PKCS #12 ${digest} ${form}`)),
    octetString(salt),
    ...[iterations, purposes[purpose], bytes].map(smallInteger),
  );
  const blocks = Math.ceil(bytes / digestBytes(digest));
  return session.once(name, roundCost * iterations * blocks, () => {
    const derived = forge.pkcs12.generateKey(
      form === "none" ? null : session.password,
      forge.util.createBuffer(latin1Of(salt)),
      purposes[purpose],
      // Forge does the first part of each block; the rounds are in the digest below, a third of the time.
      1,
      bytes,
      digestOfRounds(digest, iterations),
    );
    return bytesOfLatin1(derived.getBytes());
  });
}

function digestBytes(digest: OldDerivationDigest): number {
  return createHash(digest).digest().length;
}

/** As much of a digest as forge's derivation calls: the digest of the digest …, `rounds` times. Forge has no SM3. */
function digestOfRounds(digest: OldDerivationDigest, rounds: number): forge.md.MessageDigest {
  let started = createHash(digest);
  const adapter = {
    algorithm: digest,
    blockLength: blockBytes[digest],
    digestLength: digestBytes(digest),
    start: () => {
      started = createHash(digest);
      return adapter;
    },
    update: (text: string) => {
      started.update(bytesOfLatin1(text));
      return adapter;
    },
    digest: () => {
      let value = started.digest();
      for (let round = 1; round < rounds; round += 1) value = hash(digest, value, "buffer");
      return forge.util.createBuffer(latin1Of(value));
    },
  };
  // Forge's type asks for methods of its own digests that the derivation does not call.
  return adapter as unknown as forge.md.MessageDigest;
}
