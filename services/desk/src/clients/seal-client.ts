import { bytesOfBase64 } from "@yinxin/crypto/bytes";
import { base64Of } from "@yinxin/crypto/bytes";
import { createServiceClient } from "@yinxin/service-kit/auth";
import type { Fetch } from "@yinxin/service-kit/auth";
import { verificationReport } from "@yinxin/service-kit/verifications";
import { dateTimeText } from "@yinxin/service-kit/wire";
import { z } from "zod";

import type { Seals, Verifier } from "../operations/ports.ts";

/** The seal service's answers, as far as the desk reads them. */
const sealSchema = z.object({
  id: z.string(),
  code: z.string(),
  name: z.string(),
  status: z.string(),
  valid_until: dateTimeText,
  size_mm: z.number(),
});
const sealsSchema = z.object({ seals: z.array(sealSchema) });

const applicationSchema = z.object({
  id: z.string(),
  document: z.object({ name: z.string().min(1), content: z.string(), digest: z.string() }),
  format: z.enum(["pdf", "ofd"]),
  signed_at: dateTimeText,
});

/** The seal service over HTTP. Its answers are checked; its problems come as RemoteProblem in the language asked for. */
export function createSealClient(options: {
  readonly baseUrl: string;
  readonly fetch: Fetch;
}): Seals & Verifier {
  const client = createServiceClient(options);
  return {
    list: async (accessToken, language) => {
      const { seals } = await client.send({
        method: "GET",
        path: "/v1/seals",
        ...{ accessToken, acceptLanguage: language, reply: sealsSchema },
      });
      return seals.map(({ valid_until, size_mm, ...seal }) => ({
        ...seal,
        validUntil: new Date(valid_until),
        sizeMm: size_mm,
      }));
    },
    picture: async (accessToken, language, sealId) => {
      const path = `/v1/seals/${encodeURIComponent(sealId)}/picture`;
      const { content } = await client.sendForBytes({
        method: "GET",
        path,
        accessToken,
        acceptLanguage: language,
      });
      return content;
    },
    apply: async (accessToken, language, { file, sealId, page, xMm, yMm, reason }) => {
      const { id, document, format, signed_at } = await client.send({
        method: "POST",
        path: `/v1/seals/${encodeURIComponent(sealId)}/applications`,
        body: {
          document: { name: file.name, content: base64Of(file.content) },
          placement: { page, x_mm: xMm, y_mm: yMm },
          ...(reason !== undefined && { reason }),
        },
        ...{ accessToken, acceptLanguage: language, reply: applicationSchema },
      });
      const { name, content, digest } = document;
      return {
        ...{ applicationId: id, fileName: name, format, digest },
        content: bytesOfBase64(content),
        signedAt: new Date(signed_at),
      };
    },
    verify: (language, { name, content }) =>
      client.send({
        method: "POST",
        path: "/v1/verifications",
        body: { file: { name, content: base64Of(content) } },
        ...{ acceptLanguage: language, reply: verificationReport },
      }),
  };
}
