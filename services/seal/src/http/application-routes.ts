import { base64Of } from "@yinxin/crypto/bytes";
import { actorsOf } from "@yinxin/service-kit/auth";
import { defineRoute } from "@yinxin/service-kit/routes";
import type { Route } from "@yinxin/service-kit/routes";
import { base64Bytes, dateTimeText } from "@yinxin/service-kit/wire";
import { z } from "zod";

import { applySeal } from "../operations/apply-seal.ts";
import type { ApplySealDeps } from "../operations/apply-seal.ts";
import { applierOf, sealParams } from "./seal-schemas.ts";

/** A document with its scans. It is held in memory several times over while it is sealed and verified. */
export const documentBytesMax = 20 * 1024 * 1024;
/** What stands around the document in the request: names, numbers, a reason. */
const envelopeBytes = 8 * 1024;
const documentBodyBytesMax = 4 * Math.ceil(documentBytesMax / 3) + envelopeBytes;

/** More pages or larger ones than this do not occur; the document's own limits are checked by its reader. */
const pageMax = 100_000;
const positionMmMax = 10_000;

/** A file name, not a path; what it becomes a part of must not be able to leave a folder or hide an ending. */
const fileName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^/\\\p{C}\p{Zl}\p{Zp}]+$/u);

const applicationReply = z.strictObject({
  id: z.string(),
  seal_id: z.string(),
  document: z.strictObject({
    name: z.string(),
    content: z.string().meta({ contentEncoding: "base64" }),
    /** Of the sealed document. */
    digest: z.string(),
  }),
  format: z.enum(["pdf", "ofd"]),
  signed_at: dateTimeText,
});

/** Applying seals to documents. */
export function applicationRoutes(deps: ApplySealDeps): Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/v1/seals/:seal_id/applications",
      summary: "Apply a seal to one page of a PDF or an OFD",
      permission: "seal:apply",
      params: sealParams,
      body: z.strictObject({
        document: z.strictObject({ name: fileName, content: base64Bytes(documentBytesMax) }),
        placement: z.strictObject({
          /** From 1. */
          page: z.int().min(1).max(pageMax),
          /** Of the seal's top left corner, from the top left corner of the page as displayed. */
          x_mm: z.number().min(-positionMmMax).max(positionMmMax),
          y_mm: z.number().min(-positionMmMax).max(positionMmMax),
        }),
        reason: z
          .string()
          .min(1)
          .max(200)
          .regex(/^[^\p{C}]+$/u)
          .optional(),
      }),
      bodyLimitBytes: documentBodyBytesMax,
      reply: { status: 201, schema: applicationReply },
      handle: async ({ params, body: { document, placement, reason }, caller }) => {
        const sealed = await applySeal(deps, {
          sealId: params.seal_id,
          user: applierOf(caller),
          document,
          placement: { page: placement.page, xMm: placement.x_mm, yMm: placement.y_mm },
          actors: actorsOf(caller),
          ...(reason !== undefined && { reason }),
        });
        const { id, sealId, format, signedAt, digestAfter } = sealed.application;
        return {
          id,
          seal_id: sealId,
          document: {
            name: sealed.document.name,
            content: base64Of(sealed.document.content),
            digest: digestAfter,
          },
          format,
          signed_at: signedAt.toISOString(),
        };
      },
    }),
  ];
}
