import { base64Of, utf8Of } from "@yinxin/crypto/bytes";
import {
  encodeLogProof,
  hashReaderOfTiles,
  inclusionProof,
  parseTilePath,
  tilePath,
} from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";
import { z } from "zod";

import { refuse } from "../problems/index.ts";
import type { ProblemTable } from "../problems/index.ts";
import { defineRoute } from "../routes/index.ts";
import type { Route } from "../routes/index.ts";
import { leafTextOf } from "./audit-leaf.ts";
import type { AuditLog } from "./audit-log.ts";
import type { AuditTables } from "./audit-tables.ts";
import { readCheckpointFolder } from "./checkpoint-folder.ts";
import { readHead, readLatestCheckpoint } from "./checkpoint-rows.ts";
import { folderOfEpoch } from "./log-epoch.ts";
import { eventColumns } from "./read-event-rows.ts";
import {
  accessHistory,
  auditAroundRequest,
  auditPageMax,
  recordedEventOf,
  searchAudit,
} from "./search-audit.ts";
import type { AuditQuery, AuditSearchResult, RecordedEvent } from "./search-audit.ts";
import { stopRuleProblems } from "./stop-rule.ts";

export const auditProblems = {
  ...stopRuleProblems,
  "audit-event-not-found": {
    status: 404,
    title: { zh: "没有这条审计事件", en: "There is no such audit event" },
    hint: {
      zh: "用 GET /v1/audit/events 查找事件的序号。",
      en: "Find the event's index with GET /v1/audit/events.",
    },
  },
  "audit-tile-not-found": {
    status: 404,
    title: { zh: "审计日志没有这个分片", en: "The audit log has no such tile" },
    hint: {
      zh: "按最新检查点的大小计算分片路径（C2SP tlog-tiles）。",
      en: "Compute the path from the size of the latest checkpoint (C2SP tlog-tiles).",
    },
  },
  "audit-event-not-signed": {
    status: 409,
    title: { zh: "该事件尚未进入检查点", en: "No checkpoint covers the event yet" },
    hint: { zh: "一两秒后重试。", en: "Try again in a second or two." },
  },
} as const satisfies ProblemTable;

export interface AuditRoutesDeps<Schema> {
  readonly db: Kysely<Schema>;
  readonly folder: string;
  readonly auditLog: AuditLog;
}

const eventReply = z.strictObject({
  index: z.int(),
  occurred_at: z.iso.datetime(),
  action: z.string(),
  actor: z.string(),
  on_behalf_of: z.string().optional(),
  subject: z.string(),
  request_id: z.string().optional(),
  key: z.strictObject({ purpose: z.string(), version: z.int() }).optional(),
  detail: z.json(),
});
const eventsReply = z.strictObject({ events: z.array(eventReply), next: z.int().optional() });

/** Without control characters, which PostgreSQL has no text for. */
const text = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u);
/** Within the integers of both databases. */
const place = z.string().regex(/^(0|[1-9]\d{0,8}|1\d{9})$/);
const pageQuery = {
  from: place.optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,3}$/)
    .optional(),
  order: z.enum(["ascending", "descending"]).optional(),
};
const eventsQuery = z.strictObject({
  ...pageQuery,
  action: text.optional(),
  actor: text.optional(),
  subject: text.optional(),
  request_id: text.optional(),
  /** `purpose` or `purpose/version`. */
  key: text.optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  text: text.optional(),
  /** `request`: everything around the request named in `request_id`. */
  around: z.literal("request").optional(),
});

/** What every service answers about its audit log: the log itself to anybody, its events to auditors. */
export function auditRoutes<Schema>(deps: AuditRoutesDeps<Schema>): readonly Route[] {
  return [
    checkpointRoute(deps),
    ...tileRoutes(deps),
    stateRoute(deps),
    eventsRoute(deps),
    eventRoute(deps),
    accessHistoryRoute(deps),
  ];
}

async function folderOf<Schema>({ db, folder }: AuditRoutesDeps<Schema>) {
  const head = await readHead(db as unknown as Kysely<AuditTables>);
  const epoch = head?.epoch ?? 1;
  return { epoch, ...readCheckpointFolder(folderOfEpoch(folder, epoch)) };
}

function checkpointRoute<Schema>(deps: AuditRoutesDeps<Schema>): Route {
  return defineRoute({
    method: "get",
    path: "/v1/audit/checkpoint",
    summary: "The latest checkpoint of the audit log, a C2SP signed note",
    permission: "public",
    reply: { status: 200, contentType: "text/plain; charset=utf-8" },
    handle: async () => {
      const note = await (await folderOf(deps)).readCheckpoint();
      return utf8Of(note ?? (await deps.auditLog.checkpoint()).note);
    },
  });
}

/** A path of tiles has up to four parts behind the level: no log reaches the fifth (C2SP tlog-tiles). */
const tileParts = ["a", "b", "c", "d"] as const;

function tileRoutes<Schema>(deps: AuditRoutesDeps<Schema>): readonly Route[] {
  return tileParts.map((_, last) => {
    const names = ["level", ...tileParts.slice(0, last + 1)];
    return defineRoute({
      method: "get",
      path: `/v1/audit/tile/${names.map((name) => `:${name}`).join("/")}`,
      summary: "Hashes of the audit log's tree (C2SP tlog-tiles)",
      permission: "public",
      params: z.strictObject(Object.fromEntries(names.map((name) => [name, z.string().max(8)]))),
      reply: { status: 200, contentType: "application/octet-stream" },
      handle: async ({ params }) => {
        const tile = parseTilePath(`tile/${names.map((name) => params[name] ?? "").join("/")}`);
        const { readTiles } = await folderOf(deps);
        const bytes = tile?.kind === "tile" ? await readTiles([tile]).catch(() => []) : [];
        const [found] = bytes;
        if (tile?.kind !== "tile" || found === undefined) throw tileNotFound();
        if (found.length < tile.width * 32) throw new Error(`${tilePath(tile)} is too short`);
        return found.subarray(0, tile.width * 32);
      },
    });
  });
}

function tileNotFound(): Error {
  return refuse("audit-tile-not-found", { zh: "没有这个分片。", en: "There is no such tile." });
}

function stateRoute<Schema>({ auditLog }: AuditRoutesDeps<Schema>): Route {
  return defineRoute({
    method: "get",
    path: "/v1/audit/state",
    summary: "How far the audit log is signed and witnessed",
    permission: "audit:read",
    reply: {
      status: 200,
      schema: z.strictObject({
        size: z.int(),
        checkpointed_size: z.int(),
        witnessed_size: z.int(),
        witnessed_at: z.iso.datetime().optional(),
        problem: z.strictObject({ code: z.string(), detail: z.string() }).optional(),
      }),
    },
    handle: async () => {
      const { size, checkpointedSize, witnessedSize, witnessedAt, problem } = await auditLog.state();
      return {
        size,
        checkpointed_size: checkpointedSize,
        witnessed_size: witnessedSize,
        ...(witnessedAt && { witnessed_at: witnessedAt.toISOString() }),
        ...(problem && { problem: { code: problem.problem, detail: problem.detail } }),
      };
    },
  });
}

function eventsRoute<Schema>({ db }: AuditRoutesDeps<Schema>): Route {
  return defineRoute({
    method: "get",
    path: "/v1/audit/events",
    summary: "Search the audit log",
    permission: "audit:read",
    query: eventsQuery,
    reply: { status: 200, schema: eventsReply },
    reads: ({ query }) => searchedFor(query),
    handle: async ({ query }) => {
      if (query.around !== undefined && query.request_id !== undefined) {
        return { events: (await auditAroundRequest(db, query.request_id)).map(eventOnWire) };
      }
      return resultOnWire(await searchAudit(db, auditQueryOf(query), pageOf(query)));
    },
  });
}

/** Whoever looks for somebody is told of himself; following the log, or looking for a kind of event, is looking for nobody. */
function searchedFor({ subject, actor, text: words }: z.output<typeof eventsQuery>): string | undefined {
  if (subject !== undefined) return subject;
  if (actor !== undefined) return `actor:${actor}`;
  return words === undefined ? undefined : `text:${words}`;
}

function eventRoute<Schema>(deps: AuditRoutesDeps<Schema>): Route {
  return defineRoute({
    method: "get",
    path: "/v1/audit/events/:index",
    summary: "One event of the audit log, with the proof that it is in it",
    permission: "audit:read",
    params: z.strictObject({ index: place }),
    reply: {
      status: 200,
      /** `leaf` is base64 of what the proof, a C2SP tlog-proof, is for. */
      schema: z.strictObject({ event: eventReply, leaf: z.base64(), proof: z.string() }),
    },
    handle: ({ params }) => provenEvent(deps, Number(params.index)),
  });
}

async function provenEvent<Schema>(deps: AuditRoutesDeps<Schema>, index: number) {
  const db = deps.db as unknown as Kysely<AuditTables>;
  const row = await db
    .selectFrom("audit_events")
    .select(eventColumns)
    .where("leaf_index", "=", index)
    .executeTakeFirst();
  if (row === undefined) {
    throw refuse("audit-event-not-found", {
      zh: `没有序号为 ${String(index)} 的事件。`,
      en: `There is no event ${String(index)}.`,
    });
  }
  const { epoch, readTiles } = await folderOf(deps);
  const checkpoint = await readLatestCheckpoint(db, epoch);
  if (checkpoint === undefined || checkpoint.size <= index) {
    throw refuse("audit-event-not-signed", {
      zh: `事件 ${String(index)} 尚未签名。`,
      en: `Event ${String(index)} is not signed yet.`,
    });
  }
  const { readHashes } = hashReaderOfTiles(readTiles, checkpoint.size);
  const hashes = await inclusionProof(readHashes, index, checkpoint.size);
  return {
    event: eventOnWire(recordedEventOf(row)),
    leaf: base64Of(utf8Of(leafTextOf(row))),
    proof: encodeLogProof({ index, hashes, checkpoint: checkpoint.note }),
  };
}

function accessHistoryRoute<Schema>({ db }: AuditRoutesDeps<Schema>): Route {
  return defineRoute({
    method: "get",
    path: "/v1/audit/access-history",
    summary: "Who looked at a record",
    permission: "audit:read",
    query: z.strictObject({ ...pageQuery, subject: text }),
    reply: { status: 200, schema: eventsReply },
    reads: ({ query }) => query.subject,
    handle: async ({ query }) => resultOnWire(await accessHistory(db, query.subject, pageOf(query))),
  });
}

function auditQueryOf(query: z.output<typeof eventsQuery>): AuditQuery {
  const { action, actor, subject, request_id: requestId, key, since, until, text: words } = query;
  const [, purpose = "", version] = /^([^/]*)(?:\/([1-9]\d{0,8}))?$/.exec(key ?? "") ?? [];
  const given = {
    action,
    actor,
    subject,
    requestId,
    key:
      key === undefined ? undefined : { purpose, ...(version !== undefined && { version: Number(version) }) },
    since: since === undefined ? undefined : new Date(since),
    until: until === undefined ? undefined : new Date(until),
    text: words,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

interface PageQuery {
  readonly from?: string | undefined;
  readonly limit?: string | undefined;
  readonly order?: "ascending" | "descending" | undefined;
}

function pageOf({ from, limit, order }: PageQuery) {
  return {
    ...(from !== undefined && { from: Number(from) }),
    ...(limit !== undefined && { limit: Math.min(Number(limit), auditPageMax) }),
    ...(order !== undefined && { order }),
  };
}

function resultOnWire({ events, next }: AuditSearchResult): z.input<typeof eventsReply> {
  return { events: events.map(eventOnWire), ...(next !== undefined && { next }) };
}

/** An event as routes and evidence write it. */
export function eventOnWire(event: RecordedEvent): z.input<typeof eventReply> {
  const { index, occurredAt, action, actor, onBehalfOf, subject, requestId, key, detail } = event;
  return {
    index,
    occurred_at: occurredAt.toISOString(),
    action,
    actor,
    ...(onBehalfOf !== undefined && { on_behalf_of: onBehalfOf }),
    subject,
    ...(requestId !== undefined && { request_id: requestId }),
    ...(key !== undefined && { key }),
    detail: detail as z.input<typeof eventReply>["detail"],
  };
}
