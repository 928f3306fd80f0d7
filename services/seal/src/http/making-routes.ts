import { actorsOf } from "@yinxin/service-kit/auth";
import { defineRoute } from "@yinxin/service-kit/routes";
import type { Route } from "@yinxin/service-kit/routes";
import { z } from "zod";

import { makeSeal } from "../operations/make-seal.ts";
import type { MakeSealDeps } from "../operations/make-seal.ts";
import { listSeals, readSeal, readSealFiles, readSealVersions } from "../operations/read-seal.ts";
import {
  makeSealBody,
  readerOf,
  sealParams,
  sealReply,
  sealReplyOf,
  sealVersionReply,
  sealVersionReplyOf,
} from "./seal-schemas.ts";

/** A page of the list; an organization has a handful of seals, and a system that sees all of them reads on. */
const listLengthMax = 500;
const listLengthDefault = 100;

/** Making seals, and reading them. */
export function makingRoutes(deps: MakeSealDeps): Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/v1/seals",
      summary: "Make a seal for an organization",
      permission: "seal:make",
      body: makeSealBody,
      reply: { status: 201, schema: sealReply },
      handle: async ({ body, caller }) => {
        const { organization, type, name, division_code: divisionCode } = body;
        const seal = await makeSeal(deps, {
          organization,
          type,
          divisionCode,
          actors: actorsOf(caller),
          ...(name !== undefined && { name }),
        });
        return sealReplyOf(seal);
      },
    }),
    defineRoute({
      method: "get",
      path: "/v1/seals",
      summary: "List the seals you may use, in the order of their codes",
      permission: "seal:read",
      query: z.strictObject({
        /** Code of the last seal of the page before. */
        after: z
          .string()
          .regex(/^[0-9]{14}$/)
          .optional(),
        limit: z.coerce.number().int().min(1).max(listLengthMax).default(listLengthDefault),
      }),
      reply: { status: 200, schema: z.strictObject({ seals: z.array(sealReply) }) },
      handle: async ({ query: { after, limit }, caller }) => {
        const page = { limit, ...(after !== undefined && { after }) };
        return { seals: (await listSeals(deps, readerOf(caller), page)).map(sealReplyOf) };
      },
    }),
    defineRoute({
      method: "get",
      path: "/v1/seals/:seal_id",
      summary: "Read a seal",
      permission: "seal:read",
      params: sealParams,
      reads: ({ params }) => params.seal_id,
      reply: { status: 200, schema: sealReply },
      handle: async ({ params, caller }) =>
        sealReplyOf(await readSeal(deps, params.seal_id, readerOf(caller))),
    }),
    ...sealFileRoutes(deps),
  ];
}

function sealFileRoutes(deps: MakeSealDeps): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/v1/seals/:seal_id/versions",
      summary: "Every version of a seal, with the time from which and until which it is in force",
      permission: "seal:read",
      params: sealParams,
      reads: ({ params }) => params.seal_id,
      reply: { status: 200, schema: z.strictObject({ versions: z.array(sealVersionReply) }) },
      handle: async ({ params, caller }) => ({
        versions: (await readSealVersions(deps, params.seal_id, readerOf(caller))).map(sealVersionReplyOf),
      }),
    }),
    defineRoute({
      method: "get",
      path: "/v1/seals/:seal_id/picture",
      summary: "The face of a seal, a PNG at 600 dpi; a picture proves nothing",
      permission: "seal:read",
      params: sealParams,
      reads: ({ params }) => params.seal_id,
      reply: { status: 200, contentType: "image/png" },
      handle: async ({ params, caller }) =>
        (await readSealFiles(deps, params.seal_id, readerOf(caller))).picture,
    }),
    defineRoute({
      method: "get",
      path: "/v1/seals/:seal_id/seal",
      summary: "The seal itself, as its maker signed it (SESeal, GB/T 38540-2020)",
      permission: "seal:read",
      params: sealParams,
      reads: ({ params }) => params.seal_id,
      reply: { status: 200, contentType: "application/octet-stream" },
      handle: async ({ params, caller }) => {
        const { seal, code } = await readSealFiles(deps, params.seal_id, readerOf(caller));
        return { content: seal, fileName: `${code}.esl` };
      },
    }),
  ];
}
