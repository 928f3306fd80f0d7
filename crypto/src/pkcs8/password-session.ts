import { hexOf } from "../bytes/index.ts";
import { Pkcs8Error } from "./error.ts";

/**
 * One password tried on one file: what it costs is counted, and what is derived twice is computed once.
 *
 * A file names its own number of iterations, and a container names one for each of its parts, so the sum is what has
 * to be bounded.
 */
export interface PasswordSession {
  readonly password: string;
  /**
   * The result of `derive`, kept under `name` for the rest of the session.
   *
   * @param cost in iterations of PBKDF2 or what takes as long.
   * @throws Pkcs8Error `limit-exceeded` before `derive` is called.
   */
  once(name: Uint8Array, cost: number, derive: () => Uint8Array): Uint8Array;
}

/**
 * Some ten seconds of one core for a whole file. 600,000 iterations are good practice for one key, and GnuTLS has them
 * in the old derivation too, where a file with one key takes seven such runs.
 */
export const maximumPasswordWork = 40_000_000;

/** For one file; a second file needs a second session. */
export function openPasswordSession(password: string, maximumWork = maximumPasswordWork): PasswordSession {
  const derived = new Map<string, Uint8Array>();
  let spent = 0;
  return {
    password,
    once: (name, cost, derive) => {
      const key = hexOf(name);
      const known = derived.get(key);
      if (known !== undefined) return known;
      spent += cost;
      if (spent > maximumWork) {
        throw new Pkcs8Error("limit-exceeded", "the passwords of this file ask for too much work");
      }
      const value = derive();
      derived.set(key, value);
      return value;
    },
  };
}
