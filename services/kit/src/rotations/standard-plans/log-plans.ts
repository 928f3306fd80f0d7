import type { PlanDefinition, PlanStepDefinition } from "../plan-definition.ts";
import {
  deactivate,
  destroyPrivate,
  generate,
  publish,
  retire,
  selfTestWith,
  waitForVerifiers,
} from "./plan-steps.ts";

/**
 * The key of a log's checkpoints: announced as an entry of the log itself, then one checkpoint under both keys, the old one
 * first, so verifiers accept the successor through what they trust already.
 * Hooks: `log-key.announce`, `log-key.sign-both`, `log-key.pin` (witnesses), `log-key.self-test`.
 */
export const logKeyPlan: PlanDefinition = logPlan("log-key", {
  zh: "轮换日志检查点密钥",
  en: "Rotate a log's checkpoint key",
});

/** The same for a service's audit log. Hooks: `audit-key.announce`, `audit-key.sign-both`, `audit-key.pin`, `audit-key.self-test`. */
export const auditKeyPlan: PlanDefinition = logPlan("audit-key", {
  zh: "轮换审计日志密钥",
  en: "Rotate an audit log's key",
});

function logPlan(name: string, title: PlanDefinition["title"]): PlanDefinition {
  const own: readonly PlanStepDefinition[] = [
    {
      name: "announce",
      title: { zh: "在日志中宣布后继密钥", en: "Announce the successor in the log" },
      do: "call",
      call: `${name}.announce`,
    },
    {
      name: "sign-both",
      title: {
        zh: "用新旧两把密钥签同一个检查点（旧的在先）",
        en: "Sign one checkpoint with both keys, the old one first",
      },
      do: "call",
      call: `${name}.sign-both`,
    },
    {
      name: "pin",
      title: { zh: "见证方改认新密钥", en: "Have the witnesses pin the successor" },
      do: "call",
      call: `${name}.pin`,
      is_optional: true,
    },
  ];
  return {
    name,
    title,
    steps: [
      generate,
      publish,
      ...own,
      waitForVerifiers,
      retire,
      deactivate,
      destroyPrivate,
      selfTestWith(`${name}.self-test`),
    ],
    // What the log has said stays said.
    roll_back_until: "announce",
    replaced_at_once: true,
  };
}

/** The key with which a service cosigns other logs. Hooks: `witness-key.pin` (at the logs), `witness-key.self-test`. */
export const witnessKeyPlan: PlanDefinition = {
  name: "witness-key",
  title: { zh: "轮换见证密钥", en: "Rotate a witness key" },
  steps: [
    generate,
    publish,
    {
      name: "pin",
      title: { zh: "让被见证的日志认可新密钥", en: "Have the logs that are witnessed accept the new key" },
      do: "call",
      call: "witness-key.pin",
      is_optional: true,
    },
    waitForVerifiers,
    retire,
    deactivate,
    destroyPrivate,
    selfTestWith("witness-key.self-test"),
  ],
  roll_back_until: "retire",
  replaced_at_once: true,
};
