import type { ServiceConnection } from "../officer/index.ts";
import { eventPageSchema } from "./event-wire.ts";
import type { ServiceEvent } from "./event-wire.ts";
import type { EventQuery } from "./parse-query.ts";

export interface EventPage {
  readonly limit: number;
  /** Newest first unless `ascending`. */
  readonly order?: "ascending" | "descending";
  readonly from?: number;
}

/** More is not sent at once. */
const pageEventsMax = 500;

/** Events of one service's log that fit, at most so many. */
export async function readEvents(
  service: ServiceConnection,
  query: EventQuery,
  { limit, order = "descending", from }: EventPage,
): Promise<readonly ServiceEvent[]> {
  const events: ServiceEvent[] = [];
  let next = from;
  do {
    const search = new URLSearchParams({
      ...query,
      order,
      limit: String(Math.min(pageEventsMax, limit - events.length)),
      ...(next === undefined ? {} : { from: String(next) }),
    });
    const page = await service.send({
      method: "GET",
      path: `/v1/audit/events?${search.toString()}`,
      reply: eventPageSchema,
    });
    events.push(...page.events.map((event) => ({ ...event, service: service.name })));
    next = page.events.length === 0 ? undefined : page.next;
  } while (next !== undefined && events.length < limit);
  return events;
}
