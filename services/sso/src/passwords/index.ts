/**
 * Passwords are stored as Argon2id (RFC 9106) and compared on a thread of their own, about ten milliseconds of one core and
 * 19 MiB each. Somebody who does not exist costs the same as somebody with a wrong password.
 */
import { hash, verify } from "@node-rs/argon2";

/** OWASP's recommendation for Argon2id, which is the package's own default kind: 19 MiB, two passes, one lane. */
const parameters = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };

/** Compares passwords with their hashes. */
export interface Passwords {
  /** Whether `password` belongs to `storedHash`; without a hash always false, after the same work. */
  matches(storedHash: string | undefined, password: string): Promise<boolean>;
}

/** Makes the hash to store (PHC string format). */
export function hashPassword(password: string): Promise<string> {
  return hash(normalized(password), parameters);
}

/** Prepares the decoy that is compared with when there is nobody to compare with. */
export async function openPasswords(randomBytes: (size: number) => Uint8Array): Promise<Passwords> {
  const decoy = await hash(randomBytes(32), parameters);
  return {
    matches: async (storedHash, password) => {
      const isRight = await verify(storedHash ?? decoy, normalized(password));
      return isRight && storedHash !== undefined;
    },
  };
}

/** NIST SP 800-63B §5.1.1.2: the same password typed on another keyboard is the same bytes. */
function normalized(password: string): string {
  return password.normalize("NFKC");
}
