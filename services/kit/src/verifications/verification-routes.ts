import { sealProfiles, verifyDocument } from "@yinxin/crypto/verification";
import type { VerificationContext } from "@yinxin/crypto/verification";
import type { Certificate } from "@yinxin/crypto/x509";
import { z } from "zod";

import type { Clock } from "../clock/index.ts";
import type { KnownAuthorities } from "../known-authorities/index.ts";
import { defineRoute } from "../routes/index.ts";
import type { Route } from "../routes/index.ts";
import { base64Bytes, dateTimeText } from "../wire/index.ts";
import { verificationReport } from "./verification-report.ts";

/** A sealed document with its scans; it is verified in memory, and by whoever asks. */
export const documentBytesMax = 32 * 1024 * 1024;

/** A file name, as long as file systems let one be. */
const nameLengthMax = 255;
/** The members around the document, a name in escapes included. */
const envelopeBytes = 8 * 1024;

export type VerificationDeps = {
  readonly clock: Clock;
} & (
  | {
      /** The deployment's trust anchors. Empty: nothing can be VALID. */
      readonly trust: readonly Certificate[];
      /** Certificates that may stand between a signer and an anchor. Known, not trusted. */
      readonly intermediates?: readonly Certificate[];
    }
  | {
      /** Anchors, and authorities that may come to be while the service runs. */
      readonly authorities: KnownAuthorities;
    }
);

/** The verification routes, to be listed among a service's own. */
export function verificationRoutes(deps: VerificationDeps): Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/v1/verifications",
      summary: "Verify a signed document: OFD, PDF, a seal, a seal signature, or a CMS message",
      permission: "public",
      body: z.strictObject({
        file: z.strictObject({
          name: z.string().min(1).max(nameLengthMax),
          content: base64Bytes(documentBytesMax),
        }),
        /** What a detached signature is over. */
        detached: base64Bytes(documentBytesMax).optional(),
        /** By which rules seals are judged; each by its own edition if absent. */
        policy: z.enum(sealProfiles).optional(),
        /** The time as of which to judge; now if absent. */
        at: dateTimeText.optional(),
      }),
      bodyLimitBytes: 4 * Math.ceil(documentBytesMax / 3) + envelopeBytes,
      reply: { status: 200, schema: verificationReport },
      handle: async ({ body: { file, detached, policy, at } }) =>
        verifyDocument(
          { name: file.name, bytes: file.content },
          {
            ...(await certificatesOf(deps)),
            ...(detached && { detached }),
            ...(policy && { profile: policy }),
            at: at === undefined ? deps.clock.now() : new Date(at),
          },
        ),
    }),
  ];
}

async function certificatesOf(
  deps: VerificationDeps,
): Promise<Pick<VerificationContext, "trust" | "intermediates">> {
  if ("authorities" in deps) {
    const { anchors, intermediates } = await deps.authorities.trustList();
    return { trust: anchors, intermediates };
  }
  const { trust, intermediates } = deps;
  return { trust, ...(intermediates && { intermediates }) };
}
