import { base64Of } from "@yinxin/crypto/bytes";
import { z } from "zod";

import type { KitTrail } from "../audit/index.ts";
import { actorsOf } from "../auth/index.ts";
import { transact } from "../database/index.ts";
import type { ProblemTable } from "../problems/index.ts";
import { defineRoute } from "../routes/index.ts";
import type { Route } from "../routes/index.ts";
import { evidenceQuerySchema, evidenceFilesMax } from "./evidence-manifest.ts";
import type { EvidenceQuery } from "./evidence-manifest.ts";
import { exportEvidence } from "./export-evidence.ts";
import type { EvidenceSources, ExportedPart } from "./export-evidence.ts";

export const evidenceProblems = {
  "evidence-not-signed": {
    status: 409,
    title: { zh: "没有可用的检查点", en: "There is no checkpoint to prove it by" },
    hint: {
      zh: "稍后重试；若仍失败，查看审计日志的告警。",
      en: "Try again shortly; then look at the audit log's alarms.",
    },
  },
  "evidence-too-large": {
    status: 422,
    title: { zh: "证据过大", en: "The evidence is too large" },
    hint: { zh: "分几个较短的时间段导出。", en: "Export it in several shorter spans of time." },
  },
} as const satisfies ProblemTable;

const index = z.int().min(0);
const exportBody = evidenceQuerySchema.extend({
  /** To go on: what the part before answered, and its number plus one. */
  part: z
    .strictObject({ number: z.int().min(2).max(evidenceFilesMax), checkpoint_size: index, after: index })
    .optional(),
});

/** One part of an export, as the service answers it; the officer's program makes the package and signs it. */
export const evidencePartSchema = z.strictObject({
  origin: z.string(),
  checkpoint_size: index,
  events: index,
  complete: z.strictObject({ from: index, to: index }).optional(),
  complete_uses: z
    .strictObject({ plan: z.string(), purpose: z.string(), version: z.int(), count: index })
    .optional(),
  /** Where the next part begins; absent on the last. */
  next: index.optional(),
  /** Members of the service's folder, in base64. */
  files: z.array(z.strictObject({ name: z.string(), content: z.string() })),
});

export interface EvidenceRoutesDeps<Schema> extends EvidenceSources<Schema> {
  readonly trail: KitTrail;
}

/** How auditors get evidence. That they did stands in the log before the reply leaves. */
export function evidenceRoutes<Schema>(deps: EvidenceRoutesDeps<Schema>): readonly Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/v1/evidence-exports",
      summary: "Export events with all that proves them, a part at a time",
      permission: "evidence:export",
      body: exportBody,
      reply: { status: 200, schema: evidencePartSchema },
      handle: async ({ body: { part, ...query }, caller, requestId }) => {
        const exported = await exportEvidence(
          deps,
          query,
          part === undefined
            ? { number: 1 }
            : { number: part.number, checkpointSize: part.checkpoint_size, after: part.after },
        );
        await transact(deps.db, (tx) =>
          deps.trail.in(tx).append({
            action: "evidence.exported",
            ...actorsOf(caller),
            subject: exported.origin,
            requestId,
            occurredAt: deps.clock.now(),
            detail: {
              query: { ...askedFor(query) },
              part: part?.number ?? 1,
              events: exported.events,
              size: exported.checkpointSize,
            },
          }),
        );
        return partOnWire(exported);
      },
    }),
  ];
}

/** The members that were given, and no others. */
function askedFor(query: EvidenceQuery): Record<string, string | number> {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(given);
}

function partOnWire(part: ExportedPart): z.input<typeof evidencePartSchema> {
  const { origin, checkpointSize, events, complete, completeUses, next, files } = part;
  return {
    origin,
    checkpoint_size: checkpointSize,
    events,
    ...(complete !== undefined && { complete: { ...complete } }),
    ...(completeUses !== undefined && { complete_uses: completeUses }),
    ...(next !== undefined && { next }),
    files: [...files].map(([name, bytes]) => ({ name, content: base64Of(bytes) })),
  };
}
