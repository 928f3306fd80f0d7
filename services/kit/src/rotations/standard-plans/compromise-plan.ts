import type { PlanDefinition, PlanStepDefinition } from "../plan-definition.ts";
import { generate, publish, selfTestWith, waitForVerifiers } from "./plan-steps.ts";

/**
 * What is done when a private key may be in other hands. Everything up to `deny` stops harm and has no waiting in it; the
 * clock "time to safe" ends there. The rest brings the ring back to work.
 * Hooks, each only where a service has it: `compromise.revoke`, `compromise.deny`, `compromise.certify`,
 * `compromise.publish`, `compromise.re-issue`, `compromise.re-time-stamp`, `compromise.self-test`.
 */
export const compromisePlan: PlanDefinition = {
  name: "compromise",
  title: { zh: "处置密钥泄露", en: "Deal with a compromised key" },
  steps: [
    {
      name: "suspend",
      title: { zh: "立即挂起", en: "Suspend at once" },
      do: "suspend",
      notice: { zh: "所有进程立即拒绝用它签名。", en: "Every process refuses to sign with it from now on." },
    },
    {
      name: "boundary",
      title: { zh: "确定最后可信的审计位置", en: "Fix the last trusted place in the audit log" },
      do: "find-boundary",
    },
    {
      name: "confirm",
      title: {
        zh: "第二人确认泄露，记录失效日期",
        en: "Confirmed by a second officer, with the invalidity date",
      },
      do: "compromise",
      notice: {
        zh: "失效日期之后、没有可信时间证明的签名不再有效。",
        en: "Signatures without trusted time from before the invalidity date are no longer valid.",
      },
    },
    call(
      "revoke",
      "吊销证书（keyCompromise），立即发布吊销列表",
      "Revoke the certificate (keyCompromise), publish the CRL now",
    ),
    call("deny", "从公布的密钥中移除，拒绝其标识", "Take it out of what is served, refuse its key id"),
    {
      name: "list-signatures",
      title: { zh: "列出边界之后的全部签名", en: "List every signature made after the boundary" },
      do: "list-signatures",
    },
    {
      ...generate,
      name: "successor",
      title: { zh: "启用备用密钥为后继", en: "Take the stand-by key as the successor" },
    },
    {
      name: "certify",
      title: { zh: "确认后继密钥的证书", en: "See to the successor's certificate" },
      do: "certify",
      call: "compromise.certify",
      is_optional: true,
    },
    { ...publish, call: "compromise.publish", is_optional: true },
    waitForVerifiers,
    {
      name: "activate",
      title: { zh: "启用后继密钥", en: "Sign with the successor" },
      do: "activate",
      notice: { zh: "恢复签名。", en: "Signing works again." },
    },
    call("re-issue", "重新制作印章、重新签检查点", "Make seals again, sign checkpoints again"),
    call(
      "re-time-stamp",
      "为仍然有效的文件重新加盖时间戳",
      "Time-stamp again the documents that are still valid",
    ),
    selfTestWith("compromise.self-test"),
    {
      name: "report",
      title: { zh: "生成通知和报告", en: "Write the notices and the report" },
      do: "report",
    },
  ],
};

function call(name: string, zh: string, en: string): PlanStepDefinition {
  return { name, title: { zh, en }, do: "call", call: `compromise.${name}`, is_optional: true };
}
