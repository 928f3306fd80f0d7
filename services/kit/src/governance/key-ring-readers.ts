import { searchAudit } from "../audit/index.ts";
import type { AuditCatalogue } from "../audit/index.ts";
import type { KeyEvent, KeyRingRoutesDeps } from "../key-rings/index.ts";
import type { Rotations } from "../rotations/index.ts";
import type { OpenedGovernance } from "./opened-governance.ts";

/** What the pages of a ring show beside the ring: its events and its plans. */
export function keyRingReaders<Schema, Catalogue extends AuditCatalogue>(
  { db }: OpenedGovernance<Schema, Catalogue>,
  rotations: Rotations,
): Pick<KeyRingRoutesDeps, "searchEvents" | "plansOf"> {
  return {
    searchEvents: async (query) => {
      const { subject, actions, keyPurpose, keyVersion, since, from, limit } = query;
      // A history is read from its end; a list of uses from where it was left.
      const isHistory = actions !== undefined;
      const { events } = await searchAudit(
        db,
        {
          ...(subject !== undefined && { subject }),
          ...(isHistory && { actions }),
          ...(keyPurpose !== undefined && {
            key: { purpose: keyPurpose, ...(keyVersion !== undefined && { version: keyVersion }) },
          }),
          ...(since && { since }),
        },
        { limit, order: isHistory ? "descending" : "ascending", ...(from !== undefined && { from }) },
      );
      const oldestFirst = isHistory ? events.toReversed() : events;
      return oldestFirst.map((event): KeyEvent => ({ ...event, occurredAt: event.occurredAt.toISOString() }));
    },
    plansOf: async (purpose) => {
      const plans = await rotations.list({
        ...(purpose !== undefined && { purpose }),
        states: ["running", "stuck", "rolling-back"],
      });
      return plans.map(({ id, purpose: ring, definition, state, steps, nextAt }) => {
        const nextStep = steps.find((step) => step.state !== "done")?.name;
        return {
          ...{ id, state, purpose: ring },
          definition: definition.name,
          ...(nextStep !== undefined && { nextStep }),
          ...(nextAt && { nextAt }),
        };
      });
    },
  };
}
