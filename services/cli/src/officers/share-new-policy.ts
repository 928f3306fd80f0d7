import type { FoundChange } from "../approvals/index.ts";
import { sayFailures } from "../officer/index.ts";
import type { OfficerSession } from "../officer/index.ts";
import type { Terminal } from "../terminal/index.ts";
import { handPolicy, laggardsOf, newestOf, readPolicies, refuseFork } from "./share-policy.ts";

/** Every service believes its own copy: the others get the chain as soon as the policy is in force at one. */
export async function shareNewPolicy(
  _change: FoundChange,
  session: OfficerSession,
  terminal: Terminal,
): Promise<void> {
  const told = await readPolicies(session, session.services());
  // The change is done; what it met elsewhere is for people to settle.
  refuseFork(told);
  const newest = newestOf(told);
  const behind = laggardsOf(told);
  if (newest === undefined) return;
  const handed = await handPolicy(behind, newest);
  if (told.answers.length > 0) sayFailures(told, terminal);
  if (handed.answers.length > 0) sayFailures(handed, terminal);
  const missing = told.failures.length + handed.failures.length;
  const names = handed.answers.map(({ service }) => service.name);
  if (names.length > 0)
    terminal.say(
      terminal.language === "zh"
        ? `✔ 已交给：${names.join("、")}`
        : `✔ handed to the other services: ${names.join(", ")}`,
    );
  if (missing > 0)
    terminal.say(
      terminal.language === "zh"
        ? "⚠ 有服务尚未取得新策略\n  → yinxin officers sync"
        : "⚠ some services do not have it yet\n  → yinxin officers sync",
    );
}
