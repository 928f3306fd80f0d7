import type { PlanStepDefinition } from "../plan-definition.ts";

/** Steps that most rotations share, in words that fit every ring. */

export const generate: PlanStepDefinition = {
  name: "generate",
  title: { zh: "生成新密钥", en: "Make the new key" },
  do: "generate",
};

export const publish: PlanStepDefinition = {
  name: "publish",
  title: { zh: "公布新公钥", en: "Publish the new public key" },
  do: "publish",
  notice: {
    zh: "验证方可以取得新公钥；签名仍用旧密钥。",
    en: "Verifiers can get the new public key; the old key still signs.",
  },
};

export const waitForVerifiers: PlanStepDefinition = {
  name: "wait-for-verifiers",
  title: { zh: "等待所有缓存更新", en: "Wait until every cache is new" },
  do: "wait",
  after: { step: "publish", seconds: "propagation" },
  notice: {
    zh: "缓存时间最长的验证方也已看到新公钥。",
    en: "Even the verifier with the longest cache has seen the new public key.",
  },
};

export const retire: PlanStepDefinition = {
  name: "retire",
  title: { zh: "启用新密钥，旧密钥停签", en: "Sign with the new key; the old one signs no more" },
  do: "retire",
  notice: {
    zh: "从这一刻起由新密钥签名；旧签名继续有效。",
    en: "From this moment the new key signs; older signatures stay valid.",
  },
};

export const waitForSigned: PlanStepDefinition = {
  name: "wait-for-overlap",
  title: { zh: "等待旧密钥签发的内容到期", en: "Wait until what the old key signed has ended" },
  do: "wait",
  after: { step: "retire", seconds: "overlap" },
};

export const deactivate: PlanStepDefinition = {
  name: "deactivate",
  title: { zh: "停用旧密钥", en: "Deactivate the old key" },
  do: "deactivate",
  notice: {
    zh: "旧公钥不再公布，转入档案，仍可验证旧签名。",
    en: "The old public key is no longer published; it stays in the archive for old signatures.",
  },
};

export const destroyPrivate: PlanStepDefinition = {
  name: "destroy-private",
  title: { zh: "销毁旧私钥", en: "Destroy the old private key" },
  do: "destroy-private",
};

export const selfTest: PlanStepDefinition = {
  name: "self-test",
  title: { zh: "自检：用新密钥签名并验证", en: "Self-test: sign with the new key and verify" },
  do: "self-test",
};

/** The self-test with a service's own part, where it has one. */
export function selfTestWith(call: string): PlanStepDefinition {
  return { ...selfTest, call, is_optional: true };
}
