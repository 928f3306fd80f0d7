/**
 * What one judgement may cost. Counted and not timed, so that the same input gives the same answer on every machine.
 * An attacker's document can bring any number of certificates that bear each other's names, and RFC 5280 §6 puts no
 * limit on what it costs to find out that none of them leads anywhere.
 */
export interface PathBudget {
  /** Certificates in one path, with the anchor. */
  readonly depth: number;
  /** Paths followed to an anchor, whether they are accepted or not. */
  readonly paths: number;
  /** Links between two certificates that the search looks at. */
  readonly links: number;
  /** Checks of signatures, in those of RSA or P-256: one of ML-DSA counts for two, one of DSA for eight. */
  readonly signatureChecks: number;
  /** Octets that the checked signatures cover, and that their keys and values have. */
  readonly bytes: number;
  /** Nodes and edges of policy graphs. */
  readonly policyNodes: number;
  /** Comparisons of a name with a name constraint. */
  readonly nameComparisons: number;
  /**
   * Asked before each signature check and each path: whether to give up. For callers with a deadline of their own; they
   * count or look at a clock, which is not done here.
   */
  readonly shouldStop?: () => boolean;
}

/** What was spent of the budget. */
export type PathSpending = Readonly<Record<BudgetItem, number>>;

export type BudgetItem = "paths" | "links" | "signatureChecks" | "bytes" | "policyNodes" | "nameComparisons";

/** The limit that ended the search: an item of the budget, its `depth`, or the caller's own `shouldStop`. */
export type ExhaustedBudget = BudgetItem | "depth" | "deadline";

/**
 * Real paths have two to four certificates, and the bridges of governments less than ten. The rest leaves an honest
 * path ten times what it needs and lets a hostile graph cost some ten milliseconds.
 */
export const defaultPathBudget: PathBudget = {
  depth: 10,
  paths: 64,
  links: 4_000,
  signatureChecks: 96,
  bytes: 16 * 1024 * 1024,
  policyNodes: 5_000,
  nameComparisons: 250_000,
};

/** Counts what one judgement costs. */
export interface PathAccount {
  readonly budget: PathBudget;
  readonly spent: Record<BudgetItem, number>;
  /** The first limit that was hit. */
  exhausted: ExhaustedBudget | undefined;
}

export function openAccount(budget: PathBudget = defaultPathBudget): PathAccount {
  const spent = {
    paths: 0,
    links: 0,
    signatureChecks: 0,
    bytes: 0,
    policyNodes: 0,
    nameComparisons: 0,
  };
  return { budget, spent, exhausted: undefined };
}

/** Takes from the budget; false, and nothing is taken, when it does not suffice. */
export function spend(account: PathAccount, item: BudgetItem, amount = 1): boolean {
  if (account.spent[item] + amount > account.budget[item]) {
    exhaust(account, item);
    return false;
  }
  account.spent[item] += amount;
  return true;
}

/** Asks the caller's own limit. */
export function mayContinue(account: PathAccount): boolean {
  if (account.budget.shouldStop?.() !== true) return true;
  exhaust(account, "deadline");
  return false;
}

/** Notes the first limit that was hit; `depth` gives way, since it cuts off one path and not the search. */
function exhaust(account: PathAccount, limit: ExhaustedBudget): void {
  if (account.exhausted === undefined || account.exhausted === "depth") account.exhausted = limit;
}
