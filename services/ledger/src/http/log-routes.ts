import { utf8Of } from "@yinxin/crypto/bytes";
import { base64Bytes } from "@yinxin/service-kit/wire";
import { defineRoute } from "@yinxin/service-kit/routes";
import type { Route } from "@yinxin/service-kit/routes";
import { z } from "zod";

import { attestDocument } from "../operations/attest-document.ts";
import { newestCheckpoint } from "../operations/publish-checkpoint.ts";
import type { PublishCheckpointDeps } from "../operations/publish-checkpoint.ts";
import { readLogKeys } from "../operations/read-log-keys.ts";
import type { LogKey } from "../operations/read-log-keys.ts";
import { attestationReply, logKeyText, logReply, proofText } from "./license-schemas.ts";

/** Any license with its font and a seal stays well below; larger files are not in the ledger. */
const documentBytesMax = 20 * 1024 * 1024;
const attestationBodyBytesMax = 4 * Math.ceil(documentBytesMax / 3) + 1024;

/** What everybody may ask: the log itself, and whether it holds a file. */
export function logRoutes(deps: PublishCheckpointDeps): readonly Route[] {
  return [checkpointRoute(deps), logRoute(deps), attestationRoute(deps)];
}

function checkpointRoute(deps: PublishCheckpointDeps): Route {
  return defineRoute({
    method: "get",
    path: "/checkpoint",
    summary: "The latest checkpoint of the log, a C2SP signed note",
    permission: "public",
    reply: { status: 200, contentType: "text/plain; charset=utf-8" },
    handle: async () => utf8Of((await newestCheckpoint(deps)).note),
  });
}

function logRoute(deps: PublishCheckpointDeps): Route {
  return defineRoute({
    method: "get",
    path: "/v1/log",
    summary:
      "The log's name, and the keys that its checkpoints are signed with, each with the sizes for which it holds",
    permission: "public",
    reply: { status: 200, schema: logReply },
    handle: async () => {
      const keys = await readLogKeys(deps);
      const current = keys.findLast(({ state }) => state === "active") ?? keys.findLast(isOfUse);
      return {
        origin: deps.origin,
        verifier_key: current?.verifierKey ?? "",
        tree_digest: "sha-256" as const,
        keys: keys.map(logKeyText),
      };
    },
  });
}

function isOfUse({ firstSize }: LogKey): boolean {
  return firstSize !== undefined;
}

function attestationRoute(deps: PublishCheckpointDeps): Route {
  return defineRoute({
    method: "post",
    path: "/v1/attestations",
    summary: "Ask whether the ledger holds exactly this file, and get the proof",
    permission: "public",
    body: z.strictObject({ document: z.strictObject({ content: base64Bytes(documentBytesMax) }) }),
    bodyLimitBytes: attestationBodyBytesMax,
    reply: { status: 200, schema: attestationReply },
    handle: async ({ body }) => {
      const { digests, found } = await attestDocument(deps, body.document.content);
      return {
        attested: found !== undefined,
        digests: { sha_256: digests.sha256, sm3: digests.sm3 },
        ...(found && { validity: found.validity, proof: proofText(found.proof) }),
      };
    },
  });
}
