import type { z } from "zod";

import type { AuditCatalogue } from "./catalogue.ts";

/** Who did it, and in whose name if that is somebody else. `actorsOf(caller)` gives it. */
export interface AuditActor {
  readonly actor: string;
  readonly onBehalfOf?: string;
}

/** Another table that must be as the events say: it is told of every event that holds, oldest first, and then asked. */
export interface EventJudge {
  readonly take: (event: {
    readonly action: string;
    readonly subject: string;
    readonly detail: string;
  }) => void;
  /** What is not as they say, in words. */
  readonly judge: () => Promise<readonly string[]>;
}

/** A key by its ring and its version there; callers name the purpose, the ring knows the version. */
export interface KeyUse {
  readonly purpose: string;
  readonly version: number;
  /** For the ring to judge by, and not in the leaf: what a version signs that is not, or no longer, active. */
  readonly kind?: "possession" | "overlap";
}

/** One event as a service writes it. */
export interface AuditEvent<
  Catalogue extends AuditCatalogue,
  Action extends keyof Catalogue,
> extends AuditActor {
  readonly action: Action;
  /** What it was done to, e.g. `seal_…`. */
  readonly subject: string;
  readonly occurredAt: Date;
  readonly detail: z.input<Catalogue[Action]["detail"]>;
  /** The key that signed what the event tells of; the use is counted in the same transaction. */
  readonly key?: KeyUse;
  /** The request in which it happened, as the log lines and the reply's `request-id` name it. */
  readonly requestId?: string;
}
