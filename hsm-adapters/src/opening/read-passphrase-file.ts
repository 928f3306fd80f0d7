import { open } from "node:fs/promises";

import { KeyStoreError } from "../key-store/index.ts";

/** Longer than any passphrase; a file that has more is something else. */
const maximumOctets = 4_096;

/** Group or others. */
const othersMode = 0o077;

/**
 * The passphrase of a folder of keys, as it is. It has no tries to lose, so its owner may write it; others may do nothing with it. It may
 * be a link, as where a container's secrets are mounted: what counts is the file.
 *
 * @throws KeyStoreError `pin-required` if there is none, `pin-file-permissions` if others may touch it or it is not a file,
 *   `configuration-malformed` if it is too long.
 */
export async function readPassphraseFile(path: string): Promise<Uint8Array> {
  const file = await open(path, "r").catch((cause: unknown) => {
    const isAbsent = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    const code = isAbsent ? "pin-required" : "pin-file-permissions";
    throw new KeyStoreError(code, `the passphrase file ${path} cannot be opened`, { cause });
  });
  try {
    const status = await file.stat();
    if (!status.isFile()) throw forbidden(`${path} is not a regular file`);
    if ((status.mode & othersMode) !== 0) {
      const octal = (status.mode & 0o777).toString(8).padStart(4, "0");
      throw forbidden(`the passphrase file ${path} has mode ${octal}; it must be 0400 or 0600`);
    }
    if (status.size > maximumOctets)
      throw new KeyStoreError("configuration-malformed", `the passphrase file ${path} is too large`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function forbidden(message: string): KeyStoreError {
  return new KeyStoreError("pin-file-permissions", message);
}
