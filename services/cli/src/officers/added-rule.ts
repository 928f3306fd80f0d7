import type { OfficerPolicy } from "@yinxin/service-kit/approvals";

/** What a rule for an operation that no new deployment has starts from: two persons, a day to approve, an hour to do it once. */
export const addedRule: OfficerPolicy["rules"][string] = {
  persons: 2,
  window: { seconds: 3600, uses: 1 },
  not_after_seconds: 86_400,
};
