import { derOfPem } from "@yinxin/crypto/bytes";
import { parseNoteKey } from "@yinxin/crypto/tlog";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";
import { z } from "zod";

import { name, sm3Text } from "./canonical-document.ts";

/** The form of the trust file. */
export const governanceTrustSchema = z.strictObject({
  deployment: name,
  /** Digest of the first officer policy; every later one is proved from it. */
  policy_genesis: sm3Text,
  /** Each one certificate, PEM: under these are the officers' certificates, and nothing else is believed. */
  officer_roots: z
    .array(z.string().max(32 * 1024))
    .min(1)
    .max(32),
  /** C2SP tlog-policy: the audit logs' keys and their witnesses. */
  logs: z.string().max(64 * 1024),
  /** Keys that officers replaced after a compromise (C2SP verifier keys): none of them is believed again. */
  replaced_log_keys: z
    .array(
      z.strictObject({
        key: z.string().max(4096),
        since: z.iso.datetime({ offset: true }),
        change: z.string().max(100),
      }),
    )
    .max(256)
    .optional(),
  /** Digests of later policies that came into force, as a log proved by a key that was replaced since. */
  policies_in_force: z.array(sm3Text).max(256).optional(),
});

/** What a verifier must be given by a way other than the service it checks (the file `yinxin-trust.json`). */
export type GovernanceTrust = z.infer<typeof governanceTrustSchema>;

/** Reads the trust file's JSON. @throws z.ZodError, X509Error or RangeError for a root that is no certificate, TlogError for a replaced key that is none. */
export function parseGovernanceTrust(json: unknown): GovernanceTrust {
  const trust = governanceTrustSchema.parse(json);
  officerRootsOf(trust);
  for (const { key } of trust.replaced_log_keys ?? []) parseNoteKey(key);
  return trust;
}

/** The anchors of the officers' certificates. @throws X509Error, RangeError */
export function officerRootsOf({ officer_roots }: GovernanceTrust): readonly Certificate[] {
  return officer_roots.flatMap((pem) => derOfPem(pem, "CERTIFICATE")).map((der) => parseCertificate(der));
}
