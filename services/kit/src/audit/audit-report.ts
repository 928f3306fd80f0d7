/** What is wrong with the first event that is wrong. */
export type AuditBadReason =
  /** It is not what was written. */
  | "changed"
  /** It is gone, and later ones are there. */
  | "missing"
  /** It stands at another place. */
  | "moved"
  /** It was put in. */
  | "added"
  /** From here on all are gone, and the database itself still says that there were more. */
  | "cut"
  /** From here on the database is an older one than what was signed outside of it. */
  | "rolled-back";

export interface AuditBadEvent {
  /** Counted from 0. Where only checkpoints can tell, the first event that may be wrong. */
  readonly index: number;
  readonly reason: AuditBadReason;
  readonly detail: string;
}

/** Something about the log that is not one event's fault. */
export interface AuditFinding {
  readonly code:
    /** No key that is pinned, or follows a pinned one by the log's own word, signed the checkpoint. */
    | "checkpoint-not-trusted"
    /** No checkpoint was found at all: events fit their own hashes, and nobody signed them. */
    | "never-signed"
    /** The policy asks for witnesses, and none of the checkpoints has enough. */
    | "never-witnessed"
    /** The folder has no checkpoint, or tiles that are not those of its checkpoint. */
    | "folder-damaged"
    /** The log has a later epoch, and officers did not approve that it began. */
    | "epoch-not-approved"
    /** A key was counted as often as events do not say. */
    | "key-count-differs"
    /** A key or a scope is in a state that events do not say. */
    | "key-state-differs"
    /** Searches pass over an event: somebody edited the index by which they find, and no event. */
    | "search-index-differs"
    /** The chain that the log was made of did not hold when it was taken over. */
    | "former-chain-broken";
  readonly detail: string;
}

/** A checkpoint that the verifier believed. */
export interface BelievedCheckpoint {
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
  readonly foundIn: "folder" | "database";
  /** Cosigners by the policy's names, and when they said that they saw it. */
  readonly witnesses: readonly { readonly name: string; readonly at: Date }[];
}

export interface AuditReport {
  /** The log's name in its present epoch. */
  readonly origin: string;
  readonly epoch: number;
  /** Events in the database. */
  readonly events: number;
  /** Events that are what was signed, from the first on. */
  readonly provenEvents: number;
  /** Of these, under a checkpoint that enough witnesses cosigned. */
  readonly witnessedEvents: number;
  readonly firstBad?: AuditBadEvent;
  readonly findings: readonly AuditFinding[];
  readonly checkpoint?: BelievedCheckpoint;
  /** Neither a bad event nor a finding. */
  readonly isWhole: boolean;
}
