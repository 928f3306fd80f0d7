import type { PlanDefinition } from "../plan-definition.ts";
import { generate, publish } from "./plan-steps.ts";

/**
 * A key that waits, certified, for the day the active one is compromised. Hooks: `stand-by.certify`. It is published only in
 * rings whose own plan says `shows_stand_by`, so that it can sign as soon as it has to.
 */
export const standByPlan: PlanDefinition = {
  name: "stand-by",
  title: { zh: "准备备用密钥", en: "Prepare a stand-by key" },
  makes_stand_by: true,
  steps: [
    { ...generate, title: { zh: "生成备用密钥", en: "Make the stand-by key" } },
    {
      name: "certify",
      title: { zh: "预先签发证书", en: "Certify it in advance" },
      do: "certify",
      call: "stand-by.certify",
      is_optional: true,
    },
    publish,
  ],
};

/** The end of one version, after a time in which it can still be taken back. */
export const destroyPlan: PlanDefinition = {
  name: "destroy",
  title: { zh: "销毁密钥版本", en: "Destroy a key version" },
  excludes: "version",
  steps: [
    {
      name: "waiting-time",
      title: { zh: "等待期（可取消）", en: "Waiting time, in which it can be cancelled" },
      do: "wait",
      after: { seconds: "requested" },
    },
    {
      name: "destroy",
      title: { zh: "销毁私钥，保留元数据", en: "Destroy the private key; keep the record" },
      do: "destroy",
      notice: { zh: "私钥不可恢复。", en: "The private key cannot be brought back." },
    },
  ],
  roll_back_until: "destroy",
};
