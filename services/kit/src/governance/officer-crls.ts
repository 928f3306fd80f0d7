import { readFile } from "node:fs/promises";

import { derOfPem } from "@yinxin/crypto/bytes";
import { parseCertificateList } from "@yinxin/crypto/revocation";
import type { CertificateList } from "@yinxin/crypto/revocation";

import type { Clock } from "../clock/index.ts";
import { StartError } from "../lifecycle/index.ts";
import type { Log } from "../log/index.ts";

/** A list that was put in the place of an old one is seen within this time, in every process. */
const freshMilliseconds = 10_000;
/** A few authorities' lists; each of thousands of entries. */
const crlBytesMax = 16 * 1024 * 1024;
const pemLabel = "X509 CRL";

/** Gives the revocation lists of the officers' certificates as they are in the deployment's file. */
export type OfficerCrls = () => Promise<readonly CertificateList[]>;

/**
 * Reads the lists of `OFFICER_CRLS_FILE`: PEM, one block a list, or one list in DER. While the file cannot be read nobody is known not to
 * be revoked, as with a stale list.
 *
 * @throws StartError if the file cannot be read when the service starts.
 */
export async function openOfficerCrls(
  file: string | undefined,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<OfficerCrls | undefined> {
  if (file === undefined) return undefined;
  const first = await readLists(file).catch((cause: unknown) => {
    throw new StartError(`OFFICER_CRLS_FILE: ${file} cannot be used`, { cause });
  });
  let known = { lists: first, readAt: clock.now().getTime() };
  return async () => {
    const now = clock.now().getTime();
    if (Math.abs(now - known.readAt) >= freshMilliseconds) {
      const lists = await readLists(file).catch((cause: unknown) => {
        log.error({ err: cause, file }, "the revocation lists of the officers cannot be read");
        return [];
      });
      known = { lists, readAt: now };
    }
    return known.lists;
  };
}

async function readLists(file: string): Promise<readonly CertificateList[]> {
  const bytes = new Uint8Array(await readFile(file));
  if (bytes.length > crlBytesMax) throw new RangeError("it is too large");
  const isPem = bytes[0] !== 0x30;
  const lists = isPem ? derOfPem(Buffer.from(bytes).toString("latin1"), pemLabel) : [bytes];
  if (lists.length === 0) throw new RangeError("there is no revocation list in it");
  return lists.map((der) => parseCertificateList(der));
}
