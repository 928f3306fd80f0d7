import type { Kysely } from "kysely";
import { z } from "zod";

import { findEvents } from "./audit-search.ts";
import type { AuditTables } from "./audit-tables.ts";
import { originOfEpoch } from "./log-epoch.ts";

/** What an event `audit-log.continued` says: how one epoch of a log began. */
export interface EpochContinuation {
  readonly epoch: number;
  readonly index: number;
  /** Of the last checkpoint known of the epoch before; `sha-256:…`. */
  readonly size: number;
  readonly root: string;
  /** The change that officers approved. */
  readonly change?: string;
}

/** Whether officers approved the change that a continuation names, with this size and this root. */
export type JudgeContinuation = (continuation: EpochContinuation) => Promise<boolean>;

const continuedDetail = z.looseObject({
  origin: z.string(),
  size: z.int(),
  root: z.string(),
  change: z.string().optional(),
});

/** An epoch is begun after a disaster: more of them are not a history but an attack on its reader. */
const continuationsMax = 1000;

/**
 * Holds the number of the epoch against the events that begin epochs: each has one, in their order, and each names a change of
 * its own that `isApproved` judges. Whoever can write to the database could otherwise have an edited history signed anew under
 * the name of a later epoch.
 *
 * @returns what is wrong; undefined if nothing is.
 */
export async function judgeEpoch(
  place: { readonly db: Kysely<AuditTables>; readonly origin: string; readonly epoch: number },
  isApproved: JudgeContinuation | undefined,
): Promise<string | undefined> {
  if (place.epoch === 1) return undefined;
  const continuations = await readContinuations(place);
  const changes = new Set<string>();
  for (let epoch = 2; epoch <= place.epoch; epoch += 1) {
    const name = `epoch ${String(epoch)}`;
    const continuation = continuations.find((each) => each.epoch === epoch);
    if (continuation === undefined) return `no event begins ${name}`;
    const { change } = continuation;
    if (isApproved === undefined) continue;
    if (change === undefined || changes.has(change)) return `${name} was begun by no change of its own`;
    if (!(await isApproved(continuation))) return `no officers approved ${name} (${change})`;
    changes.add(change);
  }
  return undefined;
}

/** How the later epochs of a log began, as its events say. */
export async function readContinuations({
  db,
  origin,
}: {
  readonly db: Kysely<AuditTables>;
  readonly origin: string;
}): Promise<readonly EpochContinuation[]> {
  const rows = await findEvents(db, {
    columns: ["leaf_index", "detail"],
    where: (events) => events.where("action", "=", "audit-log.continued").where("subject", "=", origin),
    limit: continuationsMax,
  });
  return rows.flatMap(({ leaf_index: index, detail }, at) => {
    const parsed = continuedDetail.safeParse(jsonOrUndefined(detail));
    if (!parsed.success || parsed.data.origin !== originOfEpoch(origin, at + 1)) return [];
    const { size, root, change } = parsed.data;
    return [{ epoch: at + 2, index, size, root, ...(change !== undefined && { change }) }];
  });
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
