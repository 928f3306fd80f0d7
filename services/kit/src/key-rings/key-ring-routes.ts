import { z } from "zod";

import type { JsonValue } from "../audit/index.ts";
import type { Clock } from "../clock/index.ts";
import { defineRoute } from "../routes/index.ts";
import type { Route } from "../routes/index.ts";
import { dateTimeText } from "../wire/index.ts";
import { noRing } from "./add-version.ts";
import {
  driftBody,
  driftSchema,
  freezeBody,
  freezeSchema,
  inventoryBody,
  inventorySchema,
  keyVersionNumber,
  ringBody,
  ringSchema,
  versionBody,
  versionSchema,
} from "./key-ring-wire.ts";
import type { KeyRings } from "./key-rings.ts";

/** An event of the audit log, as far as it is shown with a key. */
export interface KeyEvent {
  /** Its place in the log, by which its proof can be asked for. */
  readonly index: number;
  readonly occurredAt: string;
  readonly action: string;
  readonly actor: string;
  readonly onBehalfOf?: string;
  readonly subject: string;
  readonly requestId?: string;
  readonly key?: { readonly purpose: string; readonly version: number };
  readonly detail: JsonValue;
}

/** Which events: the last about a subject, or those that a key was used in from some place on. Either way oldest first. */
export interface KeyEventQuery {
  readonly subject?: string;
  /** Only these, and of those the newest. */
  readonly actions?: readonly string[];
  readonly keyPurpose?: string;
  readonly keyVersion?: number;
  readonly since?: Date;
  /** The least place. */
  readonly from?: number;
  readonly limit: number;
}

/** What of a plan is shown with its ring. */
export interface RingPlan {
  readonly id: string;
  /** Of the ring. */
  readonly purpose: string;
  readonly definition: string;
  readonly state: string;
  /** The step that is done next, and not before. */
  readonly nextStep?: string;
  readonly nextAt?: Date;
}

export interface KeyRingRoutesDeps {
  readonly rings: KeyRings;
  readonly clock: Clock;
  /** The audit log's search. */
  readonly searchEvents: (query: KeyEventQuery) => Promise<readonly KeyEvent[]>;
  /** Plans that are not over: of a ring, or of all, asked for once. */
  readonly plansOf: (purpose?: string) => Promise<readonly RingPlan[]>;
}

const eventSchema = z.strictObject({
  index: z.int().min(0),
  occurred_at: dateTimeText,
  action: z.string(),
  actor: z.string(),
  on_behalf_of: z.string().optional(),
  subject: z.string(),
  request_id: z.string().optional(),
  key: z.strictObject({ purpose: z.string(), version: keyVersionNumber }).optional(),
  detail: z.json(),
});

const planSchema = z.strictObject({
  id: z.string(),
  definition: z.string(),
  state: z.string(),
  next_step: z.string().optional(),
  next_at: dateTimeText.optional(),
});

/** Ten years ahead: further ends are not planned for. */
const dueDaysMax = 3660;
/** A ring's versions move a few times a year; whoever wants more asks the audit log. */
const historyMax = 500;
const usesDefault = 100;
const usesMax = 1000;

const purposeParams = z.strictObject({ purpose: z.string().min(1).max(128) });

/** The routes of key rings; nothing here changes anything. */
export function keyRingRoutes(deps: KeyRingRoutesDeps): Route[] {
  return [listRoute(deps), ringRoute(deps), usesRoute(deps)];
}

function listRoute({ rings, clock, plansOf }: KeyRingRoutesDeps): Route {
  return defineRoute({
    method: "get",
    path: "/v1/key-rings",
    summary:
      "List the keys of the service: every version that is not long gone, what is due, and what has drifted",
    permission: "key:read",
    query: z.strictObject({
      /** How many days ahead something counts as due. */
      within_days: z.coerce.number().int().min(0).max(dueDaysMax).optional(),
    }),
    reply: {
      status: 200,
      schema: z.strictObject({
        rings: z.array(ringSchema.extend({ plans: z.array(planSchema) })),
        versions: z.array(inventorySchema),
        drift: z.array(driftSchema),
        freezes: z.array(freezeSchema),
      }),
    },
    handle: async ({ query }) => {
      const at = clock.now();
      const all = await rings.rings();
      const plans = await plansOf();
      return {
        rings: all.map((ring) => {
          return {
            ...ringBody(ring),
            plans: plans.filter((plan) => plan.purpose === ring.purpose).map(planBody),
          };
        }),
        versions: (await rings.inventory(query.within_days)).map((row) => inventoryBody(row, at)),
        drift: (await rings.knownDrift()).map(driftBody),
        freezes: (await rings.freezes()).map(freezeBody),
      };
    },
  });
}

function planBody({ id, definition, state, nextStep, nextAt }: RingPlan): z.output<typeof planSchema> {
  return {
    ...{ id, definition, state },
    ...(nextStep !== undefined && { next_step: nextStep }),
    ...(nextAt !== undefined && { next_at: nextAt.toISOString() }),
  };
}

function ringRoute({ rings, clock, searchEvents, plansOf }: KeyRingRoutesDeps): Route {
  return defineRoute({
    method: "get",
    path: "/v1/key-rings/:purpose",
    summary: "Show one key ring: every version it ever had, its history from the audit log, and its plans",
    permission: "key:read",
    params: purposeParams,
    reply: {
      status: 200,
      schema: z.strictObject({
        ring: ringSchema,
        versions: z.array(versionSchema),
        plans: z.array(planSchema),
        drift: z.array(driftSchema),
        history: z.array(eventSchema),
      }),
    },
    handle: async ({ params: { purpose } }) => {
      const ring = await rings.ring(purpose);
      if (ring === undefined) throw noRing(purpose);
      const at = clock.now();
      const drift = await rings.knownDrift();
      return {
        ring: ringBody(ring),
        versions: (await rings.versions(purpose)).map((version) => versionBody(version, at)),
        plans: (await plansOf(purpose)).map(planBody),
        drift: drift.filter((one) => one.purpose === purpose).map(driftBody),
        history: (await searchEvents({ subject: purpose, actions: historyActions, limit: historyMax })).map(
          eventBody,
        ),
      };
    },
  });
}

const historyActions = ["key.created", "key.moved", "key.drifted"] as const;

function usesRoute({ rings, searchEvents }: KeyRingRoutesDeps): Route {
  return defineRoute({
    method: "get",
    path: "/v1/key-rings/:purpose/uses",
    summary: "List what a key was used for, from the audit log, oldest first",
    permission: "key:read",
    params: purposeParams,
    query: z.strictObject({
      version: z.coerce.number().int().min(1).optional(),
      since: dateTimeText.optional(),
      from: z.coerce.number().int().min(0).optional(),
      limit: z.coerce.number().int().min(1).max(usesMax).default(usesDefault),
    }),
    reply: {
      status: 200,
      schema: z.strictObject({
        uses: z.array(eventSchema),
        /** The `from` of the rest, if there is one. */
        next_from: z.int().min(0).optional(),
      }),
    },
    handle: async ({ params: { purpose }, query: { version, since, from, limit } }) => {
      if ((await rings.ring(purpose)) === undefined) throw noRing(purpose);
      const events = await searchEvents({
        keyPurpose: purpose,
        ...(version !== undefined && { keyVersion: version }),
        ...(since !== undefined && { since: new Date(since) }),
        ...(from !== undefined && { from }),
        limit: limit + 1,
      });
      const uses = events.slice(0, limit);
      const next = events[limit];
      return { uses: uses.map(eventBody), ...(next !== undefined && { next_from: next.index }) };
    },
  });
}

function eventBody(event: KeyEvent): z.output<typeof eventSchema> {
  const { onBehalfOf, requestId, key } = event;
  return {
    index: event.index,
    occurred_at: event.occurredAt,
    action: event.action,
    actor: event.actor,
    ...(onBehalfOf !== undefined && { on_behalf_of: onBehalfOf }),
    subject: event.subject,
    ...(requestId !== undefined && { request_id: requestId }),
    ...(key !== undefined && { key: { purpose: key.purpose, version: key.version } }),
    // Parsed from JSON when it was read, so it is JSON.
    detail: event.detail as z.output<ReturnType<typeof z.json>>,
  };
}
