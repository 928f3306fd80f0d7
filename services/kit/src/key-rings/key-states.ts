import type { Localized } from "../problems/index.ts";

/** Whether a version in this state makes signatures: `possession-only` are proofs that its holder has it, and self-tests. */
export type KeySigns = "yes" | "possession-only" | "no";

/** What a verifier may conclude from a signature of a version in this state. */
export type KeyVerifies =
  "no" | "distributed" | "yes" | "yes-with-warning" | "archive" | "only-if-time-stamped-before";

/** One way out of a state. */
export interface KeyLeaving {
  /** Different persons who must have agreed: 0 is the running system itself, 1 stops, 2 starts or ends something. */
  readonly persons: 0 | 1 | 2;
  /** The same for the first version of a ring, on which nobody relies yet; `persons` where it is absent. */
  readonly personsForFirst?: 0;
  readonly why: string;
}

export interface KeyStateRow {
  readonly title: Localized;
  readonly signs: KeySigns;
  readonly verifies: KeyVerifies;
  /** Entered by. */
  readonly entry: string;
  readonly leavesTo: Readonly<Record<string, KeyLeaving>>;
}

/**
 * The states of a key version and every way from one to another (NIST SP 800-57 part 1 revision 5 §7): what the code allows, what
 * the database allows, and what the documentation shows are this table.
 */
export const keyStates = {
  requested: {
    title: { zh: "已申请", en: "requested" },
    signs: "no",
    verifies: "no",
    entry: "an officer asked for it",
    leavesTo: {
      "pre-active": { persons: 0, why: "the key was made and its attributes read back" },
      rejected: { persons: 1, why: "the request was turned down" },
    },
  },
  "pre-active": {
    title: { zh: "预激活", en: "pre-active" },
    signs: "possession-only",
    verifies: "no",
    entry: "the key was made and its attributes read back",
    leavesTo: {
      published: { persons: 0, why: "its public key was given to those who verify" },
      active: { persons: 2, personsForFirst: 0, why: "it signs from now on" },
      destroyed: { persons: 2, why: "it will not be needed" },
      compromised: { persons: 2, why: "somebody else may have it" },
    },
  },
  published: {
    title: { zh: "已发布", en: "published" },
    signs: "possession-only",
    verifies: "distributed",
    entry: "its public key was given to those who verify",
    leavesTo: {
      active: {
        persons: 2,
        personsForFirst: 0,
        why: "every verifier has had time to learn it; it signs from now on",
      },
      destroyed: { persons: 2, why: "it will not be needed" },
      compromised: { persons: 2, why: "somebody else may have it" },
    },
  },
  active: {
    title: { zh: "启用", en: "active" },
    signs: "yes",
    verifies: "yes",
    entry: "two officers, or the first start of the ring",
    leavesTo: {
      suspended: { persons: 1, why: "something is wrong: it stops at once" },
      retiring: { persons: 2, why: "its successor signs from now on" },
      compromised: { persons: 2, why: "somebody else may have it" },
    },
  },
  suspended: {
    title: { zh: "挂起", en: "suspended" },
    signs: "no",
    verifies: "yes-with-warning",
    entry: "one officer, at once",
    leavesTo: {
      active: { persons: 2, why: "the doubt is cleared up" },
      compromised: { persons: 2, why: "somebody else may have it" },
      destroyed: { persons: 2, why: "it will not be needed" },
    },
  },
  retiring: {
    title: { zh: "停签", en: "retiring" },
    signs: "no",
    verifies: "yes",
    entry: "a rotation",
    leavesTo: {
      deactivated: { persons: 0, why: "the overlap is over" },
      compromised: { persons: 2, why: "somebody else may have it" },
    },
  },
  deactivated: {
    title: { zh: "停用", en: "deactivated" },
    signs: "no",
    verifies: "archive",
    entry: "the end of the overlap",
    leavesTo: {
      destroyed: { persons: 2, why: "the waiting time is over" },
      compromised: { persons: 2, why: "somebody else may have it" },
    },
  },
  compromised: {
    title: { zh: "泄露", en: "compromised" },
    signs: "no",
    verifies: "only-if-time-stamped-before",
    entry: "two officers, or the sealed emergency key",
    leavesTo: {
      "destroyed-compromised": { persons: 2, why: "the private key was destroyed" },
    },
  },
  destroyed: {
    title: { zh: "已销毁", en: "destroyed" },
    signs: "no",
    verifies: "archive",
    entry: "two officers and a waiting time; what is known of it is kept for ever",
    leavesTo: {},
  },
  "destroyed-compromised": {
    title: { zh: "泄露后销毁", en: "destroyed after compromise" },
    signs: "no",
    verifies: "only-if-time-stamped-before",
    entry: "two officers, after a compromise",
    leavesTo: {},
  },
  rejected: {
    title: { zh: "已拒绝", en: "rejected" },
    signs: "no",
    verifies: "no",
    entry: "the request was turned down; there never was a key",
    leavesTo: {},
  },
} as const satisfies Record<string, KeyStateRow>;

export type KeyState = keyof typeof keyStates;

export const keyStateNames = Object.keys(keyStates) as readonly KeyState[];

/** How a version may go from one state to another; undefined if it may not, ever. */
export function leavingOf(from: KeyState, to: KeyState): KeyLeaving | undefined {
  const row: KeyStateRow = keyStates[from];
  return Object.hasOwn(row.leavesTo, to) ? row.leavesTo[to] : undefined;
}

/** How many different persons must have agreed to this move of that version. */
export function personsNeeded(leaving: KeyLeaving, version: number): 0 | 1 | 2 {
  return version === 1 ? (leaving.personsForFirst ?? leaving.persons) : leaving.persons;
}
