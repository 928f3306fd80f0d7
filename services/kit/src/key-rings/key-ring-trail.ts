import type { Transaction } from "kysely";

/** The events that key rings write, with the details that the kit's catalogue has for them. */
export interface KeyRingEvents {
  readonly "key.created": {
    readonly version: number;
    readonly key_id: string;
    readonly algorithm: string;
    readonly is_standby: boolean;
    readonly change_id?: string | undefined;
    readonly plan_id?: string | undefined;
  };
  readonly "key.moved": {
    readonly version: number;
    readonly from: string;
    readonly to: string;
    readonly reason: string;
    readonly persons?: readonly string[] | undefined;
    readonly is_break_glass?: boolean | undefined;
    readonly change_id?: string | undefined;
    readonly plan_id?: string | undefined;
    readonly invalid_from?: string | undefined;
  };
  readonly "key.drifted": {
    readonly kind: string;
    readonly key_uri: string;
    readonly version?: number | undefined;
    readonly detail: string;
  };
  readonly "scope.frozen": ScopeDetail;
  readonly "scope.thawed": ScopeDetail;
}

interface ScopeDetail {
  readonly reason: string;
  readonly persons?: readonly string[] | undefined;
  readonly is_break_glass?: boolean | undefined;
  readonly change_id?: string | undefined;
}

export interface KeyRingEvent<Action extends keyof KeyRingEvents = keyof KeyRingEvents> {
  readonly action: Action;
  readonly actor: string;
  /** The purpose, the scope, or the URI of a key that is in no ring. */
  readonly subject: string;
  readonly occurredAt: Date;
  readonly detail: KeyRingEvents[Action];
}

/** The audit trail, as far as key rings write in it; any service's trail fits. */
export interface KeyRingTrail {
  in<Schema>(tx: Transaction<Schema>): {
    append<Action extends keyof KeyRingEvents>(event: KeyRingEvent<Action>): Promise<void>;
  };
}
