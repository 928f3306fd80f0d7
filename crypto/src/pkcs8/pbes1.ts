import { createHash } from "node:crypto";

import { concatBytes, utf8Of } from "../bytes/index.ts";
import { DerError, readChildren, readSmallInteger } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { cbcCiphers } from "./cbc-cipher.ts";
import { Pkcs8Error } from "./error.ts";
import { readOctets } from "./octets.ts";
import type { PasswordScheme } from "./password-scheme.ts";
import type { PasswordSession } from "./password-session.ts";

/** Salt and iteration count of PBES1 (RFC 8018 §A.3) and of the schemes of PKCS #12 (RFC 7292 appendix C). */
export interface PbeParameters {
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/** Files of the time have 1 to some thousand iterations; these derivations were never made slow on purpose. */
const maximumPbeIterations = 1_000_000;
const maximumPbeSaltBytes = 64;

/** @throws DerError, Pkcs8Error `limit-exceeded`. */
export function readPbeParameters(element: DerElement): PbeParameters {
  const [salt, iterations, ...more] = readChildren(element);
  if (iterations === undefined || more.length > 0) {
    throw new DerError("der-unexpected", "a salt and an iteration count belong here", element.offset);
  }
  return checkPbeParameters({
    salt: readOctets(salt, "the salt"),
    iterations: readSmallInteger(iterations),
  });
}

/** @throws Pkcs8Error `limit-exceeded`. */
export function checkPbeParameters(parameters: PbeParameters): PbeParameters {
  if (parameters.salt.length > maximumPbeSaltBytes) {
    throw new Pkcs8Error("limit-exceeded", "the salt is too long");
  }
  if (parameters.iterations < 1 || parameters.iterations > maximumPbeIterations) {
    throw new Pkcs8Error("limit-exceeded", `${String(parameters.iterations)} iterations`);
  }
  return parameters;
}

/** One round takes as long as this many iterations of PBKDF2, which runs outside JavaScript. */
const roundCost = 5;

/** PBES1 with DES in CBC mode (RFC 8018 §6.1), which OpenSSL wrote until 2010; its key has 56 bits. */
export const pbes1Schemes: readonly PasswordScheme[] = [
  pbes1Scheme("1.2.840.113549.1.5.3", "md5", "pbeWithMD5AndDES-CBC"),
  pbes1Scheme("1.2.840.113549.1.5.10", "sha1", "pbeWithSHA1AndDES-CBC"),
];

function pbes1Scheme(oid: string, digest: "md5" | "sha1", label: string): PasswordScheme {
  return {
    oid,
    open: (element, ciphertext, session) => {
      const parameters = readPbeParameters(element);
      const cost = roundCost * parameters.iterations;
      const derived = session.once(concatBytes(utf8Of(label), element.raw), cost, () =>
        pbkdf1(session, digest, parameters),
      );
      const key = derived.subarray(0, 8);
      // Triple DES with three equal keys is DES, which OpenSSL 3 keeps in a provider that is not loaded.
      const plaintext = cbcCiphers["DES-EDE3-CBC"].decrypt(
        concatBytes(key, key, key),
        derived.subarray(8, 16),
        ciphertext,
      );
      return { plaintext, label, isOld: true };
    },
  };
}

/** RFC 8018 §5.1, 16 octets. */
function pbkdf1(session: PasswordSession, digest: string, { salt, iterations }: PbeParameters): Uint8Array {
  let value = createHash(digest).update(utf8Of(session.password)).update(salt).digest();
  for (let round = 1; round < iterations; round += 1) value = createHash(digest).update(value).digest();
  return new Uint8Array(value.subarray(0, 16));
}
