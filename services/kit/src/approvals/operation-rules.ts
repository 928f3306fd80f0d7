/** How an operation is approved: by how many, how soon, and how often and how long it may then be done. */
export interface OperationRule {
  /** Distinct security officers. */
  readonly persons: number;
  /** Whether they must also be of as many distinct units. */
  readonly distinct_units?: boolean | undefined;
  /** What an approval opens: so many executions within so many seconds of the last signature that was needed. */
  readonly window: { readonly seconds: number; readonly uses: number };
  /** The longest time from the request's making to its `not_after`. */
  readonly not_after_seconds: number;
}

/** Operations that every policy must have a rule for. */
export const coreOperations = [
  "key.rotate",
  "key.suspend",
  "key.resume",
  "key.compromise",
  "key.destroy",
  "key.destroy-cancel",
  "key.standby",
  "key.drill",
  "scope.freeze",
  "scope.thaw",
  "policy.change",
  "plan.roll-back",
  "audit.continue",
  "break-glass.review",
] as const;

/** Operations that came after the first deployments: a policy that says nothing of one has the least that any may ask. */
export const laterOperations = ["audit.replace-key", "client.suspend", "client.replace-key"] as const;

/** What stops something, or keeps it from being lost, cannot wait for a second person. */
const stops: ReadonlySet<string> = new Set([
  ...["key.suspend", "scope.freeze", "key.destroy-cancel"],
  "client.suspend",
]);

/**
 * The fewest persons that any policy may ask for an operation: one may stop, and nothing else can be done by one alone
 * (one stops, two restart).
 */
export function fewestPersons(operation: string): number {
  return stops.has(operation) ? 1 : 2;
}

const hourSeconds = 3600;

/** Rules for the core operations as a new deployment has them: at the minimum, a day to approve, an hour to do it once. */
export function defaultRules(): Record<string, OperationRule> {
  return Object.fromEntries(coreOperations.map((operation) => [operation, defaultRule(operation)]));
}

function defaultRule(operation: string): OperationRule {
  return {
    persons: fewestPersons(operation),
    window: { seconds: hourSeconds, uses: 1 },
    not_after_seconds: 24 * hourSeconds,
  };
}

/** The rule for an operation under these of a policy; undefined if there is none, so that nobody can do it. */
export function ruleFor(
  rules: Readonly<Record<string, OperationRule>>,
  operation: string,
): OperationRule | undefined {
  if (Object.hasOwn(rules, operation)) return rules[operation];
  return laterOperations.some((later) => later === operation) ? defaultRule(operation) : undefined;
}
